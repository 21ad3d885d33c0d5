/**
 * Reads one of a device's counters every few ms and prints `TIME BYTES`, TIME in ms of the
 * kernel's monotonic clock. A process of its own, in the receiver's namespace: what a test does
 * meanwhile (it waits for `tc`, `ip` and the like) does not hold it up. Started by flow-meter.ts;
 * arguments: the device, ms between two looks, and the counter. Runs until it is killed.
 */
import { readFileSync, writeSync } from 'node:fs';

const [device = 'eth0', every = '20', counter = 'rx_bytes'] = process.argv.slice(2);
const file = `/sys/class/net/${device}/statistics/${counter}`;

setInterval(() => {
  const bytes = readFileSync(file, 'utf8').trim();
  writeSync(1, `${Number(process.hrtime.bigint() / 1000n) / 1000} ${bytes}\n`);
}, Number(every));
