import type { Counters } from './snapshot.ts';

/** One direction's packets, errors and drops. */
export type Counted = readonly [packets: number, errors: number, dropped: number];

/** Counters of some devices at one moment. */
export interface Sample {
  /** Monotonic time, ms. */
  time: number;
  bytes: ReadonlyMap<string, { rx: number; tx: number; more?: { rx: Counted; tx: Counted } }>;
}

/** Counters and rates of one device: since it was made, and bit/s over the last interval. */
export type Traffic = Counters;

const NONE: Counted = [0, 0, 0];

/** No traffic at all: what a device shows that does not exist. */
export const NO_TRAFFIC: Traffic = {
  rx_bytes: 0,
  tx_bytes: 0,
  rx_rate: 0,
  tx_rate: 0,
  ...counts(NONE, NONE),
};

function counts(
  [rx_packets, rx_errors, rx_dropped]: Counted,
  [tx_packets, tx_errors, tx_dropped]: Counted,
): Omit<Traffic, 'rx_bytes' | 'tx_bytes' | 'rx_rate' | 'tx_rate'> {
  return { rx_packets, tx_packets, rx_errors, tx_errors, rx_dropped, tx_dropped };
}

/**
 * Traffic of `ifname` between two samples. A counter that went back belongs to a device made anew:
 * its rate is 0 for that interval.
 */
export function trafficOf(ifname: string, before: Sample | null, after: Sample | null): Traffic {
  const now = after?.bytes.get(ifname);
  if (after === null || now === undefined) return NO_TRAFFIC;
  const old = before?.bytes.get(ifname);
  const seconds = before === null ? 0 : (after.time - before.time) / 1000;
  const rate = (from: number | undefined, to: number): number =>
    from === undefined || seconds <= 0 || to < from ? 0 : Math.round(((to - from) * 8) / seconds);
  return {
    rx_bytes: now.rx,
    tx_bytes: now.tx,
    rx_rate: rate(old?.rx, now.rx),
    tx_rate: rate(old?.tx, now.tx),
    ...counts(now.more?.rx ?? NONE, now.more?.tx ?? NONE),
  };
}
