import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JoinServer } from '../../../backend/src/effects/join-server.ts';
import { newCode } from '../../../backend/src/setup/code.ts';
import { type DoorOptions, openDoor } from '../../../backend/src/setup/door.ts';
import { type JoinPlan, prepareJoin } from '../../../backend/src/setup/join.ts';
import type { JoinOptions } from '../../../backend/src/setup/join-found.ts';
import { TLS_KEY } from '../../fakes/join.ts';

/** A server's folder and a router's, on this machine's loopback. */
export interface Pair {
  folder: string;
  port: number;
  /** As `server init` lays it out. */
  server: { name: string; configPath: string; keyFolder: string };
  /** The fingerprints of routers that were taken in, and words about those that were not. */
  joined: string[];
  refused: string[];
  newCode(options?: { offline?: boolean; now?: number }): string;
  open(options?: Partial<DoorOptions>): Promise<JoinServer>;
  router(name: string, more?: Partial<JoinOptions>): Router;
  dispose(): Promise<void>;
}

/** A router; its configuration is there from the start. */
export interface Router {
  options: JoinOptions;
  /** Everything in its folder, with modes: to see that nothing was changed. */
  tree(): Record<string, string>;
  /** The plan; throws with the code of the problem where there is none. */
  plan(code: string): Promise<JoinPlan>;
  /** Plan and commit: the code of the problem, or null. */
  join(code: string): Promise<string | null>;
}

export const SERVER_CONFIG = (port: number, key: string): string => `# written by hand
config interface 'bond'
	option role 'server'
	option ifname 'bond0'
	option ipaddr '10.80.0.1/30'
	option public_ipaddr '127.0.0.1'
	list lan '192.168.1.0/24'

config link 'link0'
	option tunnel 'tap0'
	option local_port '${port}'   # the first

config link 'link1'
	option tunnel 'tap1'
	option local_port '${port + 1}'

config openvpn-server
	option dev_type 'tap'
	option tls_crypt '${key}'
`;

export const ROUTER_CONFIG = `
config interface 'bond'
	option enabled '0'
	option ipaddr '10.0.0.2/30'
	option page_port '8500'

`;

/** Makes both ends; the door is shut. */
export async function newPair(): Promise<Pair> {
  const folder = mkdtempSync(join(tmpdir(), 'bonding-join-'));
  const port = await freePort();
  const keyFolder = join(folder, 'home');
  const server = { name: 'home', configPath: join(keyFolder, 'config'), keyFolder };
  mkdirSync(keyFolder, { mode: 0o700 });
  const key = join(keyFolder, 'tls-crypt.key');
  writeFileSync(key, TLS_KEY, { mode: 0o600 });
  writeFileSync(server.configPath, SERVER_CONFIG(port, key), { mode: 0o640 });
  const doors: JoinServer[] = [];
  const pair: Pair = {
    folder,
    port,
    server,
    joined: [],
    refused: [],
    newCode: (options = {}) => newCode(server, options).code,
    async open(options = {}) {
      const door = await openDoor({
        ...server,
        port,
        host: '127.0.0.1',
        joined: (router) => pair.joined.push(router),
        refused: (who, why) => pair.refused.push(`${who ?? 'a router'}: ${why}`),
        ...options,
      });
      doors.push(door);
      return door;
    },
    router: (name, more) => newRouter(join(folder, name), more),
    async dispose() {
      await Promise.all(doors.map((door) => door.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return pair;
}

function newRouter(folder: string, more: Partial<JoinOptions> = {}): Router {
  mkdirSync(join(folder, 'config'), { recursive: true });
  const configPath = join(folder, 'config/bonding');
  if (!existsSync(configPath)) writeFileSync(configPath, ROUTER_CONFIG, { mode: 0o644 });
  const options: JoinOptions = {
    configPath,
    keyFolder: join(folder, 'keys'),
    wans: [],
    findWans: async () => ['wan', 'lte'],
    pendingPath: join(folder, 'pending'),
    sessionsFolder: join(folder, '../luci'),
    timeLimit: 3_000,
    ...more,
  };
  const plan = async (code: string): Promise<JoinPlan> => {
    const prepared = await prepareJoin(code, options);
    if (!prepared.ok) throw new Error(prepared.error.code, { cause: prepared.error });
    return prepared.plan;
  };
  return {
    options,
    plan,
    tree: () => treeOf(folder),
    join: async (code) => {
      try {
        return (await (await plan(code)).commit())?.code ?? null;
      } catch (error) {
        return (error as Error).message;
      }
    },
  };
}

/** Path: mode and text. */
function treeOf(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const path = join(folder, name);
      const { mode } = statSync(path);
      const text = statSync(path).isDirectory() ? '' : readFileSync(path, 'utf8');
      return [name, `${(mode & 0o777).toString(8)} ${text}`];
    }),
  );
}

/** A TCP port that nobody has, and the next one for the second link. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(Math.min(port, 65_000)));
    });
  });
}
