import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../effects/run.ts';
import { readText } from '../effects/text-file.ts';
import { replaceFile } from '../effects/whole-file.ts';
import { reason } from '../errors.ts';
import { interruptions } from './interrupt.ts';
import { printStep, type Step } from './steps.ts';

/** Where steps are carried out. */
export interface Rim {
  /**
   * In front of every path: a tree that is being prepared, of which nothing runs. Then no program is
   * started and no setting of the kernel is touched. Empty: this machine.
   */
  root: string;
  log: (line: string) => void;
}

/** Steps that have been carried out, and may still be taken back. */
export interface Carried {
  /** Puts everything back as it was. What cannot be put back is said, and the rest goes on. */
  undo(): Promise<void>;
  /** Forgets how: what was removed is gone now. */
  keep(): void;
}

type Undo = () => void | Promise<void>;

/** Seconds for a program that names no limit of its own. */
const LIMIT = 30;

/**
 * Carries the steps out in their order. When one fails, or the user interrupts, those before it are
 * taken back and an Error says which it was and why.
 */
export async function carryOut(steps: readonly Step[], rim: Rim): Promise<Carried> {
  const undos: Undo[] = [];
  const aside: string[] = [];
  const emptied: string[] = [];
  const interrupted = interruptions();
  const undo = async (): Promise<void> => {
    for (const back of undos.splice(0).reverse()) {
      try {
        await back();
      } catch (error) {
        rim.log(`could not be taken back: ${reason(error)}`);
      }
    }
  };
  try {
    for (const step of steps) {
      await one(step, { ...rim, undos, aside, emptied });
      if (interrupted.now()) throw new Error('interrupted');
    }
  } catch (error) {
    await undo();
    throw new Error(`${reason(error)}; nothing has been changed`);
  } finally {
    interrupted.end();
  }
  return {
    undo,
    keep() {
      undos.length = 0;
      for (const path of aside.splice(0)) rmSync(path, { recursive: true, force: true });
      for (const path of emptied.splice(0)) removeFolder(path);
    },
  };
}

/** Carries steps out for good. Throws as {@link carryOut}. */
export async function carryOutAll(steps: readonly Step[], rim: Rim): Promise<void> {
  (await carryOut(steps, rim)).keep();
}

interface Work extends Rim {
  undos: Undo[];
  /** What was removed, under another name, until nobody needs it any more. */
  aside: string[];
  /** Folders that are empty but for that, the inner ones first. */
  emptied: string[];
}

async function one(step: Step, work: Work): Promise<void> {
  try {
    switch (step.kind) {
      case 'folder':
        return makeFolder(work.root + step.path, step.mode, work);
      case 'file':
        return writeFile(work.root + step.path, step.mode, Buffer.from(step.text), work);
      case 'copy':
        return writeFile(work.root + step.path, step.mode, readFileSync(step.from), work);
      case 'remove':
        return putAside(work.root + step.path, work);
      case 'remove-empty':
        return removeEmpty(work.root + step.path, work);
      case 'kernel':
      case 'run':
      case 'end':
        if (work.root === '') await onMachine(step, work);
    }
  } catch (error) {
    throw new Error(`${printStep(step).split('\n', 1)[0]}: ${reason(error)}`);
  }
}

function makeFolder(path: string, mode: number, { undos }: Work): void {
  if (existsSync(path)) {
    const before = statSync(path).mode & 0o7777;
    if (before === mode) return;
    chmodSync(path, mode);
    undos.push(() => chmodSync(path, before));
    return;
  }
  mkdirSync(path);
  undos.push(() => rmdirSync(path));
  // By itself: mkdir's own mode is cut by the umask.
  chmodSync(path, mode);
}

function writeFile(path: string, mode: number, bytes: Buffer, { undos }: Work): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) {
    const before = { bytes: readFileSync(path), mode: statSync(path).mode & 0o7777 };
    undos.push(() => replaceFile(path, before.mode, before.bytes));
  } else {
    undos.push(() => rmSync(path, { force: true }));
  }
  replaceFile(path, mode, bytes);
}

function putAside(path: string, { undos, aside }: Work): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
  const name = `${path}.removed`;
  // Of an earlier run that was killed.
  rmSync(name, { recursive: true, force: true });
  renameSync(path, name);
  aside.push(name);
  undos.push(() => renameSync(name, path));
}

/**
 * What has been put aside there will go, so it does not count. The folder itself goes at the end: put
 * aside like a file it could not be where it lies on a lower layer of an overlay (EXDEV).
 */
function removeEmpty(path: string, { aside, emptied }: Work): void {
  if (!existsSync(path)) return;
  const gone = (name: string): boolean =>
    aside.includes(`${path}/${name}`) || emptied.includes(`${path}/${name}`);
  if (readdirSync(path).every(gone)) emptied.push(path);
}

/** Somebody may have put something into it meanwhile. */
function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

type MachineStep = Extract<Step, { kind: 'kernel' | 'run' | 'end' }>;

async function onMachine(step: MachineStep, { undos, log }: Work): Promise<void> {
  switch (step.kind) {
    case 'kernel': {
      await run(['tee', step.path], step.text);
      undos.push(async () => void (await run(['tee', step.path], step.before)));
      return;
    }
    case 'run': {
      const { undo } = step;
      // Before it runs: what fails half way has done half of it.
      if (undo) undos.push(async () => void (await run(undo, null, limitOf(step))));
      try {
        await run(step.argv, null, limitOf(step));
      } catch (error) {
        if (step.must) throw error;
        log(`${step.argv.join(' ')}: ${reason(error)}`);
      }
      return;
    }
    case 'end':
      await endProcess(step.pid, step.seconds);
  }
}

function limitOf({ limit = LIMIT }: { limit?: number }): number {
  return limit * 1000;
}

/** Ends a daemon of ours. It may have ended since it was looked at. */
async function endProcess(pid: number, seconds: number): Promise<void> {
  const runs = (): boolean => (readText(`/proc/${pid}/cmdline`) ?? '').includes('daemon');
  if (!runs()) return;
  process.kill(pid, 'SIGTERM');
  for (let left = seconds * 10; left > 0; left -= 1) {
    if (!runs()) return;
    await pause(100);
  }
  throw new Error(`it has not ended within ${seconds} s`);
}
