import { closeSync, openSync, readSync } from 'node:fs';
import type { TunnelCounts } from '../monitor/heartbeats.ts';

/** All devices' counters in one file: /sys has one file for each counter, ten times the cost. */
const FILE = '/proc/net/dev';

/** What was read is good for so long, ms: several heartbeats come in one turn. */
const FRESH = 10;

/** Most that is read: some 500 devices. */
const LIMIT = 65_536;

/** Reads tunnels' counters. */
export interface CountsReader {
  /** Null: there is no such device. `now` is ms of a monotonic clock. */
  read(device: string, now: number): TunnelCounts | null;
  close(): void;
}

/** Keeps the file open; where there is none, nothing is known. */
export function openCounts(file = FILE): CountsReader {
  const buffer = Buffer.alloc(LIMIT);
  let fd: number | null = null;
  let text = '';
  let readAt = Number.NEGATIVE_INFINITY;
  const renew = (): void => {
    try {
      fd ??= openSync(file, 'r');
      let length = 0;
      for (;;) {
        const got = readSync(fd, buffer, length, LIMIT - length, length);
        length += got;
        if (got === 0 || length === LIMIT) break;
      }
      text = buffer.toString('latin1', 0, length);
    } catch {
      text = '';
    }
  };
  return {
    read(device, now) {
      if (now - readAt > FRESH) {
        renew();
        readAt = now;
      }
      return countsIn(text, device);
    },
    close() {
      if (fd !== null) closeSync(fd);
      fd = null;
      text = '';
    },
  };
}

/** Finds a device's line in the text of `/proc/net/dev`; null: it is not there. */
export function countsIn(text: string, device: string): TunnelCounts | null {
  const name = `${device}:`;
  let start = text.indexOf(name);
  // Names are aligned to the right, so a longer one may end like this one.
  while (start > 0 && text[start - 1] !== ' ' && text[start - 1] !== '\n')
    start = text.indexOf(name, start + 1);
  if (start < 0) return null;
  const end = text.indexOf('\n', start);
  const line = text.slice(start + name.length, end < 0 ? undefined : end);
  const numbers = line.trim().split(/\s+/).map(Number);
  const [rxBytes, rxPackets, , , , , , , txBytes, txPackets] = numbers;
  if (rxBytes === undefined || rxPackets === undefined) return null;
  if (txBytes === undefined || txPackets === undefined) return null;
  return { rxPackets, txPackets, rxBytes, txBytes };
}
