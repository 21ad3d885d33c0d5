import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type HeartbeatConfig,
  type Heartbeats,
  openHeartbeats,
} from '../../../backend/src/effects/heartbeats.ts';
import { PACKET_HEADERS, PACKET_SIZE } from '../../../backend/src/monitor/heartbeat-packet.ts';
import type { Verdict } from '../../../backend/src/monitor/heartbeats.ts';
import { bound, freePort, type Relay, startRelay } from './relay.ts';

/** Longer than a slow machine needs; what is awaited comes within a second on a quick one. */
const SOON = { timeout: 20_000, interval: 20 };

interface Side {
  heartbeats: Heartbeats;
  verdicts: { link: string; verdict: Verdict }[];
  lines: string[];
}

let port = 0;
let relays: Relay[] = [];
let sides: Side[] = [];
let sockets: Socket[] = [];

beforeEach(async () => {
  port = await freePort();
  relays = [await startRelay(port), await startRelay(port), await startRelay(port)];
  sides = [];
  sockets = [];
});

afterEach(() => {
  for (const { heartbeats } of sides) heartbeats.close();
  for (const relay of relays) relay.close();
  for (const socket of sockets) socket.close();
});

function open(role: 'router' | 'server'): Side {
  const side: Side = {
    verdicts: [],
    lines: [],
    heartbeats: openHeartbeats({
      role,
      log: (text) => side.lines.push(text),
      counts: () => null,
    }),
  };
  side.heartbeats.onVerdict((link, verdict) => side.verdicts.push({ link, verdict }));
  sides.push(side);
  return side;
}

function configOf(role: 'router' | 'server', key: Uint8Array | null): HeartbeatConfig {
  const links = relays.map((relay, i) => ({
    name: `link${i}`,
    id: 1194 + i,
    interval: 50,
    localAddress: role === 'router' ? `127.0.0.${11 + i}` : null,
    server: role === 'router' ? { address: '127.0.0.1', port: relay.port } : null,
    device: `tun${i}`,
  }));
  return { key, port, address: '127.0.0.1', links };
}

/** Both ends, and all links alive at both. */
async function pair(key = randomBytes(32)): Promise<{ router: Side; server: Side; key: Buffer }> {
  const [router, server] = [open('router'), open('server')];
  server.heartbeats.set(configOf('server', key));
  router.heartbeats.set(configOf('router', key));
  await all('alive', router, server);
  return { router, server, key };
}

function verdictsOf(side: Side): (Verdict | undefined)[] {
  return relays.map((_, i) => side.heartbeats.state(`link${i}`)?.verdict);
}

async function all(verdict: Verdict, ...of: Side[]): Promise<void> {
  await vi.waitFor(() => {
    for (const side of of) expect(verdictsOf(side)).toEqual([verdict, verdict, verdict]);
  }, SOON);
}

function relayOf(link: number): Relay {
  const relay = relays[link];
  if (relay === undefined) throw new Error('no such relay');
  return relay;
}

/** Until so many more heartbeats have passed on the line. */
async function beats(link: number, way: 'up' | 'down', count: number): Promise<void> {
  const relay = relayOf(link);
  const from = relay.passed[way].length;
  await vi.waitFor(() => expect(relay.passed[way].length - from).toBeGreaterThan(count), SOON);
}

