import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from '../effects/speed/connect.ts';
import { cpuMeter } from '../effects/speed/cpu.ts';
import { drink, pourAndListen } from '../effects/speed/flow.ts';
import { lookAt } from '../effects/speed/look.ts';
import { closedBecause, sendLine } from '../effects/speed/wire.ts';
import type { Problem } from '../errors.ts';
import { problem, reason } from '../errors.ts';
import { TEST_PORT } from '../plan/numbers.ts';
import type { TestPaths } from '../plan/test-paths.ts';
import type { Flow } from '../status/bottleneck.ts';
import { type TestRates, type TestResult, withSum } from '../status/test-result.ts';
import { agree, type Control } from './speed-control.ts';
import { isFlowing, judge, type Observed, type Seen } from './speed-evidence.ts';
import { portOf } from './speed-host.ts';
import { pidsOf, type Subject, type SubjectLink } from './speed-subject.ts';

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

/** Between two looks at what has come through, ms. */
const PAUSE = 250;

/** Most looks after a measurement: others may use the lines meanwhile. */
const LOOKS = 8;

/** Runs a test to its end. Resolves with what went wrong, or null; the result is told as it comes. */
export async function runTest(run: Run): Promise<Problem | null> {
  const { address, peer, ifname, mac } = run.subject;
  const subject = `bond '${ifname}'`;
  let socket: Socket;
  try {
    socket = await open({ from: address, to: peer, port: TEST_PORT }, run.signal);
  } catch (error) {
    const last = portOf(run.links.length - 1);
    return problem('test-peer', subject, { peer, port: TEST_PORT, last, reason: reason(error) });
  }
  try {
    const wish = { ports: run.links.map(({ port }) => port), seconds: run.seconds, mac };
    const control = await agree(socket, { ...wish, pids: pidsOf(run.subject) });
    const { ready } = control;
    const ports = run.links.map((link, index): [string, number] => [link.name, portOf(index)]);
    const up = ports.filter((_, index) => ready.up[index]);
    await run.setPaths({ ports: new Map(up), peerMac: ready.mac });
    const observed = await measureAll(run, socket, control);
    run.change((result) => ({ ...result, verdict: judge(run, observed) }));
    return null;
  } catch (error) {
    const why = run.signal.aborted ? 'it was stopped' : reason(error);
    return problem('test-broken', subject, { reason: why });
  } finally {
    socket.destroy();
    await run.setPaths(null).catch(() => {});
  }
}

/** Line after line, then the bond; a line that brings nothing is noted, and the test goes on. */
async function measureAll(run: Run, socket: Socket, control: Control): Promise<Observed[]> {
  const { token, up } = control.ready;
  const left = run.links.filter((_, index) => up[index]).length + (run.whole ? 1 : 0);
  const observed: Observed[] = [];
  let step = 0;
  let seen = await look(run, control);
  const measure = async (link: string | null, port: number): Promise<TestRates> => {
    const rates: TestRates = { down: 0, up: 0 };
    for (const direction of ['down', 'up'] as const) {
      step += 1;
      const progress = { link, direction, rate: 0, step, steps: 2 * left };
      const onRate = (rate: number): void =>
        run.change((result) => ({ ...result, progress: { ...progress, rate } }));
      onRate(0);
      const before = seen;
      control.alive.peerBusy();
      const flow = await measureOne(run, { token, port, direction }, onRate);
      const told = control.alive.peerBusy();
      seen = await settle(run, control, direction);
      const peerBusy = seen.peer?.busy ?? told;
      observed.push({ link, direction, flow: { ...flow, peerBusy }, before, after: seen });
      rates[direction] = flow.rate;
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
      if (socket.destroyed) throw closedBecause(socket);
      step = last;
      setLink(run, name, { skipped: `nothing came through: ${reason(error)}` });
      seen = await look(run, control);
    }
  }
  if (!run.whole) return observed;
  const bond = await measure(null, TEST_PORT);
  run.change((result) => withSum({ ...result, bond }));
  return observed;
}

/** What both ends see; ours after the other's, whose answer comes behind what is still on the way. */
async function look(run: Run, control: Control): Promise<Seen> {
  await sleep(PAUSE, undefined, { signal: run.signal });
  const peer = await control.look();
  const tunnels = run.links.map(({ tunnel }, index) => (control.ready.up[index] ? tunnel : null));
  return { own: lookAt(tunnels, null), peer };
}

/** Waits until what a measurement has left in the lines' queues has run off; resolves with what is seen then. */
async function settle(run: Run, control: Control, direction: keyof TestRates): Promise<Seen> {
  let before = await look(run, control);
  for (let tries = 0; tries < LOOKS; tries += 1) {
    const after = await look(run, control);
    if (!isFlowing(before, after, direction)) return after;
    before = after;
  }
  return before;
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
): Promise<Flow> {
  const begun = performance.now();
  const socket = await open({ from: subject.address, to: subject.peer, port }, signal);
  const rtt = performance.now() - begun;
  const meter = cpuMeter(pidsOf(subject));
  try {
    sendLine(socket, { token, seconds, send: direction === 'down' });
    const take = direction === 'down' ? drink : pourAndListen;
    const rate = await take(socket, seconds, onRate);
    return { rate, rtt, busy: meter(), peerBusy: null };
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
