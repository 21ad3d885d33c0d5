import { readFileSync } from 'node:fs';

/** Byte counters of one device since it was made. */
export interface ByteCount {
  rx: number;
  tx: number;
}

/** Where the kernel shows network devices. */
const NET = '/sys/class/net';

/** Reads a device's 64-bit byte counters; null when there is no such device. */
export function readBytes(ifname: string): ByteCount | null {
  const rx = readNumber(`${NET}/${ifname}/statistics/rx_bytes`);
  const tx = readNumber(`${NET}/${ifname}/statistics/tx_bytes`);
  return rx === null || tx === null ? null : { rx, tx };
}

/** A device's carrier; null when it is down or absent (the kernel answers EINVAL then). */
export function readCarrier(ifname: string): boolean | null {
  const value = readNumber(`${NET}/${ifname}/carrier`);
  return value === null ? null : value === 1;
}

function readNumber(path: string): number | null {
  try {
    const value = Number(readFileSync(path, 'utf8'));
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}
