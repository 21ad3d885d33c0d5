import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import type { Problem } from '../errors.ts';
import type { JoinAnswer } from '../status/join-answer.ts';
import { connect } from '../ubus/index.ts';
import { type JoinPlan, prepareJoin } from './join.ts';
import { refusal, textOf } from './join-answer.ts';
import { findWans } from './join-wans.ts';

/** The command line of `bonding join`, read. */
export interface JoinWords {
  /** The code; several words when it was pasted with blanks; `-`: it comes on stdin. */
  words: readonly string[];
  configPath: string;
  keyFolder: string;
  ubusPath: string;
  wans: readonly string[];
  yes: boolean;
  dryRun: boolean;
  json: boolean;
}

/** `bonding join CODE`: shows what would change, asks, and does it. Exit code. */
export async function joinCommand(given: JoinWords): Promise<0 | 1> {
  const stdin = given.words.length === 1 && given.words[0] === '-';
  const code = stdin ? readFileSync(0, 'utf8') : given.words.join('');
  const prepared = await prepareJoin(code, {
    configPath: given.configPath,
    keyFolder: given.keyFolder,
    wans: given.wans,
    findWans: () => findWans(given.ubusPath),
  });
  if (!prepared.ok) return fail(given, prepared.error, '');
  const { plan } = prepared;
  if (!given.json) process.stdout.write(describePlan(plan));
  const go = given.yes && !given.dryRun ? true : await consent(given, stdin);
  if (go !== true) return notApplied(given, plan, go);
  const error = await plan.commit();
  if (error !== null) return fail(given, error, plan.name);
  const notes = [...plan.notes, ...(await reload(given.ubusPath))];
  if (given.json) printJson({ ok: true, ...parts(plan), notes, applied: true });
  else {
    const said = notes.slice(plan.notes.length).map((note) => `${note}\n`);
    process.stdout.write(`joined: this router is '${plan.name}'\n${said.join('')}`);
  }
  return 0;
}

/** The diff and the notes, for people. */
function describePlan({ name, diff, notes }: JoinPlan): string {
  const change = diff === '' ? 'the configuration is as the server wants it already\n' : diff;
  return `the server takes this router in as '${name}'\n\n${change}\n${notes.map((note) => `# ${note}\n`).join('')}`;
}

/** True: go on. Else the exit code. */
async function consent({ json, dryRun }: JoinWords, stdin: boolean): Promise<true | 0 | 1> {
  if (dryRun || json) return 0;
  if (stdin || process.stdin.isTTY !== true) {
    process.stderr.write('bonding: join: nothing was changed; to apply it add --yes\n');
    return 1;
  }
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const said = await asking.question('Apply this? [y/N] ');
    return /^y(es)?$/i.test(said.trim()) ? true : 1;
  } finally {
    asking.close();
  }
}

function notApplied(given: JoinWords, plan: JoinPlan, code: 0 | 1): 0 | 1 {
  if (given.json) printJson({ ok: true, ...parts(plan), applied: false });
  else if (code === 1 && process.stdin.isTTY === true)
    process.stdout.write('nothing was changed\n');
  return code;
}

function parts({ name, diff, notes }: JoinPlan): Pick<JoinAnswer, 'name' | 'diff' | 'notes'> {
  return { name, diff, notes };
}

function fail({ json }: JoinWords, error: Problem, name: string): 1 {
  if (json) printJson(refusal(error, name));
  else process.stderr.write(`bonding: join: ${textOf(error)}\n  fix: ${error.fix}\n`);
  return 1;
}

function printJson(answer: JoinAnswer): void {
  process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
}

/** Tells a daemon that runs; says what to do where there is none. */
async function reload(ubusPath: string): Promise<string[]> {
  const client = connect({ path: ubusPath });
  try {
    await client.call('bonding', 'reload', {}, { timeout: 60_000 });
    return [];
  } catch {
    return [
      'the daemon does not run; start it: /etc/init.d/bonding start, or elsewhere: bonding daemon',
    ];
  } finally {
    client.close();
  }
}
