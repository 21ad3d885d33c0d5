import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import type { Role } from '../../../backend/src/config/types.ts';
import { fingerprintOf, type Identity, makeIdentity } from '../../../backend/src/effects/keys.ts';
import { parseLine, type TunnelEvent } from '../../../backend/src/openvpn/log.ts';
import { seriesOf } from '../../../backend/src/openvpn/options.ts';
import { render } from '../../../backend/src/openvpn/render.ts';

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
function prepare(role: Role, port: number, own: Identity, peer: Identity): string {
  const place = join(folder, `${role}-${port}`);
  const identity = { certificate: `${place}.crt`, key: `${place}.key` };
  writeFileSync(identity.certificate, own.certPem);
  writeFileSync(identity.key, own.keyPem, { mode: 0o600 });
  const bond = { role, ipaddr: '10.0.0.1/30', peer_fingerprint: fingerprintOf(peer.certPem) };
  const ports =
    role === 'router'
      ? { interface: 'lo', server: '127.0.0.1', remote_port: `${port}` }
      : { local_port: `${port}` };
  const { config, problems } = load({
    sections: [
      { type: 'interface', name: 'bond', anonymous: false, options: bond },
      { type: 'link', name: 'link0', anonymous: false, options: ports },
    ],
  });
  expect(problems).toEqual([]);
  const link = config?.links[0];
  if (!config || !link) throw new Error('no link');
  const { deviceType, mtu, peerFingerprint } = config.bond;
  const text = render({
    role,
    deviceType,
    link,
    mtu,
    localAddress: '127.0.0.1',
    identity,
    peerFingerprint,
    options: config.openvpn.options,
    series,
  });
  writeFileSync(place, text.replace(/^dev .*$/m, 'dev null').replace(/^dev-type .*\n/m, ''));
  return place;
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
});