describe('heartbeats over sockets', () => {
  it('are few, short bytes, and measure the round trip', async () => {
    for (const relay of relays) relay.delay = 30;
    const { router } = await pair();
    await beats(0, 'down', 20);
    for (const bytes of [...relayOf(0).passed.up, ...relayOf(0).passed.down])
      expect(bytes.length).toBe(PACKET_SIZE);
    const [sample] = router.heartbeats.samples();
    expect(sample?.rtt).toBeGreaterThanOrEqual(55);
    expect(sample?.link).toBe('link0');
    expect(router.verdicts).toEqual(
      expect.arrayContaining([0, 1, 2].map((i) => ({ link: `link${i}`, verdict: 'alive' }))),
    );
  });

  it('find out what comes through each line, by probes that are that long', async () => {
    relayOf(1).longest = 630 - PACKET_HEADERS;
    const { router, server, key } = await pair();
    for (const [side, role] of [[router, 'router'] as const, [server, 'server'] as const]) {
      const config = configOf(role, key);
      const links = config.links.map((link) => ({ ...link, largest: 640 }));
      side.heartbeats.set({ ...config, links });
    }
    const pathsOf = ({ heartbeats }: Side) =>
      relays.map((_, i) => heartbeats.state(`link${i}`)?.pathMtu);
    await vi.waitFor(() => {
      for (const side of [router, server]) expect(pathsOf(side)).toEqual([640, 628, 640]);
    }, SOON);
    const sizes = (way: 'up' | 'down') =>
      relayOf(0).passed[way].filter(({ length }) => length > PACKET_SIZE);
    for (const way of ['up', 'down'] as const)
      expect(sizes(way).map(({ length }) => length)).toContain(640 - PACKET_HEADERS);
    expect([...router.verdicts, ...server.verdicts].map(({ verdict }) => verdict)).not.toContain(
      'silent',
    );
  });

  it.each([
    ['both ways', true, true],
    ['only up', true, false],
    ['only down', false, true],
  ])('find a line that is dead %s at both ends, and that it is back', async (_, up, down) => {
    const { router, server } = await pair();
    Object.assign(relayOf(1).cut, { up, down });
    await vi.waitFor(() => {
      for (const side of [router, server])
        expect(verdictsOf(side)).toEqual(['alive', 'silent', 'alive']);
    }, SOON);
    Object.assign(relayOf(1).cut, { up: false, down: false });
    await all('alive', router, server);
  });

  it('tell at once that a tunnel has ended, by the other lines', async () => {
    const { router, server, key } = await pair();
    Object.assign(relayOf(1).cut, { up: true, down: true });
    const config = configOf('router', key);
    const links = config.links.filter(({ id }) => id !== 1195);
    const before = relayOf(0).passed.down.length;
    router.heartbeats.set({ ...config, links, ended: [1195] });
    await vi.waitFor(() => {
      expect(verdictsOf(server)).toEqual(['alive', 'silent', 'alive']);
    }, SOON);
    // Three would have to be missed otherwise.
    expect(relayOf(0).passed.down.length - before).toBeLessThan(3);
    // The line of the one that told it is not taken for the other's.
    Object.assign(relayOf(1).cut, { up: false, down: false });
    router.heartbeats.set(config);
    await all('alive', router, server);
  });

  it('take out nothing when all lines are dead', async () => {
    const { router, server } = await pair();
    for (const relay of relays) Object.assign(relay.cut, { up: true, down: true });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    for (const side of [router, server])
      expect(side.verdicts.filter(({ verdict }) => verdict === 'silent').length).toBeLessThan(3);
    expect(verdictsOf(router)).not.toEqual(['silent', 'silent', 'silent']);
    for (const relay of relays) Object.assign(relay.cut, { up: false, down: false });
    await all('alive', router, server);
  });

  it('take nothing for dead because this program was busy for a while', async () => {
    const { router, server } = await pair();
    const until = performance.now() + 1_500;
    while (performance.now() < until);
    await beats(0, 'down', 20);
    for (const side of [router, server])
      expect(side.verdicts.map(({ verdict }) => verdict)).not.toContain('silent');
    expect(router.heartbeats.state('link0')?.rtt).toBeLessThan(300);
  });

  it('go on when the provider gives the router another port', async () => {
    const { router, server } = await pair();
    await relayOf(0).move();
    await beats(0, 'down', 10);
    await all('alive', router, server);
  });

  it('have no answer, and no notice, for who has not the key', async () => {
    const { server } = await pair();
    const stranger = await bound();
    sockets.push(stranger);
    const answers: Buffer[] = [];
    stranger.on('message', (bytes) => answers.push(bytes));
    const genuine = relayOf(0).passed.up.at(-1) ?? Buffer.alloc(0);
    for (let i = 0; i < 500; i += 1) {
      const forged = Buffer.from(genuine);
      // A newer number, and any byte but that of the magic and the link.
      forged.writeUInt32BE(1_000_000 + i, 4);
      stranger.send(i % 2 === 0 ? forged : randomBytes(i % 60), port, '127.0.0.1');
    }
    // Kept and played again, from elsewhere: where the server sends to stays as it was.
    for (const bytes of relayOf(0).passed.up) stranger.send(bytes, port, '127.0.0.1');
    const other = Buffer.from(relayOf(0).passed.down.at(-1) ?? '');
    stranger.send(other, port, '127.0.0.1');
    await beats(0, 'down', 10);
    expect(answers).toEqual([]);
    expect(verdictsOf(server)).toEqual(['alive', 'alive', 'alive']);
  });

  it('do not take back our own that somebody returns', async () => {
    const { server } = await pair();
    const ago = () => server.heartbeats.state('link2')?.heardAgo ?? 0;
    Object.assign(relayOf(2).cut, { up: true });
    await vi.waitFor(() => expect(ago()).toBeGreaterThan(150), SOON);
    for (const bytes of relayOf(2).passed.down) relayOf(2).inject(bytes);
    for (const bytes of relayOf(2).passed.up) relayOf(2).inject(bytes);
    await beats(0, 'up', 5);
    expect(ago()).toBeGreaterThan(150);
  });

  it('take nothing for dead over a new key, and old packets are worth nothing then', async () => {
    const { router, server } = await pair();
    const old = relayOf(0).passed.up.at(-1) ?? Buffer.alloc(0);
    const key = randomBytes(32);
    server.heartbeats.set(configOf('server', key));
    await beats(0, 'up', 10);
    expect(verdictsOf(server)).toEqual(['unknown', 'unknown', 'unknown']);
    relayOf(0).inject(old);
    router.heartbeats.set(configOf('router', key));
    await all('alive', router, server);
    expect([...router.verdicts, ...server.verdicts].map(({ verdict }) => verdict)).not.toContain(
      'silent',
    );
  });

  it('take nothing for dead when the other daemon is another one', async () => {
    const { router, server, key } = await pair();
    server.heartbeats.close();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const next = open('server');
    const fresh = randomBytes(32);
    next.heartbeats.set(configOf('server', fresh));
    expect(Buffer.compare(fresh, key)).not.toBe(0);
    router.heartbeats.set(configOf('router', fresh));
    await all('alive', router, next);
    expect(router.verdicts.map(({ verdict }) => verdict)).not.toContain('silent');
  });

  it('send nothing while there is no key', async () => {
    const { router, server } = await pair();
    router.heartbeats.set(configOf('router', null));
    server.heartbeats.set(configOf('server', null));
    expect(router.verdicts.slice(-3).map(({ verdict }) => verdict)).toEqual(
      Array.from({ length: 3 }, () => 'unknown'),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    const counts = () => relays.map(({ passed }) => passed.up.length + passed.down.length);
    const before = counts();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(counts()).toEqual(before);
    // Nobody has the port.
    const again = open('server');
    again.heartbeats.set(configOf('server', randomBytes(32)));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(again.heartbeats.problems()).toEqual([]);
  });
});

describe('heartbeats that cannot have their socket', () => {
  it('say it once where the port is taken, and begin when it is free', async () => {
    const other = await bound();
    port = other.address().port;
    for (const relay of relays) relay.close();
    relays = [await startRelay(port), await startRelay(port), await startRelay(port)];
    const key = randomBytes(32);
    const [router, server] = [open('router'), open('server')];
    server.heartbeats.set(configOf('server', key));
    router.heartbeats.set(configOf('router', key));
    await vi.waitFor(() => {
      expect(server.heartbeats.problems()).toMatchObject([{ code: 'heartbeat-port' }]);
    }, SOON);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(server.lines.length).toBe(1);
    expect(server.lines[0]).toContain('EADDRINUSE');
    await new Promise<void>((resolve) => other.close(() => resolve()));
    await all('alive', router, server);
    expect(server.heartbeats.problems()).toEqual([]);
  });

  it('say it once where a WAN has lost its address; the other links go on', async () => {
    const key = randomBytes(32);
    const [router, server] = [open('router'), open('server')];
    server.heartbeats.set(configOf('server', key));
    const config = configOf('router', key);
    // 203.0.113.1 is nobody's here.
    const links = config.links.map((link, i) =>
      i === 0 ? { ...link, localAddress: '203.0.113.1' } : link,
    );
    router.heartbeats.set({ ...config, links });
    await vi.waitFor(() => expect(verdictsOf(router)).toEqual(['unknown', 'alive', 'alive']), SOON);
    await vi.waitFor(() => expect(router.lines.length).toBe(1), SOON);
    expect(router.lines[0]).toContain('203.0.113.1');
    router.heartbeats.set(config);
    await all('alive', router, server);
    expect(router.lines.length).toBe(1);
  });
});
