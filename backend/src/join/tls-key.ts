/** OpenVPN's static key file (`openvpn --genkey secret`), the form of a `tls-crypt` key. */

/** 2048 bit. */
const KEY_BYTES = 256;

const LABEL = 'OpenVPN Static key V1';

/** Longest text that is looked at; such a file has 636 characters. */
const TEXT_LIMIT = 4096;

/** The file for these 256 bytes, as OpenVPN writes it. */
export function formatTlsKey(key: Uint8Array): string {
  const lines =
    Buffer.from(key)
      .toString('hex')
      .match(/.{1,32}/g) ?? [];
  const head = '#\n# 2048 bit OpenVPN static key\n#\n';
  return `${head}-----BEGIN ${LABEL}-----\n${lines.join('\n')}\n-----END ${LABEL}-----\n`;
}

/** The bytes of such a file; null when it is none. Comments and line ends may be any. */
export function tlsKeyBytes(text: string): Buffer | null {
  if (text.length > TEXT_LIMIT) return null;
  const found = new RegExp(`-----BEGIN ${LABEL}-----([\\s0-9a-fA-F]+)-----END ${LABEL}-----`).exec(
    text,
  );
  const hex = (found?.[1] ?? '').replace(/\s/g, '');
  return hex.length === KEY_BYTES * 2 ? Buffer.from(hex, 'hex') : null;
}

/** The key of such a text in OpenVPN's own layout; null when it is none. */
export function readTlsKey(given: unknown): string | null {
  const key = typeof given === 'string' ? tlsKeyBytes(given) : null;
  return key === null ? null : formatTlsKey(key);
}
