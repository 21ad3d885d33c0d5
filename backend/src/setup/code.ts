import { createHash, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readValue } from '../config/value.ts';
import { wallSeconds } from '../effects/clock.ts';
import { ensureIdentity } from '../effects/identity.ts';
import type { Instance } from '../effects/instances.ts';
import { replaceFile } from '../effects/join-files.ts';
import { fingerprintOf, makeIdentity } from '../effects/keys.ts';
import { encodeCode, SECRET_BYTES } from '../join/code.ts';
import type { Outstanding } from '../join/decide.ts';
import { withBondOption } from '../join/server-config.ts';
import { joinPort, readServerConfig, settingsOf } from './server-settings.ts';

/** The outstanding code, in a server's key folder. */
export const JOIN_FILE = 'join.json';

/** How long a code works, s: a day is enough to carry it to the router, by whatever way. */
export const CODE_LIFE = 24 * 3600;

/** What `newCode` makes. */
export interface NewCode {
  /** The line to paste into the router. */
  code: string;
  /** Unix seconds; null: never (an offline code). */
  expires: number | null;
  /** TCP port that must be let in for it; null: none (an offline code). */
  port: number | null;
  /** The configuration was changed: a daemon that runs must reload. */
  changed: boolean;
}

/** `public`: the address or name that the router connects to, kept in the configuration. */
export interface CodeOptions {
  public?: string;
  offline?: boolean;
  /** A folder before the paths that the configuration names. */
  root?: string;
  /** Unix seconds. */
  now?: number;
}

type Place = Pick<Instance, 'name' | 'configPath' | 'keyFolder'>;

/**
 * Makes a join code for the router of this instance; an earlier one is void then. With `offline` it
 * carries everything, the router's new key too, and the server knows that router at once, in place of
 * an earlier one. Throws Error with what is wrong and what to do.
 */
export function newCode(place: Place, options: CodeOptions = {}): NewCode {
  const moved = options.public === undefined ? false : movePublic(place, options.public);
  return options.offline === true ? offlineCode(place, options) : onlineCode(place, options, moved);
}

/** Writes `option public_ipaddr`; says whether that changed anything. */
function movePublic({ configPath }: Place, address: string): boolean {
  if (readValue({ kind: 'host' }, address) === null) {
    throw new Error(
      `--public '${address.slice(0, 60)}' is neither an IPv4 address nor a host name`,
    );
  }
  const { text } = readServerConfig(configPath);
  const wanted = withBondOption(text, 'public_ipaddr', [address], false);
  if (wanted !== text) replaceFile(configPath, wanted);
  return wanted !== text;
}

function onlineCode(
  place: Place,
  { now = wallSeconds(), root }: CodeOptions,
  changed: boolean,
): NewCode {
  const { configPath, keyFolder, name } = place;
  const { fingerprint } = ensureIdentity(keyFolder);
  const found = readServerConfig(configPath);
  // All that a router will be told must be there before it has a code.
  const { server } = settingsOf(found, { name, fingerprint, root });
  const port = joinPort(found.config);
  const secret = randomBytes(SECRET_BYTES);
  const expires = now + CODE_LIFE;
  writeOutstanding(keyFolder, { secret: digestOf(secret), expires, router: null });
  const code = encodeCode({ kind: 'online', host: server, port, fingerprint, secret });
  return { code, expires, port, changed };
}

/** SHA-256 in hex, as a server keeps a secret. */
export function digestOf(secret: Uint8Array): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Writes `join.json` (0600). */
export function writeOutstanding(keyFolder: string, outstanding: Outstanding): void {
  mkdirSync(keyFolder, { recursive: true, mode: 0o700 });
  replaceFile(join(keyFolder, JOIN_FILE), `${JSON.stringify(outstanding)}\n`);
}

function offlineCode(place: Place, { root }: CodeOptions): NewCode {
  const { configPath, keyFolder } = place;
  const { fingerprint } = ensureIdentity(keyFolder);
  const found = readServerConfig(configPath);
  const settings = settingsOf(found, { name: place.name, fingerprint, root });
  const router = makeIdentity('bonding');
  const certificate = new X509Certificate(router.certPem).raw;
  const key = createPrivateKey(router.keyPem).export({ type: 'pkcs8', format: 'der' });
  const code = encodeCode({ kind: 'offline', settings, certificate, key });
  rmSync(join(keyFolder, JOIN_FILE), { force: true });
  admitRouter(configPath, fingerprintOf(router.certPem));
  return { code, expires: null, port: null, changed: true };
}

/**
 * Writes the router's fingerprint into the server's configuration, in place of an earlier router's.
 * Says whether that changed anything. Throws Error.
 */
export function admitRouter(configPath: string, router: string): boolean {
  const { text } = readServerConfig(configPath);
  const wanted = withBondOption(text, 'peer_fingerprint', [router], true);
  if (wanted !== text) replaceFile(configPath, wanted);
  return wanted !== text;
}
