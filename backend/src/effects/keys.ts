import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { certificate, certificateBody, pem } from '../openvpn/der.ts';

/** One end's identity: a self-signed certificate and its private key, both PEM. */
export interface Identity {
  certPem: string;
  keyPem: string;
}

/**
 * A new ECDSA P-256 key with a self-signed certificate for it, valid 2000 to 9999. `commonName` is
 * only shown in logs; the fingerprint is what the other end checks. Takes about a millisecond.
 */
export function makeIdentity(commonName: string): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = certificateBody({
    commonName,
    serial: randomBytes(16),
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
  });
  return {
    certPem: pem('CERTIFICATE', certificate(body, sign('sha256', body, privateKey))),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/**
 * SHA-256 of the certificate, as OpenVPN's `peer-fingerprint` and our `option peer_fingerprint`
 * want it: 32 upper case bytes with colons. Throws when the text is no certificate.
 */
export function fingerprintOf(certPem: string): string {
  return new X509Certificate(certPem).fingerprint256;
}

/** Whether the private key belongs to the certificate; false too when either cannot be read. */
export function belongTogether({ certPem, keyPem }: Identity): boolean {
  try {
    return new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}
