/**
 * What one TCP connection can reach over lines that lose packets by chance: the measure of whether a
 * line helps or hurts, since a bond spreads one connection over all of them.
 */

/** One line, as far as this needs it. */
export interface ModelLine {
  /** bit/s of the line; null: not known. */
  readonly rate: number | null;
  /** Its part of the packets; any scale. */
  readonly weight: number;
  /** Fraction of its packets lost by chance. */
  readonly loss: number;
  /** Round trip without queues, ms. */
  readonly rtt: number;
}

/** Payload of one packet inside a tunnel, bytes. */
const SEGMENT = 1380;

/** Of a line's rate, what is payload inside a tunnel (datapath: 91.3 to 92.2 %). */
const PAYLOAD = 0.92;

/** A shorter round trip is no line, ms. */
const SHORTEST = 2;

/**
 * bit/s that one connection reaches at this loss (fraction) and round trip (ms): CUBIC's response
 * function (RFC 9438 §5.2) or Reno's (Mathis 1997), whichever is larger. Measured: 0.25 % at 45 ms
 * brought 5.1 Mbit/s, this says 6.0. Without loss: infinity.
 */
export function oneFlow(loss: number, rtt: number): number {
  if (loss <= 0) return Number.POSITIVE_INFINITY;
  const seconds = Math.max(rtt, SHORTEST) / 1000;
  const reno = 1.22 / Math.sqrt(loss);
  const cubic = 1.054 * (seconds / loss) ** 0.75;
  return (SEGMENT * 8 * Math.max(reno, cubic)) / seconds;
}

/** bit/s that one connection reaches over these lines together; infinity where nothing limits it. */
export function overLines(lines: readonly ModelLine[]): number {
  const weights = lines.reduce((sum, { weight }) => sum + weight, 0);
  if (weights <= 0) return 0;
  const share = (line: ModelLine): number => line.weight / weights;
  const loss = lines.reduce((sum, line) => sum + share(line) * line.loss, 0);
  const rtt = lines.reduce((sum, line) => sum + share(line) * line.rtt, 0);
  return Math.min(sumOfRates(lines) * PAYLOAD, oneFlow(loss, rtt));
}

/** bit/s of the lines together; infinity when one of them is not known. */
export function sumOfRates(lines: readonly ModelLine[]): number {
  return lines.reduce((sum, { rate }) => sum + (rate ?? Number.POSITIVE_INFINITY), 0);
}
