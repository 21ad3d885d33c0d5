import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** A certificate, or a chain of them, and its key, both PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** A chain with a large key has 10 kB; what is larger than this is another file (bytes). */
const FILE_LIMIT = 64 * 1024;

/** Forms of a private key in DER: px5g, which makes uhttpd's, writes the two older ones. */
const DER_TYPES = ['pkcs8', 'sec1', 'pkcs1'] as const;

/**
 * Reads a certificate and its private key, PEM or DER. Throws Error when a file cannot be read or
 * understood, or when the two do not belong together.
 */
export function readCertificate(certPath: string, keyPath: string): Certificate {
  const cert = readPem(certPath);
  const key = readKey(keyPath);
  if (!new X509Certificate(cert).checkPrivateKey(key)) {
    throw new Error(`${keyPath} is not the key of ${certPath}`);
  }
  return { cert, key: key.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function readPem(path: string): string {
  const bytes = readBounded(path);
  if (isPem(bytes)) return bytes.toString('latin1');
  try {
    return new X509Certificate(bytes).toString();
  } catch {
    throw new Error(`${path} holds no certificate`);
  }
}

function readKey(path: string): KeyObject {
  const bytes = readBounded(path);
  const forms = isPem(bytes)
    ? [bytes.toString('latin1')]
    : DER_TYPES.map((type) => ({ key: bytes, format: 'der' as const, type }));
  for (const form of forms) {
    try {
      return createPrivateKey(form);
    } catch {
      // it is another form
    }
  }
  throw new Error(`${path} holds no private key without a password`);
}

function isPem(bytes: Buffer): boolean {
  return bytes.includes('-----BEGIN ');
}

function readBounded(path: string): Buffer {
  if (statSync(path).size > FILE_LIMIT) throw new Error(`${path} is no certificate or key`);
  return readFileSync(path);
}
