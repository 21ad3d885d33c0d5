/** A figure at each step, oldest first; null where nothing was measured. */
export type Series = (number | null)[];

/**
 * The answer of `ubus call bonding history '{"span":180}'`: what has been, link by link. All series
 * have the same length, and at most `span / step` entries; the last entry is that of `time`.
 */
export interface History {
  /** Seconds that were asked for: 180 or 86400. */
  span: number;
  /** Seconds between two entries: 1 or 300. */
  step: number;
  /** Unix seconds of the last entry. */
  time: number;
  links: LinkHistory[];
}

/** One link's figures; over a longer step, means. */
export interface LinkHistory {
  name: string;
  /** bit/s. */
  rx: Series;
  tx: Series;
  /** ms; the round trip over the line to the other end. */
  latency: Series;
  /** Percent, 0 to 100. */
  packetloss: Series;
}
