import type { Config } from '../config/types.ts';
import type { LineSample } from '../monitor/heartbeats.ts';
import type { Links } from '../monitor/links.ts';

/** Which of a second's figures say something, and what of. */

/** What figures are of, and a little more: they come late, ms. */
const SECOND = 1_200;

/** Links that were not in use for all of the last second. */
export function returningLinks(links: Links, now: number): Set<string> {
  const returning = [...links.values()].filter(
    ({ phase, since }) => phase !== 'up' || now - since < SECOND,
  );
  return new Set(returning.map(({ name }) => name));
}

/**
 * Round trips of links in use, ms. Heartbeats go beside the tunnels: in front of a line that is shaped there is
 * no queue that would be in it.
 */
export function roundTrips(samples: readonly LineSample[], links: Links): (number | null)[] {
  return samples.filter(({ link }) => links.get(link)?.phase === 'up').map(({ rtt }) => rtt);
}

/** Links whose line is dead, or has no tunnel. */
export function brokenLinks(links: Links): Set<string> {
  const broken = [...links.values()].filter(({ connected, silent }) => silent || !connected);
  return new Set(broken.map(({ name }) => name));
}

/**
 * With nothing of what the links `broken` have lost. The first figures after an outage are of all of it: four
 * of them in a quarter of an hour, and a line that loses nothing was parked for its loss.
 */
export function withoutOutages(
  samples: readonly LineSample[],
  broken: ReadonlySet<string>,
): LineSample[] {
  const none = { sentTx: null, lostTx: null, beatsTx: null, beatsLostTx: null };
  return samples.map((sample) => (broken.has(sample.link) ? { ...sample, ...none } : sample));
}

/** Heartbeats are sent once: where the tunnel's packets are sent twice, what they lose says nothing of those. */
export function withoutBeats(samples: readonly LineSample[], links: Config['links']): LineSample[] {
  const always = links.filter(({ sendTwice }) => sendTwice === 'always');
  const twice = new Set(always.map(({ name }) => name));
  return samples.map((sample) =>
    twice.has(sample.link) ? { ...sample, beatsTx: 0, beatsLostTx: 0 } : sample,
  );
}
