import { type LineEnds, type LinePlace, lineEnds } from './line-ends.ts';

/** What one line's ping asks, and from where. */
export interface PingTarget extends LineEnds {
  /** Seconds between two probes. */
  period: number;
}

/** What is known now; `measured`: links whose heartbeats tell as much, and more often. */
export interface PingPlace extends LinePlace {
  measured?: ReadonlySet<string>;
}

/** The lines that are measured by pings, by link: those that can be and are not measured otherwise. */
export function pingTargets({ measured, ...place }: PingPlace): Map<string, PingTarget> {
  const period = place.config.bond.pingPeriod;
  if (period === 0) return new Map();
  const ends = [...lineEnds(place)].filter(([link]) => !measured?.has(link));
  return new Map(ends.map(([link, line]) => [link, { ...line, period }]));
}
