import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker } from '../../../backend/src/ubus/broker.ts';

/** A bus on a socket in a folder of its own: our broker, or the real ubusd that UBUSD names. */
export interface TestBus {
  readonly path: string;
  /** Ends it; the socket file goes with it. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** stop(), and the folder too. */
  dispose(): Promise<void>;
}

export interface BusKind {
  name: string;
  make(): Promise<TestBus>;
}

type Start = (path: string) => Promise<() => Promise<void>>;

const startOurs: Start = async (path) => {
  const broker = await startBroker({ path });
  return () => broker.close();
};

const startReal =
  (binary: string): Start =>
  async (path) => {
    const child = spawn(binary, ['-s', path], { stdio: 'ignore' });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    while (!(await answers(path))) {
      if (child.exitCode !== null) throw new Error(`${binary} ended with ${child.exitCode}`);
      await sleep(10);
    }
    return () => {
      child.kill();
      return ended;
    };
  };

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once('data', () => resolve(true));
    probe.once('error', () => resolve(false));
    probe.once('close', () => resolve(false));
  }).then((found) => found === true);
}

async function make(run: Start): Promise<TestBus> {
  const folder = mkdtempSync(join(tmpdir(), 'bonding-ubus-'));
  const path = join(folder, 'ubus.sock');
  let end: (() => Promise<void>) | undefined;
  const bus: TestBus = {
    path,
    start: async () => {
      end = await run(path);
    },
    stop: async () => {
      await end?.();
      end = undefined;
    },
    dispose: async () => {
      await bus.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await bus.start();
  return bus;
}

const binary = process.env.UBUSD;

/** The broker always; ubusd when there is one. */
export const KINDS: BusKind[] = [
  { name: 'the broker', make: () => make(startOurs) },
  ...(binary ? [{ name: 'ubusd', make: () => make(startReal(binary)) }] : []),
];
