import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLine, type TunnelEvent } from '../../../backend/src/openvpn/log.ts';

/** The logs were recorded from OpenVPN 2.6.14 at both ends of a tap tunnel made by render.ts. */
function events(name: string): TunnelEvent[] {
  const text = readFileSync(join(import.meta.dirname, 'logs', name), 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => parseLine(line));
  expect(lines.filter((line) => line === null)).toEqual([]);
  return lines.flatMap((line) => (line && line.event.kind !== 'other' ? [line.event] : []));
}

const pause: TunnelEvent = { kind: 'restart-pause', seconds: 1 };
const server = '192.0.2.2:1194';
const opened: TunnelEvent = { kind: 'link-opened', remote: server };
const connecting: TunnelEvent[] = [
  { kind: 'tls-started', address: server },
  { kind: 'peer-connected', cn: 'bonding-server', address: server },
  { kind: 'connected' },
];
const lost = (reason: 'ping-restart' | 'remote-exit' | 'tls-error' | 'signal'): TunnelEvent => ({
  kind: 'lost',
  reason,
  text: reason === 'signal' ? '' : reason,
});

describe('recorded logs', () => {
  it('router: connects, loses a dead line, comes back', () => {
    expect(events('router.txt')).toEqual([
      opened,
      ...connecting,
      lost('ping-restart'),
      pause,
      opened,
      ...connecting,
    ]);
  });

  it('server: waits, is called twice, ends', () => {
    const found = events('server.txt');
    const session = (port: number): TunnelEvent[] => [
      { kind: 'tls-started', address: `192.0.2.1:${port}` },
      { kind: 'peer-connected', cn: 'bonding-router', address: `192.0.2.1:${port}` },
      { kind: 'connected' },
    ];
    const anybody: TunnelEvent = { kind: 'link-opened', remote: null };
    expect(found).toEqual([
      anybody,
      lost('ping-restart'),
      pause,
      anybody,
      ...session(47739),
      lost('ping-restart'),
      pause,
      anybody,
      ...session(37339),
      { kind: 'exiting', text: 'SIGTERM received, sending exit notification', fatal: false },
      { kind: 'tls-started', address: '192.0.2.1:54500' },
      {
        kind: 'exiting',
        text: 'SIGTERM[soft,exit-with-notification] received, process exiting',
        fatal: false,
      },
    ]);
  });

  it('SIGUSR1 by hand', () => {
    expect(events('signal.txt').slice(-2)).toEqual([lost('signal'), pause]);
  });

  it.each([
    [
      'fingerprint-router.txt',
      'B0:28:AA:AD:76:84:08:D7:63:C6:CF:05:42:AC:9B:34:1F:7D:2C:A4:70:30:05:13:BD:B0:84:F8:47:72:32:2E',
    ],
    [
      'fingerprint-server.txt',
      '90:F5:E1:68:E9:62:93:FF:F7:6F:31:5F:7A:D1:37:4D:45:7B:24:8D:EA:FF:52:9D:48:51:49:AC:54:BA:82:CC',
    ],
  ])('%s: the wrong certificate', (name, got) => {
    const found = events(name);
    const at = found.findIndex(({ kind }) => kind === 'fingerprint-mismatch');
    expect(found.slice(at, at + 4)).toEqual([
      { kind: 'fingerprint-mismatch', got },
      { kind: 'tls-error', text: 'TLS Error: TLS handshake failed' },
      lost('tls-error'),
      pause,
    ]);
  });

  it('refused options', () => {
    const texts = events('options-error.txt').map((event) => {
      expect(event.kind).toBe('options-error');
      return event.kind === 'options-error' ? event.text : '';
    });
    expect(texts).toHaveLength(3);
    expect(texts[0]).toMatch(/^Unrecognized option .*: up-delay \(2\.6\.14\)$/);
    expect(texts[2]).toContain('No such file or directory (errno=2)');
  });

  it.each([
    ['address-gone.txt', 'Cannot assign requested address'],
    ['port-taken.txt', 'Address already in use'],
    ['bad-device.txt', 'Cannot ioctl TUNSETIFF tap77: Invalid argument'],
    ['bad-key.txt', 'private key password verification failed'],
  ])('%s: the process cannot go on', (name, text) => {
    const [fatal, last] = events(name);
    expect(fatal).toMatchObject({
      kind: 'exiting',
      fatal: true,
      text: expect.stringContaining(text),
    });
    expect(last).toMatchObject({ kind: 'exiting', fatal: true });
  });

  it("a server's name without address", () => {
    const found = events('unresolved.txt');
    expect(found[0]).toEqual({ kind: 'unresolved', host: 'nowhere.invalid' });
    expect(found.at(-2)).toMatchObject({ kind: 'lost', reason: 'other' });
  });

  it('a missing tls-auth key', () => {
    expect(events('tls-auth.txt')[0]).toMatchObject({
      kind: 'tls-error',
      text: expect.stringContaining('cannot locate HMAC'),
    });
  });
});

describe('parseLine', () => {
  it('reads the time', () => {
    const line = parseLine('1795223085.750715 1 Initialization Sequence Completed');
    expect(line).toEqual({
      time: 1795223085.750715,
      event: { kind: 'connected' },
      text: 'Initialization Sequence Completed',
      error: false,
    });
  });

  it.each([
    '',
    'Initialization Sequence Completed',
    '1795223085 1 x',
    `1795223085.750715 1 ${'x'.repeat(3000)}`,
  ])('refuses what OpenVPN does not write: %.30s', (line) => expect(parseLine(line)).toBeNull());

  it("takes no orders from the peer's common name", () => {
    const line =
      '1.000000 1 [x] Initialization Sequence Completed] Peer Connection Initiated with [AF_INET]192.0.2.9:1';
    expect(parseLine(line)?.event.kind).toBe('other');
  });
});
