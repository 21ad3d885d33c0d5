import { createHmac, timingSafeEqual } from 'node:crypto';
import { BODY_SIZE, PACKET_SIZE } from '../monitor/heartbeat-packet.ts';

/** Which way a heartbeat goes, as its proof counts it: one of ours cannot be sent back to us. */
export type Direction = 'up' | 'down';

const WAYS: Readonly<Record<Direction, Uint8Array>> = {
  up: Uint8Array.of(0),
  down: Uint8Array.of(1),
};

/** Writes the proof into its eight bytes: HMAC-SHA256 over the direction, what is before, and what follows. */
export function prove(bytes: Uint8Array, key: Uint8Array, direction: Direction): void {
  bytes.set(proofOf(bytes, key, direction), BODY_SIZE);
}

/** Whether the peer has made this heartbeat. */
export function isGenuine(bytes: Uint8Array, key: Uint8Array, direction: Direction): boolean {
  return (
    bytes.length >= PACKET_SIZE &&
    timingSafeEqual(bytes.subarray(BODY_SIZE, PACKET_SIZE), proofOf(bytes, key, direction))
  );
}

function proofOf(bytes: Uint8Array, key: Uint8Array, direction: Direction): Uint8Array {
  const digest = createHmac('sha256', key)
    .update(WAYS[direction])
    .update(bytes.subarray(0, BODY_SIZE))
    .update(bytes.subarray(PACKET_SIZE))
    .digest();
  return digest.subarray(0, PACKET_SIZE - BODY_SIZE);
}
