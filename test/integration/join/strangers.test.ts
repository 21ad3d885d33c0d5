import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureIdentity, identityPaths } from '../../../backend/src/effects/identity.ts';
import { makeIdentity } from '../../../backend/src/effects/keys.ts';
import { certificate, certificateBody, pem } from '../../../backend/src/openvpn/der.ts';
import { newPair, type Pair } from './pair.ts';

let pair: Pair;
const sockets: Socket[] = [];

beforeEach(async () => {
  pair = await newPair();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await pair.dispose();
});

/** A connection, and all that came over it when it has ended. */
function watched<T extends Socket>(socket: T): { socket: T; ended: Promise<string> } {
  sockets.push(socket);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  return { socket, ended };
}

const tcp = () => watched(connectTcp(pair.port, '127.0.0.1'));

function tls(own: { cert?: string; key?: string }): { socket: TLSSocket; ended: Promise<string> } {
  return watched(
    connectTls({ port: pair.port, host: '127.0.0.1', rejectUnauthorized: false, ...own }),
  );
}

const router = () => {
  const { certPem, keyPem } = makeIdentity('bonding');
  return { cert: certPem, key: keyPem };
};

/** After whatever was done to it, the door still lets the right one in. */
async function stillWorks(): Promise<void> {
  const code = pair.newCode();
  expect(await pair.router(`after-${sockets.length}`).join(code)).toBeNull();
}

describe('the door of a server', () => {
  it('gives a line of nonsense no answer', async () => {
    await pair.open();
    pair.newCode();
    for (const line of ['hello\n', '{}\n', '\n', '{"bonding":1,"secret":"zz","confirm":true}\n']) {
      const { socket, ended } = tls(router());
      socket.write(line);
      expect(await ended).toBe('');
    }
    expect(pair.refused.at(-1)).toBe('127.0.0.1: what it says is no request');
    await stillWorks();
  });

  it('says to another version that it is one', async () => {
    await pair.open();
    pair.newCode();
    const { socket, ended } = tls(router());
    socket.write('{"bonding":2}\n');
    expect(await ended).toBe('{"error":"version"}\n');
  });

  it('lets nobody in without a certificate, secret or not', async () => {
    await pair.open();
    const { socket, ended } = tls({});
    socket.write(`{"bonding":1,"secret":"${'00'.repeat(16)}","confirm":true}\n`);
    expect(await ended).toBe('');
    expect(pair.refused).toEqual(['127.0.0.1: it shows no certificate']);
    await stillWorks();
  });

  it('a line without end is cut at 4 KiB', async () => {
    await pair.open();
    const { socket, ended } = tls(router());
    socket.write('x'.repeat(5000));
    expect(await ended).toBe('');
    expect(pair.refused).toEqual(['127.0.0.1: its line is too long']);
    await stillWorks();
  });

  it('plain HTTP is not TLS', async () => {
    await pair.open();
    const { socket, ended } = tcp();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await ended;
    expect(pair.refused).toHaveLength(1);
    await stillWorks();
  });

  it('who says nothing is ended in time, however slowly he says it', async () => {
    await pair.open({ timeLimit: 600 });
    const begin = Date.now();
    const silent = tcp();
    const slow = tls(router());
    const drops = setInterval(() => slow.socket.write('{'), 50);
    expect(await silent.ended).toBe('');
    expect(await slow.ended).toBe('');
    clearInterval(drops);
    expect(Date.now() - begin).toBeLessThan(3_000);
    await stillWorks();
  });

  it('four at a time; one more is closed at once, and the next is served when they have gone', async () => {
    await pair.open({ timeLimit: 1_500 });
    const four = Array.from({ length: 4 }, tcp);
    await sleep(100);
    const begin = Date.now();
    await tcp().ended;
    expect(Date.now() - begin).toBeLessThan(1_000);
    expect(four.some(({ socket }) => socket.destroyed)).toBe(false);
    await Promise.all(four.map(({ ended }) => ended));
    await stillWorks();
  });

  it('cannot be had where another program listens', async () => {
    await pair.open();
    await expect(pair.open()).rejects.toThrow(/EADDRINUSE/);
  });

  it('a guessed secret is refused, and the router is named in the log', async () => {
    await pair.open();
    pair.newCode();
    const { socket, ended } = tls(router());
    socket.write(`{"bonding":1,"secret":"${'00'.repeat(16)}","confirm":true}\n`);
    expect(await ended).toBe('{"error":"wrong-secret"}\n');
    expect(pair.refused[0]).toMatch(
      /^a router: wrong-secret \(its fingerprint is [0-9A-F:]{95}\)$/,
    );
    expect(pair.joined).toEqual([]);
  });
});

/** An identity whose certificate is valid at other times; the texts are as long as ours. */
function dated(from: string, to: string): { certPem: string; keyPem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = certificateBody({
    commonName: 'bonding',
    serial: Buffer.from([7]),
    publicKey: spki,
  });
  for (const [ours, theirs] of [
    ['000101000000Z', from],
    ['99991231235959Z', to],
  ] as const) {
    expect(theirs).toHaveLength(ours.length);
    body.write(theirs, body.indexOf(ours), 'latin1');
  }
  return {
    certPem: pem('CERTIFICATE', certificate(body, sign('sha256', body, privateKey))),
    keyPem: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))
      .export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  };
}

function keep(folder: string, identity: { certPem: string; keyPem: string }): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const paths = identityPaths(folder);
  writeFileSync(paths.certificate, identity.certPem, { mode: 0o600 });
  writeFileSync(paths.key, identity.keyPem, { mode: 0o600 });
}

describe('a clock that is off by years', () => {
  // To a router in 1970 a certificate of today begins in the future; to one in 2050 it has ended.
  it.each([
    ['not valid yet', '491231000000Z', '99991231235959Z'],
    ['expired', '000101000000Z', '20010101000000Z'],
  ])('certificates that are %s at both ends say nothing', async (_, from, to) => {
    keep(pair.server.keyFolder, dated(from, to));
    const joining = pair.router('router');
    keep(joining.options.keyFolder, dated(from, to));
    const { fingerprint } = ensureIdentity(joining.options.keyFolder);
    await pair.open();
    expect(await joining.join(pair.newCode())).toBeNull();
    expect(readFileSync(pair.server.configPath, 'utf8')).toContain(fingerprint);
    expect(pair.joined).toEqual([fingerprint]);
    // They were used as they are, not made anew.
    expect(readFileSync(join(joining.options.keyFolder, 'bonding.crt'), 'utf8')).toContain('BEGIN');
    expect(Object.keys(joining.tree()).join()).not.toContain('broken');
  });
});
