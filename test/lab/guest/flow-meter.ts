import { join } from 'node:path';
import { type FlowSample, parseSamples } from './flow-gaps.ts';
import { start } from './process.ts';
import { until } from './wait.ts';

/** Counts what a device receives, in steps of 20 ms; see flow-gaps.ts for what can be made of it. */
export interface FlowMeter {
  /** What was counted so far; `at` as {@link meterClock}. */
  samples: () => FlowSample[];
  stop: () => Promise<FlowSample[]>;
}

const PROGRAM = join(import.meta.dirname ?? __dirname, 'flow-sampler.cjs');

/** ms between two looks at the counter. */
const EVERY = 20;

let meters = 0;

/** The clock of the samples: the kernel's monotonic one, ms. Note it when you break something. */
export function meterClock(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/**
 * Starts counting the bytes that `device` in namespace `ns` receives: `lan` `eth0` for a download,
 * `inet` `eth0` for an upload. Resolves when the first count is there.
 */
export async function meterFlow(ns: string, device = 'eth0'): Promise<FlowMeter> {
  const [sampler, stop] = await startSampler(ns, [device], 'rx_bytes');
  const samples = (): FlowSample[] => parseSamples(sampler());
  return {
    samples,
    stop: async () => {
      await stop();
      return samples();
    },
  };
}

/**
 * Starts counting what each of `devices` in namespace `ns` sends, until the machine ends; the answer is by
 * their order. One process for all of them: each start of one takes a second here.
 */
export async function meterSent(
  ns: string,
  devices: readonly string[],
): Promise<(index: number) => FlowSample[]> {
  const [sampler] = await startSampler(ns, devices, 'tx_bytes');
  return (index) => parseSamples(sampler(), index);
}

async function startSampler(
  ns: string,
  devices: readonly string[],
  counter: 'rx_bytes' | 'tx_bytes',
): Promise<[log: () => string, stop: () => Promise<unknown>]> {
  const argv = [process.execPath, PROGRAM, devices.join(','), String(EVERY), counter];
  const sampler = await start(argv, { ns, name: `flow-meter-${meters++}` });
  const counts = (): boolean => parseSamples(sampler.log()).length > 0;
  await until('the flow meter to count', counts, { timeout: 30_000 });
  return [() => sampler.log(), () => sampler.stop('SIGKILL')];
}
