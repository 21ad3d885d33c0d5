import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { belongTogether, fingerprintOf, makeIdentity } from '../../../backend/src/effects/keys.ts';
import { certificateBody, element, pem } from '../../../backend/src/openvpn/der.ts';

const identity = makeIdentity('bonding-router');
const folder = mkdtempSync(join(tmpdir(), 'bonding-certificate-'));
const file = join(folder, 'own.crt');
writeFileSync(file, identity.certPem);
afterAll(() => rmSync(folder, { recursive: true }));

const openssl = (...args: string[]) => spawnSync('openssl', args, { encoding: 'utf8' });
const hasOpenssl = openssl('version').status === 0;

describe('makeIdentity', () => {
  it('is a certificate that node reads, signed by its own key', () => {
    const read = new X509Certificate(identity.certPem);
    expect(read.subject).toBe('CN=bonding-router');
    expect(read.issuer).toBe(read.subject);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.validFrom).toBe('Jan  1 00:00:00 2000 GMT');
    expect(read.validTo).toBe('Dec 31 23:59:59 9999 GMT');
    expect(read.ca).toBe(false);
  });

  it('has a fingerprint in the form that OpenVPN wants', () => {
    expect(fingerprintOf(identity.certPem)).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  });

  it('is new each time, and certificate and key belong together', () => {
    const other = makeIdentity('bonding-router');
    expect(fingerprintOf(other.certPem)).not.toBe(fingerprintOf(identity.certPem));
    expect(belongTogether(identity)).toBe(true);
    expect(belongTogether({ ...identity, keyPem: other.keyPem })).toBe(false);
    expect(belongTogether({ ...identity, keyPem: 'nonsense' })).toBe(false);
  });

  it('survives every serial: 200 certificates are read again', () => {
    for (let count = 0; count < 200; count += 1) {
      const { certPem } = makeIdentity('x');
      expect(new X509Certificate(certPem).serialNumber).toMatch(/^[0-9A-F]{1,32}$/);
    }
  });

  it.skipIf(!hasOpenssl)('passes openssl, strictly, as either end', () => {
    for (const purpose of ['sslserver', 'sslclient']) {
      const { stdout, stderr } = openssl(
        'verify',
        '-x509_strict',
        '-purpose',
        purpose,
        '-CAfile',
        file,
        file,
      );
      expect(stderr).toBe('');
      expect(stdout).toBe(`${file}: OK\n`);
    }
    const { stdout } = openssl('x509', '-in', file, '-noout', '-fingerprint', '-sha256');
    expect(stdout.trim().split('=')[1]).toBe(fingerprintOf(identity.certPem));
  });
});

describe('DER', () => {
  it('writes lengths in their shortest form', () => {
    expect(element(4, Buffer.alloc(127)).subarray(0, 2).toString('hex')).toBe('047f');
    expect(element(4, Buffer.alloc(128)).subarray(0, 3).toString('hex')).toBe('048180');
    expect(element(4, Buffer.alloc(256)).subarray(0, 4).toString('hex')).toBe('04820100');
    expect(() => element(4, Buffer.alloc(65_536))).toThrow(RangeError);
  });

  const body = (serial: string): string =>
    certificateBody({
      commonName: 'x',
      serial: Buffer.from(serial, 'hex'),
      publicKey: Buffer.alloc(0),
    }).toString('hex');

  it.each([
    ['80', '02020080'],
    ['0001', '020101'],
    ['00', '020100'],
    ['007f', '02017f'],
  ])('serial %s is the integer %s', (serial, der) =>
    expect(body(serial)).toContain(`a003020102${der}30`),
  );

  it.each(['', 'a b', 'ä', 'x'.repeat(65), 'x\n'])('refuses the name %j', (commonName) => {
    const fields = { commonName, serial: Buffer.of(1), publicKey: Buffer.alloc(0) };
    expect(() => certificateBody(fields)).toThrow(RangeError);
  });

  it('refuses a serial without bytes, or too many', () => {
    expect(() => body('')).toThrow(RangeError);
    expect(() => body('01'.repeat(21))).toThrow(RangeError);
  });

  it('writes PEM with lines of 64', () => {
    expect(pem('X', Buffer.alloc(50))).toBe(
      `-----BEGIN X-----\n${'A'.repeat(64)}\nAAA=\n-----END X-----\n`,
    );
  });
});
