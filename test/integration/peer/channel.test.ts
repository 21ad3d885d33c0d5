import { createSocket, type Socket } from 'node:dgram';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config, Role } from '../../../backend/src/config/types.ts';
import { openPeer, type PeerChannel } from '../../../backend/src/daemon/peer.ts';
import { formatPeerMessage } from '../../../backend/src/monitor/peer-messages.ts';
import { configOf } from '../../fakes/config.ts';

/** Two ends over real sockets on addresses of the loopback device. */
const ADDRESS = { router: '127.77.0.2', server: '127.77.0.1' } as const;

/** Ten times as fast as in life. */
const TIMES = { unseen: 100, seen: 1_000, quiet: 2_500, gone: 6_000, gap: 10 };

/** One end of the talk. */
interface End {
  config: Config;
  channel: PeerChannel;
  changed: number;
  tell(): void;
}

let port: number;
let open: { close(): void }[];

beforeEach(async () => {
  open = [];
  const probe = await listen(ADDRESS.router, 0);
  port = probe.address().port;
  probe.close();
});

afterEach(() => {
  for (const one of open) one.close();
});

function end(role: Role, times = {}): End {
  const config = configOf(2, role);
  config.bond.address = ADDRESS[role];
  config.bond.peer = ADDRESS[role === 'router' ? 'server' : 'router'];
  const made: End = {
    config,
    changed: 0,
    channel: openPeer({
      version: `1.0-${role}`,
      now: () => performance.now(),
      changed: () => {
        made.changed += 1;
      },
      port,
      times: { ...TIMES, ...times },
    }),
    tell: () => made.channel.tell(config, new Map(), 'spread'),
  };
  open.push(made.channel);
  made.tell();
  return made;
}

function listen(address: string, at: number): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => socket.bind(at, address, () => resolve(socket)));
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 4_000, interval: 10 });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const keyOf = ({ channel }: End) => channel.key()?.toString('hex') ?? null;

/** Both have one key. */
async function agree(one: End, other: End): Promise<string> {
  await until(() => {
    expect(keyOf(one)).not.toBeNull();
    expect(keyOf(other)).toBe(keyOf(one));
  });
  return keyOf(one) ?? '';
}

describe('two ends', () => {
  it('find one key, and each knows what the other says of itself', async () => {
    const router = end('router');
    expect(keyOf(router)).toBeNull();
    expect(router.channel.info()).toBeNull();
    const server = end('server');
    expect(await agree(router, server)).toMatch(/^[0-9a-f]{64}$/);
    expect(router.channel.info()).toMatchObject({
      version: '1.0-server',
      driver: 'spread',
      mtu: 1426,
      deviceType: 'tap',
      heartbeatPort: 0,
    });
    expect([...server.channel.links().keys()]).toEqual([1194, 1195]);
    expect([router.channel.problems(), server.channel.problems()]).toEqual([[], []]);
    expect(router.changed).toBe(1);
  });

  it('tell changes at once, and nothing when nothing changes', async () => {
    const [router, server] = [end('router'), end('server')];
    await agree(router, server);
    await pause(150);
    const { changed } = server;
    const [link] = router.config.links;
    if (link === undefined) throw new Error('a link');
    Object.assign(link, { download: 20_000_000, upload: 5_000_000, weight: 4 });
    router.config.bond.mtu = 1400;
    const from = performance.now();
    router.tell();
    await until(() =>
      expect(server.channel.links().get(1194)).toMatchObject({
        download: 20_000_000,
        upload: 5_000_000,
        weight: 4,
      }),
    );
    expect(performance.now() - from).toBeLessThan(500);
    expect(server.channel.problems().map(({ code }) => code)).toEqual(['peer-mtu']);
    expect(server.changed).toBe(changed + 1);
    router.tell();
    await pause(150);
    expect(server.changed).toBe(changed + 1);
  });

  it('take a new key when one of them starts anew', async () => {
    const [router, server] = [end('router'), end('server')];
    const before = await agree(router, server);
    server.channel.close();
    const again = end('server');
    await until(() => expect(keyOf(again)).not.toBeNull());
    expect(await agree(router, again)).not.toBe(before);
  });

  it('wait for an address that is taken, and for each other', async () => {
    const holder = await listen(ADDRESS.server, port);
    const [router, server] = [end('router'), end('server')];
    await pause(200);
    expect([keyOf(router), keyOf(server)]).toEqual([null, null]);
    holder.close();
    await agree(router, server);
  });

  it('forget the key, but not the links, of one that is gone; and find each other again', async () => {
    const times = { seen: 100, quiet: 250, gone: 600 };
    const [router, server] = [end('router', times), end('server', times)];
    await agree(router, server);
    server.channel.tell(null, new Map(), null);
    expect(keyOf(server)).toBeNull();
    const { changed } = router;
    await until(() => expect(router.changed).toBe(changed + 1));
    expect(keyOf(router)).toBeNull();
    expect(router.channel.links().size).toBe(2);
    server.tell();
    await agree(router, server);
    await until(() => expect(router.changed).toBe(changed + 2));
  });
});

describe('what comes in', () => {
  const message = {
    version: '9.9',
    driver: 'spread',
    mtu: 1426,
    deviceType: 'tap',
    heartbeatPort: 0,
    links: [],
    random: 'ab'.repeat(16),
    serial: 5,
    seen: null,
  };

  it('is taken from the peer’s address and port alone, and only when it makes sense', async () => {
    const router = end('router');
    const stranger = await listen('127.77.0.3', port);
    const process = await listen(ADDRESS.server, 0);
    const peer = await listen(ADDRESS.server, port);
    open.push(stranger, process, peer);
    const packet = formatPeerMessage(message);
    await until(() => {
      for (const one of [stranger, process]) one.send(packet, port, ADDRESS.router);
      peer.send(packet.subarray(1), port, ADDRESS.router);
    });
    await pause(100);
    expect(router.channel.info()).toBeNull();
    peer.send(packet, port, ADDRESS.router);
    await until(() => expect(router.channel.info()).toMatchObject({ version: '9.9' }));
  });

  it('late is not taken for the newest, and another form is a problem', async () => {
    const router = end('router');
    const peer = await listen(ADDRESS.server, port);
    open.push(peer);
    const send = (packet: Buffer) => peer.send(packet, port, ADDRESS.router);
    await pause(50);
    send(formatPeerMessage(message));
    send(formatPeerMessage({ ...message, serial: 4, mtu: 1300 }));
    await pause(100);
    expect(router.channel.info()).toMatchObject({ mtu: 1426 });
    send(Buffer.from('{"v":2,"version":"10.0"}'));
    await until(() =>
      expect(router.channel.problems().map(({ code }) => code)).toEqual(['peer-version']),
    );
    send(formatPeerMessage({ ...message, serial: 6 }));
    await until(() => expect(router.channel.problems()).toEqual([]));
  });

  it('rests when nobody answers, and when all is said', async () => {
    const router = end('router', { tries: 3 });
    const peer = await listen(ADDRESS.server, port);
    open.push(peer);
    let count = 0;
    let last = '';
    peer.on('message', (packet) => {
      count += 1;
      last = packet.toString();
    });
    await pause(800);
    expect(count).toBe(3);
    const { random, serial } = JSON.parse(last);
    const seen = random.slice(0, 8) + String(serial).padStart(8, '0');
    peer.send(formatPeerMessage({ ...message, seen }), port, ADDRESS.router);
    await pause(500);
    expect(count).toBe(4);
    expect(JSON.parse(last).seen).toBe('abababab00000005');
    router.channel.close();
  });
});
