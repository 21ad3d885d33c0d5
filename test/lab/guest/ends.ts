import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAddress } from '../../../backend/src/daemon/page-token.ts';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { fromTable } from '../../../backend/src/status/ubus-object.ts';
import { type Client, connect } from '../../../backend/src/ubus/index.ts';
import { ADDRESS, type Network } from './network.ts';
import { type Program, start } from './process.ts';
import { run } from './run.ts';
import { until } from './wait.ts';

/** One end of the bond in the lab: our daemon in its namespace, with its own folders. */
export interface End {
  ns: 'router' | 'server';
  /** UCI file. */
  configPath: string;
  runFolder: string;
  /** Certificate and key. */
  keyFolder: string;
  /** The daemon's ubus socket, served by our own broker. */
  socket: string;
  daemon: () => Program;
  /** Starts the daemon (again). Resolves when it answers. */
  startDaemon: () => Promise<void>;
  status: () => Promise<Snapshot>;
  call: (method: string, args?: Record<string, string | number>) => Promise<unknown>;
}

/** Choices for {@link createEnds}. */
export interface EndsOptions {
  /** Kind of tunnel device; default `tap`, which a stock bonding driver takes. */
  deviceType?: 'tap' | 'tun';
  /** Further UCI text for section `interface 'bond'` of both ends, one option per line. */
  bond?: string;
  /** As `bond`, for the router alone. */
  router?: string;
  /** Further UCI text for the sections of the links, by line, at both ends. */
  links?: readonly string[];
}

/** The bundled program; the lab tests what is shipped. */
export const BUNDLE = join(import.meta.dirname ?? __dirname, '../bonding.cjs');

/**
 * As on a router. Without the compiler 47 MB are resident instead of 57, and starting takes no longer:
 * a daemon that does a little once a second has nothing to compile.
 */
export const NODE_OPTIONS = [
  '--jitless',
  '--optimize-for-size',
  '--max-semi-space-size=1',
  '--max-old-space-size=48',
] as const;

/** The folder of the built page. */
const PAGE = join(import.meta.dirname ?? __dirname, '../page');

const ROOT = '/run/lab/ends';

/** Where the router's status page is served inside the guest. */
export const PAGE_SOCKET = `${ROOT}/router/page.sock`;

/** Addresses inside the bond. */
export const BOND = { router: '10.0.0.2', server: '10.0.0.1' } as const;

/** Makes keys and UCI files for both ends; starts nothing. */
export function createEnds(network: Network, options: EndsOptions = {}): Record<End['ns'], End> {
  const router = createEnd('router');
  const server = createEnd('server');
  const prints = { router: fingerprintOf(router), server: fingerprintOf(server) };
  writeFileSync(router.configPath, routerConfig(network, prints.server, options));
  writeFileSync(server.configPath, serverConfig(network, prints.router, options));
  return { router, server };
}

/** The fingerprint of an end's certificate, which is made at the first call. */
export function fingerprintOf({ keyFolder }: Pick<End, 'keyFolder'>): string {
  return run([process.execPath, BUNDLE, 'keys', '--key-folder', keyFolder]).trim();
}

function bondSection(
  ns: End['ns'],
  print: string,
  { bond = '', router = '' }: EndsOptions,
): string {
  const [own, other] = ns === 'router' ? [BOND.router, BOND.server] : [BOND.server, BOND.router];
  return [
    "config interface 'bond'",
    `\toption role '${ns}'`,
    "\toption ifname 'bond0'",
    `\toption ipaddr '${own}'`,
    "\toption netmask '255.255.255.0'",
    `\toption remote_ipaddr '${other}'`,
    `\toption peer_fingerprint '${print}'`,
    ...(ns === 'server' ? ["\tlist lan '192.168.1.0/24'"] : []),
    bond,
    ...(ns === 'router' ? [router] : []),
    '',
  ].join('\n');
}

function openvpnSection(type: string, { deviceType = 'tap' }: EndsOptions): string {
  return `config ${type}\n\toption dev_type '${deviceType}'\n\n`;
}

function routerConfig(network: Network, print: string, options: EndsOptions): string {
  const links = network.lines.map((_, index) =>
    [
      `config link 'link${index}'`,
      `\toption interface 'wan${index}'`,
      `\toption server '${ADDRESS.server}'`,
      options.links?.[index] ?? '',
      '',
    ].join('\n'),
  );
  return [bondSection('router', print, options), ...links, openvpnSection('openvpn', options)].join(
    '\n',
  );
}

