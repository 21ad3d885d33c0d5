/** A device's counter at a moment: ms on some clock, bytes received since the device was made. */
export interface FlowSample {
  at: number;
  bytes: number;
}

/** What a disturbance did to a flow, seen at the receiver's device. */
export interface Disturbance {
  /** ms from the disturbance until the flow was back; null when it was not, as far as was measured. */
  recovered: number | null;
  /** Longest stretch without the flow's packets, ms, to the meter's grain of 20 ms. */
  silence: number;
  /** Mean from the disturbance to the end of what was looked at, bit/s (whole Ethernet frames). */
  rate: number;
}

/** A stretch of this length must carry enough before the flow counts as back, ms. */
const STEADY_MS = 500;
/** And so must its beginning, so that a stretch that begins with silence does not count. */
const BEGIN_MS = 100;
/** Less than this between two looks is a ping or an ARP, not the flow, bytes. */
const WORDS = 500;

/** Reads what programs/flow-sampler.ts printed of a device. A last line that is cut short is left out. */
export function parseSamples(text: string, device = 0): FlowSample[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').map(Number))
    .flatMap(([at, ...counts]) => {
      const bytes = counts[device];
      return at === undefined || bytes === undefined ? [] : [{ at, bytes }];
    });
}

/** Bytes received by the time `at`, between two looks in proportion; flat before and after them all. */
export function bytesAt(samples: readonly FlowSample[], at: number): number {
  const next = samples.findIndex((sample) => sample.at >= at);
  const right = samples[next] ?? samples.at(-1);
  const left = samples[next - 1] ?? right;
  if (left === undefined || right === undefined) return 0;
  if (right.at === left.at) return right.bytes;
  const part = Math.min(1, Math.max(0, (at - left.at) / (right.at - left.at)));
  return left.bytes + part * (right.bytes - left.bytes);
}

/** Mean rate from `from` to `to` (ms on the samples' clock), bit/s of whole Ethernet frames. */
export function rateBetween(samples: readonly FlowSample[], from: number, to: number): number {
  return ((bytesAt(samples, to) - bytesAt(samples, from)) * 8_000) / (to - from);
}

/** Longest stretch from `from` to `to` in which nothing of the flow came, ms. */
export function longestSilence(samples: readonly FlowSample[], from: number, to: number): number {
  let longest = 0;
  let since = from;
  let before = bytesAt(samples, from);
  for (const { at, bytes } of samples) {
    if (at <= from || at > to) continue;
    if (bytes - before >= WORDS) since = at;
    longest = Math.max(longest, at - since);
    before = bytes;
  }
  return longest;
}

/**
 * ms from `from` until the flow brings at least `rate` bit/s again: the first half second that does,
 * and whose first 100 ms do. 0 when it never fell below that; null when it did not come back by `to`.
 */
export function recoveryAfter(
  samples: readonly FlowSample[],
  from: number,
  to: number,
  rate: number,
): number | null {
  const moments = [from, ...samples.map(({ at }) => at).filter((at) => at > from)];
  const enough = (at: number, ms: number): boolean => rateBetween(samples, at, at + ms) >= rate;
  const back = moments.find(
    (at) => at + STEADY_MS <= to && enough(at, BEGIN_MS) && enough(at, STEADY_MS),
  );
  return back === undefined ? null : back - from;
}

/**
 * ms from `from` until a device's counter stands still for half a second, to the grain of the meter; null:
 * it does not up to `to`. For what sends all the time.
 */
export function stillAfter(
  samples: readonly FlowSample[],
  from: number,
  to: number,
): number | null {
  const still = samples.find(
    ({ at, bytes }) =>
      at > from && at + STEADY_MS <= to && bytesAt(samples, at + STEADY_MS) === bytes,
  );
  return still === undefined ? null : still.at - from;
}

/** All of it: the flow counts as back at `rate` bit/s. `from` and `to` in ms on the samples' clock. */
export function describeDisturbance(
  samples: readonly FlowSample[],
  from: number,
  to: number,
  rate: number,
): Disturbance {
  return {
    recovered: recoveryAfter(samples, from, to, rate),
    silence: longestSilence(samples, from, to),
    rate: rateBetween(samples, from, to),
  };
}
