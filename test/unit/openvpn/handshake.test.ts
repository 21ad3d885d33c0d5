import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import type { CipherSpeed, Role } from '../../../backend/src/config/types.ts';
import { fingerprintOf, type Identity, makeIdentity } from '../../../backend/src/effects/keys.ts';
import { describe as describeProblem } from '../../../backend/src/errors.ts';
import { parseLine, type TunnelEvent } from '../../../backend/src/openvpn/log.ts';
import { seriesOf } from '../../../backend/src/openvpn/options.ts';
import { render } from '../../../backend/src/openvpn/render.ts';
import { type Authority, makeAuthority } from '../../fakes/authority.ts';

/**
 * Two real OpenVPN processes on loopback with what load and render make of a minimal
 * configuration. `dev null` in place of the device: no root needed.
 */
const version = spawnSync('openvpn', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const series = seriesOf(version);
const folder = mkdtempSync(join(tmpdir(), 'bonding-handshake-'));
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A UDP port that nobody has at the moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** Writes one end's files; gives the path of its configuration. */
function prepare(
  role: Role,
  port: number,
  own: Identity,
  peer: Identity,
  more: { openvpn?: Record<string, string>; ciphers?: CipherSpeed } = {},
): string {
  const place = join(folder, `${role}-${port}`);
  const identity = { certificate: `${place}.crt`, key: `${place}.key` };
  writeFileSync(identity.certificate, own.certPem);
  writeFileSync(identity.key, own.keyPem, { mode: 0o600 });
  const { text, problems } = configuration(role, port, identity, {
    bond: { peer_fingerprint: fingerprintOf(peer.certPem) },
    openvpn: {},
    ...more,
  });
  expect(problems).toEqual([]);
  writeFileSync(place, text);
  return place;
}

/** One end's OpenVPN configuration, by load and render, without a device. */
function configuration(
  role: Role,
  port: number,
  identity: { certificate: string; key: string },
  options: {
    bond: Record<string, string>;
    openvpn: Record<string, string>;
    ciphers?: CipherSpeed;
  },
): { text: string; problems: string[] } {
  const bond = { role, ipaddr: '10.0.0.1/30', ...options.bond };
  const type = role === 'router' ? 'openvpn' : 'openvpn-server';
  const ports =
    role === 'router'
      ? { interface: 'lo', server: '127.0.0.1', remote_port: `${port}` }
      : { local_port: `${port}` };
  const { config, problems } = load({
    sections: [
      { type: 'interface', name: 'bond', anonymous: false, options: bond },
      { type: 'link', name: 'link0', anonymous: false, options: ports },
      { type, name: 'vpn', anonymous: true, options: options.openvpn },
    ],
  });
  const link = config?.links[0];
  if (!config || !link) throw new Error('no link');
  const { deviceType, mtu, peerFingerprint } = config.bond;
  const text = render({
    role,
    deviceType,
    link,
    mtu,
    localAddress: '127.0.0.1',
    mark: null,
    identity,
    peerFingerprint,
    options: config.openvpn.options,
    series,
    ciphers: options.ciphers ?? null,
  });
  return {
    text: text.replace(/^dev .*$/m, 'dev null').replace(/^dev-type .*\n/m, ''),
    problems: problems.map(describeProblem),
  };
}

/** Writes one end's files as the HOWTO had them: an authority, a certificate of it, a static key. */
function prepareHowto(role: Role, port: number, authority: Authority, kind = kindOf(role)): string {
  const place = join(folder, `howto-${role}-${port}`);
  const { cert, key } = authority[kind];
  const files = { ca: authority.ca, cert, key, ta: authority.tlsAuth };
  for (const [name, text] of Object.entries(files))
    writeFileSync(`${place}.${name}`, text, { mode: 0o600 });
  const openvpn = {
    ca: `${place}.ca`,
    cert: `${place}.cert`,
    key: `${place}.key`,
    dh: '/etc/openvpn/dh2048.pem',
    tls_auth: `${place}.ta ${role === 'router' ? 1 : 0}`,
    ns_cert_type: 'server',
    cipher: 'AES-256-CBC',
    verb: '3',
    keepalive: '5 30',
    replay_window: '256 60',
  };
  const none = { certificate: '/none', key: '/none' };
  writeFileSync(place, configuration(role, port, none, { bond: {}, openvpn }).text);
  return place;
}

function kindOf(role: Role): 'client' | 'server' {
  return role === 'router' ? 'client' : 'server';
}

/** Runs OpenVPN until the wanted event; gives all events up to it. */
function until(file: string, wanted: TunnelEvent['kind']): Promise<TunnelEvent[]> {
  const child = spawn('openvpn', ['--config', file]);
  running.push(child);
  return new Promise((resolve, reject) => {
    const events: TunnelEvent[] = [];
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const event = parseLine(line)?.event;
        if (event) events.push(event);
        if (event?.kind === wanted) resolve(events);
      }
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`ended: ${JSON.stringify(events.slice(-3))}`)));
  });
}

