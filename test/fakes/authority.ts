import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { element, pem } from '../../backend/src/openvpn/der.ts';

/**
 * A certificate authority as the HOWTO had one (easy-rsa): a CA, a certificate for each end with the
 * extended key usage of its kind, and a static key for `tls-auth`. X.509 in DER, RFC 5280.
 */
export interface Authority {
  ca: string;
  server: { cert: string; key: string };
  client: { cert: string; key: string };
  /** OpenVPN's static key, for both ends. */
  tlsAuth: string;
}

type Kind = 'ca' | 'server' | 'client';

const SEQUENCE = 0x30;
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const oid = (text: string): Buffer => element(0x06, hex(text));

/** sha256WithRSAEncryption and ecdsa-with-SHA256. */
const ALGORITHMS = {
  rsa: element(SEQUENCE, oid('2a864886f70d01010b'), hex('0500')),
  ec: element(SEQUENCE, oid('2a8648ce3d040302')),
} as const;

/** Makes all keys. `rsa` as in the HOWTO's time; `ec` takes no time, which counts in a slow machine. */
export function makeAuthority(type: keyof typeof ALGORITHMS): Authority {
  const keys = { ca: keyPair(type), server: keyPair(type), client: keyPair(type) };
  const issue = (kind: Kind): string => {
    const spki = keys[kind].publicKey.export({ type: 'spki', format: 'der' });
    const body = bodyOf(kind, spki, ALGORITHMS[type]);
    const signature = element(0x03, hex('00'), sign('sha256', body, keys.ca.privateKey));
    return pem('CERTIFICATE', element(SEQUENCE, body, ALGORITHMS[type], signature));
  };
  const end = (kind: 'server' | 'client'): { cert: string; key: string } => ({
    cert: issue(kind),
    key: keys[kind].privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });
  return { ca: issue('ca'), server: end('server'), client: end('client'), tlsAuth: staticKey() };
}

function keyPair(type: keyof typeof ALGORITHMS): { publicKey: KeyObject; privateKey: KeyObject } {
  return type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function bodyOf(kind: Kind, spki: Uint8Array, algorithm: Buffer): Buffer {
  const name = (text: string): Buffer => {
    const attribute = element(SEQUENCE, oid('550403'), element(0x0c, Buffer.from(text)));
    return element(SEQUENCE, element(0x31, attribute));
  };
  const [from, to] = ['000101000000Z', '491231235959Z'];
  const validity = [element(0x17, Buffer.from(from)), element(0x17, Buffer.from(to))];
  return element(
    SEQUENCE,
    element(0xa0, hex('020102')),
    element(0x02, hex('01'), randomBytes(8)),
    algorithm,
    name('howto-ca'),
    element(SEQUENCE, ...validity),
    name(`howto-${kind}`),
    spki,
    element(0xa3, element(SEQUENCE, ...extensionsOf(kind))),
  );
}

/** Basic constraints, key usage, and for the ends the extended key usage that remote-cert-tls wants. */
function extensionsOf(kind: Kind): Buffer[] {
  const extension = (id: string, value: Buffer): Buffer =>
    element(SEQUENCE, oid(id), hex('0101ff'), element(0x04, value));
  if (kind === 'ca') {
    return [
      extension('551d13', element(SEQUENCE, hex('0101ff'))),
      extension('551d0f', element(0x03, hex('0106'))),
    ];
  }
  const usage = kind === 'server' ? '2b06010505070301' : '2b06010505070302';
  return [
    extension('551d13', element(SEQUENCE)),
    extension('551d0f', element(0x03, hex('05a0'))),
    extension('551d25', element(SEQUENCE, oid(usage))),
  ];
}

/** 2048 bits in the form of `openvpn --genkey secret`. */
function staticKey(): string {
  const lines = randomBytes(256).toString('hex').match(/.{32}/g) ?? [];
  const [head, tail] = ['BEGIN', 'END'].map((word) => `-----${word} OpenVPN Static key V1-----`);
  return `${[head, ...lines, tail].join('\n')}\n`;
}
