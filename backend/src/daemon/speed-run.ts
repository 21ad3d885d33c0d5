import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Alive, keepAlive } from '../effects/speed/alive.ts';
import { open } from '../effects/speed/connect.ts';
import { drink, pourAndListen } from '../effects/speed/flow.ts';
import {
  closedBecause,
  PROTOCOL_VERSION,
  type Ready,
  readLines,
  readReady,
  sendLine,
} from '../effects/speed/wire.ts';
import type { Problem } from '../errors.ts';
import { problem, reason } from '../errors.ts';
import { TEST_PORT } from '../plan/numbers.ts';
import type { TestPaths } from '../plan/test-paths.ts';
import { type TestRates, type TestResult, withSum } from '../status/test-result.ts';
import { portOf } from './speed-host.ts';
import type { Subject, SubjectLink } from './speed-subject.ts';

/** One test, and what it needs of the daemon. */
export interface Run {
  subject: Subject;
  /** The links that can be measured alone. */
  links: readonly SubjectLink[];
  /** Whether the bond as a whole is measured as well. */
  whole: boolean;
  seconds: number;
  signal: AbortSignal;
  /** Makes the test paths, or takes them away. Rejects when they cannot be had. */
  setPaths(paths: TestPaths | null): Promise<void>;
  /** Told what changes, as it comes. */
  change(edit: (result: TestResult) => TestResult): void;
}

/** How long the other end may take to make its paths ready, ms. */
const READY_LIMIT = 20_000;

/** Between two measurements: what the last one has left in the lines' queues runs off, ms. */
const PAUSE = 500;

/** Runs a test to its end. Resolves with what went wrong, or null; the result is told as it comes. */
export async function runTest(run: Run): Promise<Problem | null> {
  const { address, peer, ifname } = run.subject;
  const subject = `bond '${ifname}'`;
  let control: Socket;
  try {
    control = await open({ from: address, to: peer, port: TEST_PORT }, run.signal);
  } catch (error) {
    const last = portOf(run.links.length - 1);
    return problem('test-peer', subject, { peer, port: TEST_PORT, last, reason: reason(error) });
  }
  const alive = keepAlive(control);
  try {
    const ready = await greet(run, control, alive);
    const ports = run.links.map((link, index): [string, number] => [link.name, portOf(index)]);
    const up = ports.filter((_, index) => ready.up[index]);
    await run.setPaths({ ports: new Map(up), peerMac: ready.mac });
    await measureAll(run, control, ready);
    run.change((result) => ({ ...result, limit: alive.overloaded() ? 'cpu' : null }));
    return null;
  } catch (error) {
    const why = run.signal.aborted ? 'it was stopped' : reason(error);
    return problem('test-broken', subject, { reason: why });
  } finally {
    control.destroy();
    await run.setPaths(null).catch(() => {});
  }
}

/** Says what is wanted; resolves with the answer. Rejects with the refusal, or when none comes. */
function greet(run: Run, control: Socket, alive: Alive): Promise<Ready> {
  const ports = run.links.map(({ port }) => port);
  const { mac } = run.subject;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => control.destroy(new Error('no answer to hello')), READY_LIMIT);
    control.once('close', () => {
      clearTimeout(timer);
      reject(closedBecause(control));
    });
    readLines(control, (line) => {
      alive.heard(line);
      const ready = readReady(line, ports.length);
      if (typeof line.refused === 'string')
        reject(new Error(`the other end refuses: ${line.refused.slice(0, 200)}`));
      if (ready === null) return true;
      clearTimeout(timer);
      resolve(ready);
      return true;
    });
    sendLine(control, { hello: PROTOCOL_VERSION, ports, seconds: run.seconds, mac });
  });
}

/** Line after line, then the bond; a line that brings nothing is noted, and the test goes on. */
async function measureAll(run: Run, control: Socket, { token, up }: Ready): Promise<void> {
  const left = run.links.filter((_, index) => up[index]).length + (run.whole ? 1 : 0);
  const steps = 2 * left;
  let step = 0;
  const measure = async (link: string | null, port: number): Promise<TestRates> => {
    const rates: TestRates = { down: 0, up: 0 };
    for (const direction of ['down', 'up'] as const) {
      step += 1;
      const progress = { link, direction, rate: 0, step, steps };
      const onRate = (rate: number): void =>
        run.change((result) => ({ ...result, progress: { ...progress, rate } }));
      onRate(0);
      await sleep(PAUSE, undefined, { signal: run.signal });
      rates[direction] = await measureOne(run, { token, port, direction }, onRate);
    }
    return rates;
  };
  for (const [index, { name }] of run.links.entries()) {
    if (!up[index]) {
      setLink(run, name, { skipped: 'it is not up at the other end' });
      continue;
    }
    const last = step + 2;
    try {
      setLink(run, name, await measure(name, portOf(index)));
    } catch (error) {
      if (control.destroyed) throw closedBecause(control);
      step = last;
      setLink(run, name, { skipped: `nothing came through: ${reason(error)}` });
    }
  }
  if (!run.whole) return;
  const bond = await measure(null, TEST_PORT);
  run.change((result) => withSum({ ...result, bond }));
}

interface Measurement {
  token: string;
  port: number;
  direction: keyof TestRates;
}

async function measureOne(
  { subject, seconds, signal }: Run,
  { token, port, direction }: Measurement,
  onRate: (rate: number) => void,
): Promise<number> {
  const socket = await open({ from: subject.address, to: subject.peer, port }, signal);
  try {
    sendLine(socket, { token, seconds, send: direction === 'down' });
    if (direction === 'down') return await drink(socket, seconds, onRate);
    return await pourAndListen(socket, seconds, onRate);
  } finally {
    socket.destroy();
  }
}

function setLink(run: Run, name: string, found: Partial<TestResult['links'][number]>): void {
  run.change((result) =>
    withSum({
      ...result,
      links: result.links.map((link) => (link.name === name ? { ...link, ...found } : link)),
    }),
  );
}
