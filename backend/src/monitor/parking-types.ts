import type { Problem } from '../errors.ts';
import type { LineSample } from './heartbeats.ts';
import type { Evidence } from './line-evidence.ts';

/** Limits that the user set for one link; null: none. */
export interface ParkLimits {
  /** Fraction of packets lost. */
  readonly maxLoss: number | null;
  /** Round trip without queues, ms. */
  readonly maxLatency: number | null;
}

/** By what the shares go: weights or rates that are given, rates that are learned, or all links have the same. */
export type SharesBy = 'weight' | 'rate' | 'learned' | 'nothing';

/** What is decided by, once a second. */
export interface ParkInput {
  /** Option `parking`: otherwise nothing is parked. */
  readonly enabled: boolean;
  /** By what the shares go. Where it is rates, given or learned, a trial begins with a small one, and costs little. */
  readonly sharesBy: SharesBy;
  readonly samples: readonly LineSample[];
  /** bit/s of this end's sending direction by link, configured or learned; some may be missing. */
  readonly rates: ReadonlyMap<string, number>;
  /** Weights of exactly the links that could be used now, those that are parked here included. */
  readonly shares: ReadonlyMap<string, number>;
  readonly limits: ReadonlyMap<string, ParkLimits>;
  /** Links that the peer keeps out because of its user's limits. */
  readonly refusedByPeer: ReadonlySet<string>;
  /** Links whose packets may be sent twice, where that is better than to leave them out. */
  readonly mayCopy: ReadonlySet<string>;
}

/** What is known and decided. Times: monotonic, ms. */
export interface Parking {
  readonly records: ReadonlyMap<string, LineRecord>;
  /** The latest seconds in which something was to be sent, and what arrived of it, all links together. */
  readonly traffic: readonly Traffic[];
  /** Why each parked link is; the same object until that changes. */
  readonly parked: ReadonlyMap<string, Problem>;
  /** Those beyond the user's limits: the peer is told not to use them either. */
  readonly refused: ReadonlySet<string>;
  /** Why each packet of a link is sent twice; the same map until that changes. */
  readonly twice: ReadonlyMap<string, Problem>;
  /** Where shares follow rates: links tried again after their loss, and bit/s that each is to begin with at most. */
  readonly tried: ReadonlyMap<string, number>;
  /** Links whose packets are sent twice from now on, or no more, and bit/s that each begins with. */
  readonly turned: ReadonlyMap<string, number>;
}

/** One link. */
export interface LineRecord {
  readonly evidence: Evidence;
  readonly out: Out | null;
  readonly twice: Twice | null;
  /** How long it is left out the next time, ms. */
  readonly pause: number;
  /** When it was last taken back; null: never parked. */
  readonly backAt: number | null;
  /** Going without it has proved worse: estimates do not park it before this time. */
  readonly trustedUntil: number;
  /** Sending its packets twice has not helped: it is not tried before this time. */
  readonly copyFrom: number;
}

/** A link that is parked. */
export interface Out {
  readonly reason: Reason;
  readonly since: number;
  /** When it is tried, if its heartbeats speak for it. */
  readonly soonest: number;
  /** When it is tried in any case that allows a trial. */
  readonly until: number;
  /** bit/s that arrived over all links in the seconds before. */
  readonly before: number;
  readonly problem: Problem;
}

/** A link whose packets are sent twice. */
export interface Twice {
  readonly since: number;
  /** When it may be done without, if the line has mended. */
  readonly soonest: number;
  /** bit/s that arrived over all links in the seconds before. */
  readonly before: number;
  /** What spoke against it when it began. */
  readonly kept: Evidence;
  /** When it is done without for a trial, in the middle of much traffic. */
  readonly until: number;
  /** So many seconds more with a full line than without, lately. */
  readonly fullSeconds: number;
  readonly problem: Problem;
}

/** What one second of them brought. */
export interface Traffic {
  readonly at: number;
  /** bit/s. */
  readonly arrived: number;
  /** A line was full, so more would not have gone through. */
  readonly full: boolean;
}

/** Why a link is parked. */
export type Reason =
  /** One connection over all links would reach `flow` bit/s. */
  | { readonly kind: 'loss'; readonly flow: number }
  | { readonly kind: 'delay'; readonly others: number }
  /** `deaf`: it is the peer's packets that are lost. */
  | { readonly kind: 'max-loss'; readonly limit: number; readonly deaf: boolean }
  | { readonly kind: 'max-latency'; readonly limit: number }
  | { readonly kind: 'peer' };

/** One second's decision while it is made. */
export interface Work {
  readonly input: ParkInput;
  readonly now: number;
  readonly records: Map<string, LineRecord>;
  readonly tried: Map<string, number>;
  readonly turned: Map<string, number>;
  traffic: readonly Traffic[];
}
