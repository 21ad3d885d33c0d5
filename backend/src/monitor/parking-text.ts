import { type Problem, problem } from '../errors.ts';
import { type Evidence, likelyLoss } from './line-evidence.ts';
import type { Reason } from './parking-types.ts';

/** After what time a parked link is tried again, ms: if its heartbeats speak for it, and in any case. */
interface Pause {
  soonest: number;
  longest: number;
}

/** What the user reads of a parked link. */
export function parkedProblem(
  name: string,
  reason: Reason,
  evidence: Evidence,
  pause: Pause,
): Problem {
  return problem('link-parked', `link '${name}'`, {
    why: whyOf(reason, evidence),
    next: nextOf(reason, pause),
  });
}

/** What the user reads of a link whose packets are sent twice; `flow`: with each sent once, bit/s. */
export function twiceProblem(name: string, flow: number, evidence: Evidence): Problem {
  const why = whyOf({ kind: 'loss', flow }, evidence);
  return problem('link-twice', `link '${name}'`, { why });
}

function nextOf({ kind }: Reason, { soonest, longest }: Pause): string {
  if (kind === 'peer') return 'used again when the other end uses it';
  const after = `tried again after ${durationOf(longest)}`;
  return longest > soonest ? `${after}, or sooner when it seems to have mended` : after;
}

function whyOf(reason: Reason, evidence: Evidence): string {
  const lost = `${percent(likelyLoss(evidence))} of its packets are lost`;
  const rtt = `its round trip is ${Math.round(evidence.rtt ?? 0)} ms`;
  switch (reason.kind) {
    case 'loss':
      return `${lost}, which would cut what one connection gets over the bond to ${megabits(reason.flow)}`;
    case 'delay':
      return `${rtt}, that of the others ${Math.round(reason.others)} ms: their packets would wait for its`;
    case 'max-loss':
      return reason.deaf
        ? `more than ${percent(reason.limit)} (option max_loss) of the other end's packets are lost`
        : `${lost}, more than option max_loss allows (${percent(reason.limit)})`;
    case 'max-latency':
      return `${rtt}, more than option max_latency allows (${reason.limit} ms)`;
    case 'peer':
      return 'at the other end it is beyond the limits set there (max_loss, max_latency)';
  }
}

function percent(fraction: number): string {
  const value = fraction * 100;
  return `${Number(value.toFixed(value < 0.1 ? 2 : 1))} %`;
}

function megabits(rate: number): string {
  const value = rate / 1e6;
  return `${Number(value.toFixed(value < 9.95 ? 1 : 0))} Mbit/s`;
}

function durationOf(ms: number): string {
  return ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
