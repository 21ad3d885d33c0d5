import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORWARD_PORT } from '../protocol.ts';
import { type Control, type Ended, openControl, type Started } from './control.ts';
import { labInitramfs } from './initramfs.ts';
import { kvmWorks } from './kvm.ts';
import { findDriver, findKernel, guestProgram, ROOT } from './paths.ts';
import { type Clock, startQemu } from './qemu.ts';

/** Choices for {@link boot}; the defaults suit the tests. */
export interface BootOptions {
  /** Default `virtual`. Only `real` may use KVM, after a quick boot under it has worked. */
  clock?: Clock;
  /** MiB; default 1024. */
  memory?: number;
  /** What `modprobe bonding` loads: the kernel's own module (default), or the patched one. */
  driver?: 'stock' | 'patched';
  /** Makes the unix socket of a server in the guest a TCP port on the host's 127.0.0.1. */
  forward?: { hostPort: number; guestSocket: string };
  /** Seconds (ours) to the agent's first word; default 120. */
  bootSeconds?: number;
}

/** Choices for {@link Machine.run} and {@link Machine.exec}. */
export interface RunOptions {
  /** Called with each line of stdout as it comes. */
  onLine?: (line: string) => void;
  /** Added to the guest's environment. */
  env?: Record<string, string>;
  /** Seconds (ours) before it is killed; default 900. */
  seconds?: number;
  /** Sends SIGTERM to the program. */
  signal?: AbortSignal;
}

/** How a program in the guest ended. */
export interface Ran extends Ended {
  /** What the program left by `finish` of guest/program.ts; undefined when it left nothing. */
  result: unknown;
}

/** A running guest. Close it: an idle guest with a virtual clock keeps one CPU busy. */
export interface Machine {
  clock: Clock;
  accelerator: 'tcg' | 'kvm';
  /** Runs the guest program dist/lab/NAME.cjs under node. Rejects only when machine or time ends. */
  run: (name: string, args?: readonly string[], options?: RunOptions) => Promise<Ran>;
  /** As `run`, but any way of failing is an Error with the end of its stderr; gives the result. */
  result: (name: string, args?: readonly string[], options?: RunOptions) => Promise<unknown>;
  /** Runs any program of the host's root filesystem, as root in the guest. */
  exec: (argv: readonly string[], options?: RunOptions) => Promise<Ended>;
  /** The last 64 KiB of the guest's console. */
  console: () => string;
  close: () => Promise<void>;
}

const CONSOLE_BYTES = 65_536;

/** Boots a guest on the host's files. The Error of a failed boot holds the end of its console. */
export async function boot(options: BootOptions = {}): Promise<Machine> {
  const { clock = 'virtual', memory = 1024, forward, bootSeconds = 120 } = options;
  const kernel = findKernel();
  const driver = options.driver === 'patched' ? findDriver(kernel) : null;
  const busybox = readFileSync('/bin/busybox');
  const folder = mkdtempSync(join(tmpdir(), 'bonding-lab-'));
  const forget = (): void => {
    process.off('exit', forget);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', forget);
  try {
    const initramfs = join(folder, 'initramfs');
    const setup = {
      kernel,
      node: process.execPath,
      agent: guestProgram('agent'),
      driver,
      folders: [join(ROOT, 'dist'), join(ROOT, 'dist', 'lab')],
      forwardPort: forward ? FORWARD_PORT : null,
      ownTmp: ![ROOT, process.execPath].some((path) => path.startsWith('/tmp/')),
    };
    writeFileSync(initramfs, labInitramfs(busybox, setup));
    const accelerator = clock === 'real' && (await kvmWorks(kernel, busybox)) ? 'kvm' : 'tcg';
    const control = await openControl(join(folder, 'control'));
    const hostPort = forward?.hostPort ?? null;
    const socket = join(folder, 'control');
    const qemu = {
      kernel,
      initramfs,
      accelerator,
      clock,
      memory,
      control: socket,
      hostPort,
    } as const;
    const machine = attach(startQemu(qemu), control, forget);
    await machine.booted(bootSeconds);
    forget(); // QEMU has read the 130 MB file and is connected: nothing can be left behind from here on
    if (forward) control.send({ op: 'forward', socket: forward.guestSocket });
    return { clock, accelerator, ...machine.handle };
  } catch (error) {
    forget();
    throw error;
  }
}

type Handle = Omit<Machine, 'clock' | 'accelerator'>;

interface Attached {
  handle: Handle;
  booted: (seconds: number) => Promise<void>;
}

/** Ties the QEMU process and the control channel together: when one ends, so does the other. */
function attach(
  child: ReturnType<typeof startQemu>,
  control: Control,
  forget: () => void,
): Attached {
  let tail = '';
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString('latin1')).slice(-CONSOLE_BYTES);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const ended = new Promise<void>((resolve) => {
    const end = (why: string): void => {
      control.close(
        new Error(`the lab's machine ended (${why}); its console:\n${lastLines(tail)}`),
      );
      forget();
      resolve();
    };
    child.once('error', (error) => end(error.message));
    child.once('close', (code, signal) => end(signal ?? `code ${code}`));
  });
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const exec: Handle['exec'] = (argv, options) => follow(control, argv, options);
  const run: Handle['run'] = async (name, args = [], options = {}) => {
    const ran = await exec([process.execPath, guestProgram(name), ...args], options);
    return { ...ran, result: ran.resultText === '' ? undefined : JSON.parse(ran.resultText) };
  };
  const result: Handle['result'] = async (name, args, options) => {
    const ran = await run(name, args, options);
    if (ran.code === 0) return ran.result;
    throw new Error(`guest program ${name} ended with ${ran.code ?? ran.signal}:\n${ran.stderr}`);
  };
  const booted = async (seconds: number): Promise<void> => {
    const timer = setTimeout(() => {
      keep(Buffer.from(`\nlab: not up after ${seconds} s`));
      child.kill('SIGKILL');
    }, seconds * 1000);
    await control.ready.finally(() => clearTimeout(timer));
  };
  return { handle: { run, result, exec, console: () => tail, close }, booted };
}

/** Starts a program in the guest and waits for its end, within the wall-clock limit. */
async function follow(
  control: Control,
  argv: readonly string[],
  { onLine, env = {}, seconds = 900, signal }: RunOptions = {},
): Promise<Ended> {
  const started: Started = control.start([...argv], env, onLine);
  const stop = (): void => started.signal('SIGTERM');
  signal?.addEventListener('abort', stop);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    started.signal('SIGKILL');
  }, seconds * 1000);
  try {
    const ended = await started.ended;
    if (late) throw new Error(`${argv.join(' ')}: killed after ${seconds} s:\n${ended.stderr}`);
    return ended;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function lastLines(text: string): string {
  return text.split('\n').slice(-30).join('\n');
}