function serverConfig(network: Network, print: string, options: EndsOptions): string {
  const links = network.lines.map(
    (_, index) => `config link 'link${index}'\n${options.links?.[index] ?? ''}\n`,
  );
  return [
    bondSection('server', print, options),
    ...links,
    openvpnSection('openvpn-server', options),
  ].join('\n');
}

function createEnd(ns: End['ns']): End {
  const folder = join(ROOT, ns);
  const configPath = join(folder, 'bonding');
  const socket = join(folder, 'ubus.sock');
  const runFolder = join(folder, 'run');
  const keyFolder = join(folder, 'keys');
  mkdirSync(folder, { recursive: true });
  let daemon: Program | null = null;
  let client: Client | null = null;

  const call: End['call'] = async (method, args = {}) => {
    client ??= connect({ path: socket, retry: 100 });
    return fromTable(await client.call('bonding', method, args, { timeout: 20_000 }));
  };
  const startDaemon = async (): Promise<void> => {
    const page = existsSync(PAGE)
      ? ['--page', join(folder, 'page.sock'), '--page-folder', PAGE]
      : [];
    const argv = [
      ...[process.execPath, ...NODE_OPTIONS, BUNDLE, 'daemon', '--config', configPath, '--broker'],
      ...['--run-folder', runFolder, '--key-folder', keyFolder, '--ubus', socket, ...page],
    ];
    daemon = await start(argv, { ns, name: `bonding-${ns}` });
    await until(`the daemon of ${ns} to answer`, () => call('status'), { timeout: 30_000 });
  };
  return {
    ns,
    configPath,
    runFolder,
    keyFolder,
    socket,
    startDaemon,
    call,
    daemon: () => {
      if (daemon === null) throw new Error(`the daemon of ${ns} was not started`);
      return daemon;
    },
    status: async () => (await call('status')) as Snapshot,
  };
}

/** Starts both daemons and waits until every link is up at both ends; returns guest ms it took. */
export async function bringUp(ends: Record<End['ns'], End>): Promise<number> {
  await ends.server.startDaemon();
  await ends.router.startDaemon();
  const { after } = await until(
    'all links to be up at both ends',
    async () => {
      const both = [await ends.router.status(), await ends.server.status()];
      return both.every((status) => status.links.every((link) => link.up && link.slave));
    },
    { timeout: 60_000, every: 100 },
  );
  return after;
}

/** Writes the end's `config interface 'bond'` anew with these options beside the usual ones, and reloads. */
export async function reconfigure(
  end: End,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  const known = readFileSync(end.configPath, 'utf8').split('\n');
  const kept = known.filter((line) => !line.endsWith(MARK));
  const at = kept.indexOf("config interface 'bond'") + 1;
  const added = Object.entries(options).map(
    ([name, value]) => `\toption ${name} '${value}' ${MARK}`,
  );
  const lines = [...kept.slice(0, at), ...added, ...kept.slice(at)];
  writeFileSync(end.configPath, lines.join('\n'));
  await end.call('reload');
}

/** Writes one option of a link into the end's file. A daemon that runs needs a reload. */
export function setLink({ configPath }: End, link: string, option: string, value: string): void {
  const sections = readFileSync(configPath, 'utf8').split(/^(?=config )/m);
  const changed = sections.map((text) => {
    if (!text.startsWith(`config link '${link}'\n`)) return text;
    const kept = text.split('\n').filter((line) => !line.includes(`option ${option} `));
    return [kept[0], `\toption ${option} '${value}'`, ...kept.slice(1)].join('\n');
  });
  writeFileSync(configPath, changed.join(''));
}

/** At the end of a line that {@link reconfigure} wrote. */
const MARK = '# reconfigured';

/** A command of the program, to be run in the end's namespace. */
export function commandLine(end: End, words: readonly string[]): string[] {
  return [process.execPath, ...NODE_OPTIONS, BUNDLE, ...words, '--ubus', end.socket];
}

/** What the address of an end's page ends in: `#token=…`; nothing where no page was built. */
export function pageFragment({ runFolder }: End): string {
  return /#token=\w+/.exec(readAddress(runFolder) ?? '')?.[0] ?? '';
}

/** The pid in the run folder of one link's tunnel. */
export function tunnelPid(end: End, link: string): number {
  return Number(readFileSync(join(end.runFolder, `${link}.pid`), 'utf8'));
}
