/**
 * Reads one of the counters of some devices every few ms and prints `TIME BYTES…`, TIME in ms of the
 * kernel's monotonic clock. A process of its own, in the receiver's namespace: what a test does
 * meanwhile (it waits for `tc`, `ip` and the like) does not hold it up. Started by flow-meter.ts;
 * arguments: the devices, separated by commas, ms between two looks, and the counter. A device that is
 * gone stays at what it had. Runs until it is killed.
 */
import { existsSync, readFileSync, writeSync } from 'node:fs';

const [devices = 'eth0', every = '20', counter = 'rx_bytes'] = process.argv.slice(2);
const files = devices.split(',').map((device) => `/sys/class/net/${device}/statistics/${counter}`);
const bytes = files.map(() => '0');

setInterval(() => {
  for (const [index, file] of files.entries())
    if (existsSync(file)) bytes[index] = readFileSync(file, 'utf8').trim();
  writeSync(1, `${Number(process.hrtime.bigint() / 1000n) / 1000} ${bytes.join(' ')}\n`);
}, Number(every));
