/** Lets `most` lines through in each `span`; how many were kept back is told at the next chance. */
export interface LogLimit {
  /** Null: keep this line back. Else how many were kept back before it. */
  pass(now: number): number | null;
}

/** Lines of one tunnel's log that may come into ours within SPAN ms; scanners knock at every port. */
const MOST = 20;
const SPAN = 60_000;

/** `now` is a clock in ms. */
export function logLimit(most = MOST, span = SPAN): LogLimit {
  let begin = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    pass(now) {
      let kept = 0;
      if (now - begin >= span) {
        kept = Math.max(0, count - most);
        begin = now;
        count = 0;
      }
      count += 1;
      return count <= most ? kept : null;
    },
  };
}