describe.skipIf(series === null || series < 206)('two real OpenVPN processes', () => {
  const router = makeIdentity('bonding-router');
  const server = makeIdentity('bonding-server');

  it('connect with our certificates, known by fingerprint', async () => {
    const port = await freePort();
    const there = until(prepare('server', port, server, router), 'connected');
    const here = until(prepare('router', port, router, server), 'connected');
    const [events] = await Promise.all([here, there]);
    expect(events).toContainEqual({
      kind: 'peer-connected',
      cn: 'bonding-server',
      address: `127.0.0.1:${port}`,
    });
    const texts = events.flatMap((event) => (event.kind === 'other' ? [event.text] : []));
    expect(texts.join('\n')).toContain('cipher=AES-256-GCM');
    expect(texts.filter((text) => /WARNING|DEPRECAT/.test(text))).toEqual([]);
  }, 30_000);

  const slow = { aes: 20, chacha: 50 };
  const aesOnly = { data_ciphers: 'AES-256-GCM' };
  it.each([
    ['a slow router', { ciphers: slow }, {}, 'cipher=CHACHA20-POLY1305'],
    ['a slow server', {}, { ciphers: slow }, 'cipher=CHACHA20-POLY1305'],
    ['two slow ends', { ciphers: slow }, { ciphers: slow }, 'cipher=CHACHA20-POLY1305'],
    ['a slow router whose user wants AES', { ciphers: slow, openvpn: aesOnly }, {}, 'AES-256-GCM'],
    // Nothing in common: both take their `data-ciphers-fallback`.
    [
      'a slow router at a server of AES alone',
      { ciphers: slow },
      { openvpn: aesOnly },
      'AES-256-GCM',
    ],
  ])(
    'agree on the cipher that suits %s',
    async (_name, atRouter, atServer, cipher) => {
      const port = await freePort();
      const there = until(prepare('server', port, server, router, atServer), 'connected');
      const here = until(prepare('router', port, router, server, atRouter), 'connected');
      for (const events of await Promise.all([here, there])) {
        const texts = events.flatMap((event) => (event.kind === 'other' ? [event.text] : []));
        const result = texts.find((text) => text.includes('NCP negotiation result'));
        expect(result).toContain(cipher);
      }
    },
    30_000,
  );

  it('refuse a certificate with another fingerprint, and say which it was', async () => {
    const port = await freePort();
    const stranger = makeIdentity('stranger');
    const there = until(prepare('server', port, server, router), 'fingerprint-mismatch');
    const here = until(prepare('router', port, stranger, server), 'connected');
    here.catch(() => undefined);
    const events = await there;
    expect(events.find(({ kind }) => kind === 'fingerprint-mismatch')).toEqual({
      kind: 'fingerprint-mismatch',
      got: fingerprintOf(stranger.certPem),
    });
    expect(events.some(({ kind }) => kind === 'connected')).toBe(false);
  }, 30_000);

  it('connect with the keys of the HOWTO: an authority, RSA certificates, tls-auth', async () => {
    const port = await freePort();
    const authority = makeAuthority('rsa');
    const there = until(prepareHowto('server', port, authority), 'connected');
    const here = until(prepareHowto('router', port, authority), 'connected');
    const [events] = await Promise.all([here, there]);
    expect(events).toContainEqual({
      kind: 'peer-connected',
      cn: 'howto-server',
      address: `127.0.0.1:${port}`,
    });
  }, 30_000);

  it('refuse a certificate of the wrong kind, as ns_cert_type did', async () => {
    const port = await freePort();
    const authority = makeAuthority('ec');
    const there = until(prepareHowto('server', port, authority, 'client'), 'connected');
    there.catch(() => undefined);
    const events = await until(prepareHowto('router', port, authority), 'tls-error');
    // OpenSSL and mbedTLS each have their own words.
    expect(JSON.stringify(events)).toMatch(/unsuitable certificate purpose|VERIFY EKU ERROR/);
  }, 30_000);
});
