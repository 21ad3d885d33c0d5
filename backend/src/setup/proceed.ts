import { confirmed } from './ask.ts';
import { carryOutAll } from './carry-out.ts';
import type { Given } from './request.ts';
import { printSteps, type Step } from './steps.ts';

/** `bonding server …` */
export interface ServerRequest {
  words: readonly string[];
  /** `--name`, or null. */
  name: string | null;
  /** A folder before all paths, for tests; else empty. */
  root: string;
  json: boolean;
  given: Given;
}

/** A plan that is shown, or asked about and carried out. */
export interface Proceeding {
  steps: readonly Step[];
  notes: readonly string[];
  question: string;
  done: string;
  root: string;
  given: Given;
}

/** Shows the plan with `--plan`; else asks, and carries it out. Throws Error. */
export async function proceed(plan: Proceeding): Promise<0 | 1> {
  const { steps, notes, question, root, given } = plan;
  const noted = notes.map((note) => `Note: ${note}\n`).join('');
  if (given.plan === true) {
    process.stdout.write(printSteps(steps) + noted);
    return 0;
  }
  if (given.yes !== true) process.stdout.write(printSteps(steps));
  if (!(await confirmed(question, given))) {
    process.stdout.write('Nothing has been changed.\n');
    return 1;
  }
  await carryOutAll(steps, {
    root,
    log: (line) => void process.stderr.write(`bonding: ${line}\n`),
  });
  process.stdout.write(`${noted}${plan.done}\n`);
  return 0;
}
