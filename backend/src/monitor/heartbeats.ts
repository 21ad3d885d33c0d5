/** What heartbeats say of a link. `unknown`: nothing yet, the tunnel's own state decides. */
export type Verdict = 'unknown' | 'alive' | 'silent';

/** A tunnel device's counters since it was made. */
export interface TunnelCounts {
  rxPackets: number;
  txPackets: number;
  rxBytes: number;
  txBytes: number;
}

/** Figures of one link, made once a second. `null`: not measured. */
export interface LineSample {
  link: string;
  /** Smoothed round trip, ms. */
  rtt: number | null;
  /** RFC 3550 jitter of what comes in, ms. */
  jitter: number | null;
  /** Part of the heartbeats of the last 30 s that did not come in; an outage is not counted. */
  loss: number | null;
  /** How much later than the quickest ours came to the peer: mean since the last sample, ms. */
  queueTx: number | null;
  /** The largest of those, ms. */
  queueTxMax: number | null;
  /** The mean of what came in, ms. */
  queueRx: number | null;
  /** Part of the tunnel's packets of the last 10 s that we sent and the peer did not get. */
  lossTx: number | null;
  /** The same of what the peer sent. */
  lossRx: number | null;
  /** Packets that we sent through the tunnel since the last sample, as far as the peer could tell already. */
  sentTx: number | null;
  /** Those of them that did not arrive; below 0 where some that were under way came: only sums are right. */
  lostTx: number | null;
  /** Heartbeats that we sent since the last sample, as far as the peer could tell already. */
  beatsTx: number | null;
  /** Those of them that did not arrive. */
  beatsLostTx: number | null;
  /** What arrived at the peer through this tunnel over the last second, bit/s. */
  deliveredTx: number | null;
  /** What this end sent through the tunnel over the last second, bit/s. */
  txRate: number | null;
  /** What came in through the tunnel over the last second, bit/s. */
  rxRate: number | null;
}

/** What is known of one link's heartbeats now. */
export interface HeartbeatState {
  verdict: Verdict;
  /** Both ends send at this interval now, ms. */
  interval: number;
  rtt: number | null;
  jitter: number | null;
  /** 0 to 1. */
  loss: number | null;
  /** Since the last genuine one, ms; null: none yet. */
  heardAgo: number | null;
  /** The peer's newest says that it hears us. */
  peerHears: boolean;
  /** The peer's newest says that this link is worse than its user allows. */
  peerOut: boolean;
  /** How much longer our way there is than by the quickest line, as the peer says, ms. */
  behind: number | null;
  /** The largest packet that comes through from here, bytes with all headers; null: not known. */
  pathMtu: number | null;
}
