import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, connect, method } from '../../../backend/src/ubus/index.ts';
import { type RpcdSessions, startRpcdSessions } from '../../fakes/rpcd-sessions.ts';
import { freePort } from '../../lab/host/free-port.ts';
import { boot, type Machine } from '../../lab/host/machine.ts';
import { formatLines, parseLines } from '../../lab/lines.ts';
import { PAGE_DOOR, type Way } from '../../lab/page-protocol.ts';

/** Two lines with room for the figures to be told apart: Mbit/s down / up / delay in ms. */
const LINES = parseLines('10/2/15,6/2/25');

/** Where the router is for a browser of its LAN. */
export const ROUTER = '192.168.1.1';

/** The daemon's default for `page_port`. */
export const PAGE_PORT = 8471;

/** The bond in the lab's machine with a browser's ways to it, all on this machine's loopback. */
export interface PageLab {
  /** Port of the daemon's own page. */
  page: number;
  /** Port that leads to ROUTER:PAGE_PORT. */
  lan: number;
  /** The router's ubus. */
  bus: Client;
  /** Sessions of LuCI on it. */
  sessions: RpcdSessions;
  setLine: (line: number, alive: boolean) => Promise<void>;
  /** The address of the daemon's own page, with its token but without host and port: `/#token=…`. */
  pagePath: () => Promise<string>;
  close: () => Promise<void>;
}

/**
 * Boots the machine with a clock that runs as ours does, brings the bond up, and puts netifd's and
 * rpcd's objects on the router's ubus: the daemon then opens its port on the LAN.
 */
export async function startPageLab(): Promise<PageLab> {
  const folder = mkdtempSync(join(tmpdir(), 'bonding-page-'));
  const door = await freePort(8480);
  const forward = { hostPort: door, guestSocket: PAGE_DOOR };
  const machine = await boot({ clock: 'real', forward });
  const ways: Server[] = [];
  const socketPath = join(folder, 'ubus.sock');
  try {
    await untilReady(machine);
    const page = await open(ways, door, { to: 'page' }, 0);
    const lan = await open(ways, door, { to: PAGE_PORT }, 0);
    await open(ways, door, { to: 'ubus' }, socketPath);
    const bus = connect({ path: socketPath });
    const sessions = await startRpcdSessions(socketPath);
    await bus.addObject('network.interface', { dump: method({}, netifdDump) });
    await untilSocket(bus);
    return {
      page,
      lan,
      bus,
      sessions,
      setLine: (line, alive) => order(door, { line, alive }),
      pagePath: () => pagePath(machine),
      close: async () => {
        bus.close();
        sessions.stop();
        await machine.close();
        for (const way of ways) way.close();
        rmSync(folder, { recursive: true });
      },
    };
  } catch (error) {
    await machine.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function untilReady(machine: Machine): Promise<void> {
  return new Promise((resolve, reject) => {
    const onLine = (line: string): void => void (line === 'ready' && resolve());
    machine.run('page', [formatLines(LINES)], { onLine }).then((ran) => {
      reject(new Error(`guest program page ended with ${ran.code}:\n${ran.stderr}`));
    }, reject);
  });
}

/** Makes a port (0: any) or a unix socket of ours lead to something in the guest; returns the port. */
async function open(ways: Server[], door: number, way: Way, at: number | string): Promise<number> {
  const server = createServer((near) => {
    const far = enter(door, way);
    near.pipe(far).pipe(near);
    // What one side sent before it went away still reaches the other.
    near.on('error', () => far.destroy()).on('close', () => far.destroySoon());
    far.on('error', () => near.destroy()).on('close', () => near.destroySoon());
  });
  ways.push(server);
  await new Promise<void>((resolve) => {
    if (typeof at === 'string') server.listen(at, resolve);
    else server.listen(at, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function enter(door: number, way: Way): Socket {
  const socket = connectTo(door, '127.0.0.1');
  socket.write(`${JSON.stringify(way)}\n`);
  return socket;
}

function order(door: number, way: Way): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = enter(door, way).once('data', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

/** What netifd says of the lab's router (netifd/ubus.c), as far as the daemon reads it. */
function netifdDump() {
  const entry = (name: string, device: string, address: string, gateway: string | null) => ({
    interface: name,
    up: true,
    l3_device: device,
    device,
    'ipv4-address': [{ address, mask: 24 }],
    route: gateway === null ? [] : [{ target: '0.0.0.0', mask: 0, nexthop: gateway }],
  });
  const wans = LINES.map((_, index) =>
    entry(`wan${index}`, `wan${index}`, `10.${index + 1}.0.2`, `10.${index + 1}.0.1`),
  );
  return { interface: [entry('lan', 'lan0', ROUTER, null), ...wans] };
}

async function untilSocket(bus: Client): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { socket } = await bus.call('bonding', 'status');
    if (typeof socket === 'object' && socket !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the daemon opens no port on the LAN');
}

/** `bonding page` prints it from this file. */
async function pagePath(machine: Machine): Promise<string> {
  const { stdout } = await machine.exec(['cat', '/run/lab/ends/router/run/page-token']);
  const token = /#token=[0-9a-f]{32}/.exec(stdout)?.[0];
  if (token === undefined) throw new Error(`no token in: ${stdout}`);
  return `/${token}`;
}
