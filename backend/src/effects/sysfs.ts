import { readFileSync } from 'node:fs';
import { readText } from './text-file.ts';

/** Counters of one device since it was made: bytes, and packets, errors and drops. */
export interface Counts {
  rx: number;
  tx: number;
  more: { rx: [number, number, number]; tx: [number, number, number] };
}

/** Where the kernel shows network devices. */
const NET = '/sys/class/net';

/** Reads a device's 64-bit counters; null when there is no such device. */
export function readCounts(ifname: string): Counts | null {
  const read = (name: string): number | null => readNumber(`${NET}/${ifname}/statistics/${name}`);
  const rx = read('rx_bytes');
  const tx = read('tx_bytes');
  if (rx === null || tx === null) return null;
  const more = (way: string): [number, number, number] => [
    read(`${way}_packets`) ?? 0,
    read(`${way}_errors`) ?? 0,
    read(`${way}_dropped`) ?? 0,
  ];
  return { rx, tx, more: { rx: more('rx'), tx: more('tx') } };
}

/** A device's carrier; null when it is down or absent (the kernel answers EINVAL then). */
export function readCarrier(ifname: string): boolean | null {
  const value = readNumber(`${NET}/${ifname}/carrier`);
  return value === null ? null : value === 1;
}

/** A device's hardware address as the kernel writes it, empty on tun; null when there is no such device. */
export function readAddress(ifname: string): string | null {
  return readText(`${NET}/${ifname}/address`);
}

function readNumber(path: string): number | null {
  try {
    const value = Number(readFileSync(path, 'utf8'));
    return Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}
