import { join } from 'node:path';
import { type FlowSample, parseSamples } from './flow-gaps.ts';
import { start } from './process.ts';
import { until } from './wait.ts';

/** Counts what a device receives or sends, in steps of 20 ms; see flow-gaps.ts for what can be made of it. */
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
 * `inet` `eth0` for an upload; `tx_bytes`: that it sends. Resolves when the first count is there.
 */
export async function meterFlow(
  ns: string,
  device = 'eth0',
  counter: 'rx_bytes' | 'tx_bytes' = 'rx_bytes',
): Promise<FlowMeter> {
  const argv = [process.execPath, PROGRAM, device, String(EVERY), counter];
  const sampler = await start(argv, { ns, name: `flow-meter-${meters++}` });
  const samples = (): FlowSample[] => parseSamples(sampler.log());
  await until('the flow meter to count', () => samples().length > 0, { timeout: 30_000 });
  return {
    samples,
    stop: async () => {
      await sampler.stop('SIGKILL');
      return samples();
    },
  };
}
