import { connect, type Socket } from 'node:net';
import type { Subject, SubjectLink } from '../../../backend/src/daemon/speed-subject.ts';
import { openSpeedTest, type SpeedTest } from '../../../backend/src/daemon/speed-test.ts';
import { TEST_PORT } from '../../../backend/src/plan/numbers.ts';
import type { TestPaths } from '../../../backend/src/plan/test-paths.ts';
import type { TestResult } from '../../../backend/src/status/test-result.ts';

/** One end of a test on loopback, with an address of its own and a daemon that only takes notes. */
export interface TestEnd {
  speed: SpeedTest;
  subject: Subject;
  /** The bond as the end sees it; null: gone. */
  present: boolean;
  /** Every change of the paths, in order. */
  paths: (TestPaths | null)[];
  /** What the next making of paths fails with. */
  broken: string | null;
  logged: string[];
  /** Progress, as `link direction`. */
  seen: Set<string>;
}

export const HOME = '127.0.81.1';
export const AWAY = '127.0.81.2';

/** The links of a test: so many, up, with the ports 1194 and up. */
export function linksOf(count: number): SubjectLink[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `link${index}`;
    return { name, port: 1194 + index, phase: 'up', tunnel: 'lo', pid: process.pid, loss: null };
  });
}

const BOND = { role: 'router', ifname: 'bond0', deviceType: 'tun', mtu: 1440 } as const;

/** An end that listens. */
export async function openEnd(address: string, peer: string, links = linksOf(2)): Promise<TestEnd> {
  const end: TestEnd = {
    subject: { ...BOND, address, peer, mac: '02:00:00:00:00:01', links },
    present: true,
    paths: [],
    broken: null,
    logged: [],
    seen: new Set(),
    speed: openSpeedTest({
      subject: () => (end.present ? end.subject : null),
      setPaths: async (paths) => {
        end.paths.push(paths);
        if (paths !== null && end.broken !== null) throw new Error(end.broken);
      },
      notify: ({ progress }) => {
        if (progress !== null) end.seen.add(`${progress.link ?? 'bond'} ${progress.direction}`);
      },
      log: (line) => void end.logged.push(line),
    }),
  };
  end.speed.sync();
  await pause(50);
  return end;
}

/** Waits for the end of the test that `end` runs. */
export async function finished(end: TestEnd): Promise<TestResult> {
  for (let tries = 0; tries < 600; tries += 1) {
    const result = end.speed.result();
    if (result.state !== 'running') return result;
    await pause(50);
  }
  throw new Error('the test does not end');
}

/** A connection to the test port of `to`, from the address `from`, and all that comes back. */
export async function dial(from: string, to: string, port = TEST_PORT): Promise<Dialled> {
  const socket = connect({ host: to, port, localAddress: from });
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
  return { socket, closed, text: () => text };
}

/** What {@link dial} gives. */
export interface Dialled {
  socket: Socket;
  closed: Promise<void>;
  text: () => string;
}

/** ms */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
