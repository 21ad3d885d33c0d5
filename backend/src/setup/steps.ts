/** What a set-up does to the machine, as data: a planner returns steps, carry-out.ts takes them. */

/** One change. Paths are those of the machine, without a `--root` in front of them. */
export type Step =
  /** Made unless it is there; its mode is set in both cases. */
  | { kind: 'folder'; path: string; mode: number }
  /** Written whole or not at all. `secret`: the text is shown to nobody. */
  | { kind: 'file'; path: string; mode: number; text: string; secret?: true }
  /** A file of the installer, by its bytes. */
  | { kind: 'copy'; path: string; mode: number; from: string }
  /** A file, or a folder with all that is in it. */
  | { kind: 'remove'; path: string }
  /** A folder, but only when nothing is left in it. */
  | { kind: 'remove-empty'; path: string }
  /** A setting below /proc/sys, and what it was. */
  | { kind: 'kernel'; path: string; text: string; before: string }
  /** A program. `undo` takes its effect back; `limit` in seconds; without `must` it may fail. */
  | {
      kind: 'run';
      argv: readonly string[];
      why: string;
      must: boolean;
      undo?: readonly string[];
      limit?: number;
    }
  /** SIGTERM, and waiting for the end, at most `seconds`. */
  | { kind: 'end'; pid: number; seconds: number; why: string };

/** The steps as lines for a person, each a command of a shell as far as there is one. */
export function printSteps(steps: readonly Step[]): string {
  return steps.map((step) => `${printStep(step)}\n`).join('');
}

/** One step as one line; the text of a file that is no secret follows, indented. */
export function printStep(step: Step): string {
  switch (step.kind) {
    case 'folder':
      return `mkdir -m ${octal(step.mode)} ${step.path}`;
    case 'file':
      return `write ${step.path} (${octal(step.mode)})${step.secret ? ', not shown' : inside(step.text)}`;
    case 'copy':
      return `install -m ${octal(step.mode)} ${step.path}`;
    case 'remove':
      return `rm -r ${step.path}`;
    case 'remove-empty':
      return `rmdir ${step.path} (if it is empty)`;
    case 'kernel':
      return `echo ${step.text} > ${step.path} (now ${step.before})`;
    case 'run':
      return `${step.argv.join(' ')}  # ${step.why}`;
    case 'end':
      return `kill ${step.pid}  # ${step.why}`;
  }
}

function inside(text: string): string {
  const lines = text.trim().split('\n');
  return `:${lines.map((line) => `\n    ${line}`).join('')}`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
