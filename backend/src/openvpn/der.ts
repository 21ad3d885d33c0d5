/**
 * The few DER shapes (ITU-T X.690) of a self-signed ECDSA P-256 certificate (RFC 5280). Node has no
 * X.509 writer, and a router should not need openssl-util (1 MB) for one certificate.
 */

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const BOOLEAN_TRUE = Buffer.from('0101ff', 'hex');

/** Contents of the object identifiers used, already in DER. */
const IDS = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extKeyUsage: '551d25',
  serverAuth: '2b06010505070301',
  clientAuth: '2b06010505070302',
} as const;

/** RFC 5280 §4.1.2.5: years before 2050 are UTCTime; 99991231235959Z means "never". */
const NOT_BEFORE = '000101000000Z';
const NOT_AFTER = '99991231235959Z';

/** Longest common name (RFC 5280, ub-common-name). */
const NAME_LIMIT = 64;

/** What the certificate says. */
export interface CertificateFields {
  /** 1 to 64 letters, digits, dots, dashes or underscores. */
  commonName: string;
  /** 1 to 20 bytes, any value; made positive. */
  serial: Uint8Array;
  /** SubjectPublicKeyInfo in DER, as `publicKey.export({ type: 'spki', format: 'der' })` gives it. */
  publicKey: Uint8Array;
}

/**
 * The part that is signed. Valid from 2000 to 9999, because a router without a battery starts with
 * a wrong clock, and the fingerprint, not the date, decides. Throws RangeError on a name or serial
 * out of bounds.
 */
export function certificateBody({ commonName, serial, publicKey }: CertificateFields): Buffer {
  if (commonName.length > NAME_LIMIT || !/^[\w.-]+$/.test(commonName)) {
    throw new RangeError(`'${commonName.slice(0, 80)}' cannot be a certificate's name`);
  }
  if (serial.length < 1 || serial.length > 20) throw new RangeError('serial: 1 to 20 bytes');
  const name = element(
    SEQUENCE,
    element(
      SET,
      element(SEQUENCE, id('commonName'), element(UTF8_STRING, Buffer.from(commonName))),
    ),
  );
  return element(
    SEQUENCE,
    element(0xa0, element(INTEGER, Buffer.from([2]))), // version 3
    element(INTEGER, positive(serial)),
    algorithm(),
    name,
    element(
      SEQUENCE,
      element(UTC_TIME, Buffer.from(NOT_BEFORE)),
      element(GENERALIZED_TIME, Buffer.from(NOT_AFTER)),
    ),
    name,
    publicKey,
    element(0xa3, extensions()),
  );
}

/** The certificate in DER: the body and its ECDSA-SHA256 signature (DER, as node:crypto gives it). */
export function certificate(body: Uint8Array, signature: Uint8Array): Buffer {
  return element(SEQUENCE, body, algorithm(), bitString(signature));
}

/** PEM text (RFC 7468) with lines of 64 characters. */
export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** One DER element: tag, length in its shortest form, contents. */
export function element(tag: number, ...contents: Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  if (length < 0x10000) return Buffer.from([0x82, length >> 8, length & 0xff]);
  throw new RangeError(`a DER element of ${length} bytes is longer than a certificate needs`);
}

function id(name: keyof typeof IDS): Buffer {
  return element(OID, Buffer.from(IDS[name], 'hex'));
}

function algorithm(): Buffer {
  return element(SEQUENCE, id('ecdsaWithSha256'));
}

function bitString(bytes: Uint8Array): Buffer {
  return element(BIT_STRING, Buffer.from([0]), bytes);
}

/** The shortest positive INTEGER: no leading zeros, but one where the top bit would mean a sign. */
function positive(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const body = Buffer.from(bytes.subarray(start));
  return (body[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), body]) : body;
}

/**
 * Not a CA, signs handshakes only, serves as either end: OpenVPN's `remote-cert-tls` asks for key
 * usage and extended key usage.
 */
function extensions(): Buffer {
  const extension = (name: keyof typeof IDS, critical: boolean, value: Buffer): Buffer =>
    element(
      SEQUENCE,
      id(name),
      critical ? BOOLEAN_TRUE : Buffer.alloc(0),
      element(OCTET_STRING, value),
    );
  const digitalSignature = element(BIT_STRING, Buffer.from([7, 0x80]));
  return element(
    SEQUENCE,
    extension('basicConstraints', true, element(SEQUENCE)),
    extension('keyUsage', true, digitalSignature),
    extension('extKeyUsage', false, element(SEQUENCE, id('serverAuth'), id('clientAuth'))),
  );
}
