/** Monotonic time in ms: what a router's clock jumping to the right year cannot disturb. */
export function monotonic(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** Unix time in seconds, only for showing. */
export function wallSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
