import type { CipherSpeed, Role } from '../config/types.ts';
import type { Series } from './options.ts';

/**
 * ChaCha20 must be so much faster. Node's own work is in the figures: on a Xeon 0.8 to 1.1 with the
 * instructions for AES, 3 to 4 without them.
 */
const CLEARLY = 1.5;

/** Whether ChaCha20 is clearly faster here than AES: the processor has no instructions for AES. */
export function prefersChaCha(speed: CipherSpeed | null | undefined): boolean {
  return speed !== null && speed !== undefined && speed.chacha >= CLEARLY * speed.aes;
}

/**
 * The ciphers that an end offers when the configuration does not say. OpenVPN takes the first of the TLS
 * server's list that the client has as well (tried between two 2.6.14), so a server has its way by order,
 * and a router only by not offering AES at all; where the server then has none of it, both use
 * `data-ciphers-fallback`. Null: the usual list. 2.5 negotiates nothing between two ends.
 */
export function ownCiphers(
  role: Role,
  speed: CipherSpeed | null | undefined,
  series: Series | null,
): string | null {
  if (!prefersChaCha(speed) || (series !== null && series < 206)) return null;
  return role === 'router' ? 'CHACHA20-POLY1305' : 'CHACHA20-POLY1305:AES-256-GCM';
}
