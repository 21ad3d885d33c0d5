import { RunError, run } from './run.ts';

/** What a round of questions brought: null and why when nobody could be asked. */
export type Answer = { ok: boolean } | { ok: null; reason: string };

/**
 * Asks the addresses one after the other by ICMP, out of `device`, each for `seconds`; the first
 * that answers ends the round. The words are those that both BusyBox and iputils know; -q keeps
 * iputils from looking up names. Never rejects.
 */
export async function askAll(
  targets: readonly string[],
  device: string,
  seconds: number,
): Promise<Answer> {
  for (const target of targets) {
    const argv = ['ping', '-q', '-c', '1', '-W', String(seconds), '-I', device, target];
    try {
      await run(argv, null, (seconds + 5) * 1_000);
      return { ok: true };
    } catch (error) {
      const missing = error instanceof RunError && error.message === 'program not found';
      if (missing) return { ok: null, reason: 'there is no program ping' };
    }
  }
  return { ok: false };
}
