/**
 * A server with two routers: two instances of the daemon in its namespace, the one's router over the
 * lines, the other's in namespace `inet`. Arguments: lines of the first router.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import type { TestResult } from '../../../../backend/src/status/test-result.ts';
import { fromTable } from '../../../../backend/src/status/ubus-object.ts';
import { connect } from '../../../../backend/src/ubus/index.ts';
import { parseLines } from '../../lines.ts';
import { BUNDLE, NODE_OPTIONS } from '../ends.ts';
import { measureTcp } from '../iperf.ts';
import { ADDRESS, buildLines, settled } from '../network.ts';
import { ping } from '../ping.ts';
import { type Program, start } from '../process.ts';
import { program, progress } from '../program.ts';
import { run, tcBatch, tryRun } from '../run.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { sleep, until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface TwoRouters {
  /** Of the second instance when no instance is named. */
  unnamed: string;
  /** Addresses of the two pages, without tokens. */
  pages: string[];
  /** Of 20 pings each: server to either router, a LAN host to the Internet by the first. */
  lost: { home: number; office: number; internet: number };
  /** One TCP flow over each bond at the same time, bit/s. */
  rates: { home: number; office: number };
  /** Speed tests of both instances, begun together. */
  tests: TestResult[];
  /** Priorities of the tests' rules while both ran. */
  testRules: number[];
  /** While the second instance stopped: lost pings of the first, of how many. */
  during: { sent: number; lost: number };
  /** What differs from before the second instance came, once it is gone. */
  afterSecond: string[];
  /** Pids of the first instance's tunnels, before and after. */
  tunnels: { before: string[]; after: string[] };
  /** What differs from before all, once both are gone. */
  afterBoth: string[];
  exitCodes: (number | null)[];
}

const ROOT = '/run/lab/two';
/** The far end of each instance: its namespace, device and server address. */
const ROUTERS = {
  home: { number: 0, ns: 'router', wans: ['wan0', 'wan1'], server: ADDRESS.server },
  office: { number: 1, ns: 'inet', wans: ['eth0', 'eth0'], server: ADDRESS.serverInet },
} as const;
type Name = keyof typeof ROUTERS;
const NAMES = ['home', 'office'] as const;

program(async ([text = '']) => {
  buildLines(parseLines(text));
  // The second router's line; without a limit it would be as fast as the guest can encrypt.
  for (const [ns, device] of [
    ['inet', 'eth0'],
    ['server', 'inet0'],
  ] as const)
    tcBatch(ns, [`qdisc add dev ${device} root netem rate 4mbit delay 5ms limit 40`]);
  for (const name of NAMES) configure(name);
  await settled();
  const found = snapshotNetwork('server');

  const home = await raise('home');
  await settled();
  const alone = snapshotNetwork('server');
  const pids = tunnelsOf('home');
  const office = await raise('office');
  const unnamed = tryRun(command('status'), { ns: 'server' }).stderr;
  const pages = NAMES.map((name) => run(command('page', '--name', name), { ns: 'server' }));

  const pings = [
    ping({ from: 'server', to: '10.80.0.2', count: 20 }),
    ping({ from: 'server', to: '10.80.1.2', count: 20 }),
    ping({ from: 'lan', to: ADDRESS.inet, count: 20 }),
  ];
  const [toHome, toOffice, internet] = (await Promise.all(pings)).map(({ lost }) => lost);
  const flows = NAMES.map((name) => {
    const { number, ns } = ROUTERS[name];
    return measureTcp({
      from: ns,
      to: { ns: 'server', address: `10.80.${number}.1` },
      seconds: 3,
      omit: 1,
    });
  });
  const [homeRate, officeRate] = (await Promise.all(flows)).map((flow) => flow.bitsPerSecond);
  progress(`rates ${homeRate} ${officeRate}, lost ${toHome} ${toOffice} ${internet}`);
  const { tests, testRules } = await testBoth();

  progress('the second stops');
  const beside = ping({ from: 'router', to: '10.80.0.1', count: 60 });
  await sleep(1_000);
  const exits = [await finish(office)];
  const { sent, lost } = await beside;
  await settled();
  const afterSecond = compareSnapshots(alone, snapshotNetwork('server'));
  const tunnels = { before: pids, after: tunnelsOf('home') };
  exits.push(await finish(home));
  return {
    unnamed,
    pages: pages.map((page) => page.replace(/#[\s\S]*/, '')),
    lost: { home: toHome ?? -1, office: toOffice ?? -1, internet: internet ?? -1 },
    rates: { home: homeRate ?? 0, office: officeRate ?? 0 },
    tests,
    testRules,
    during: { sent, lost },
    afterSecond,
    tunnels,
    afterBoth: compareSnapshots(found, snapshotNetwork('server')),
    exitCodes: exits.flat(),
  } satisfies TwoRouters;
});

/** The folder of the instance, as `server init` lays it out, and its router's configuration. */
function configure(name: Name): void {
  const { number, wans, server } = ROUTERS[name];
  const folder = join(ROOT, 'etc/bonding', name);
  const far = farOf(name);
  for (const made of [folder, far]) mkdirSync(made, { recursive: true });
  writeFileSync(join(folder, 'number'), `${number}\n`);
  const [print, farPrint] = [folder, far].map((keys) =>
    run([process.execPath, BUNDLE, 'keys', '--key-folder', keys]).trim(),
  );
  const bond = (role: string, address: string, peer = ''): string[] => [
    "config interface 'bond'",
    `\toption role '${role}'`,
    `\toption ipaddr '${address}/30'`,
    `\toption peer_fingerprint '${peer}'`,
    // Shares that are learned change a table of the kernel's, and that is compared.
    "\toption shares 'fixed'",
  ];
  const servers = wans.flatMap((_, index) => [
    `config link 'link${index}'`,
    `\toption tunnel 'tap${8 * number + index}'`,
    `\toption local_port '${1194 + 8 * number + index}'`,
  ]);
  const routers = wans.flatMap((wan, index) => [
    `config link 'link${index}'`,
    `\toption interface '${wan}'`,
    `\toption server '${server}'`,
    `\toption remote_port '${1194 + 8 * number + index}'`,
  ]);
  const type = (section: string): string[] => [`config ${section}`, "\toption dev_type 'tap'", ''];
  const here = [
    ...bond('server', `10.80.${number}.1`, farPrint),
    `\toption ifname 'bond${number}'`,
    ...(name === 'home' ? ["\tlist lan '192.168.1.0/24'"] : []),
    ...servers,
    ...type('openvpn-server'),
  ];
  const there = [
    ...bond('router', `10.80.${number}.2`, print),
    `\toption default_route '${name === 'home' ? 1 : 0}'`,
    ...routers,
    ...type('openvpn'),
  ];
  writeFileSync(join(folder, 'config'), here.join('\n'));
  writeFileSync(join(far, 'config'), there.join('\n'));
}

/** Folder of an instance's router. */
function farOf(name: Name): string {
  return join(ROOT, 'far', name);
}

function command(...words: string[]): string[] {
  return [process.execPath, ...NODE_OPTIONS, BUNDLE, ...words, '--root', ROOT];
}

/** Starts an instance and its router; both daemons, once all links are up at both ends. */
async function raise(name: Name): Promise<Program[]> {
  const { ns } = ROUTERS[name];
  const far = farOf(name);
  const folders = ['--run-folder', join(far, 'run'), '--key-folder', far];
  const place = ['--config', join(far, 'config'), ...folders, '--ubus', join(far, 'ubus.sock')];
  const page = ['--page-folder', join(dirname(BUNDLE), 'page')];
  const instance = command('daemon', '--name', name, ...page);
  const server = await start(instance, { ns: 'server', name: `instance-${name}` });
  const router = await start(command('daemon', ...place, '--broker'), { ns, name: `far-${name}` });
  const sockets = [join(ROOT, 'run/bonding', name, 'ubus.sock'), join(far, 'ubus.sock')];
  const up = async (): Promise<boolean> => {
    const seen = await Promise.all(sockets.map(statusOf));
    return seen.every(({ links }) => links.every((link) => link.up && link.slave));
  };
  await until(`the links of ${name}`, up, { timeout: 60_000, every: 100 }).catch((error) => {
    throw new Error(`${error}\n${server.log()}\n${router.log()}`);
  });
  progress(`${name} is up`);
  return [server, router];
}

async function statusOf(path: string): Promise<Snapshot> {
  const client = connect({ path });
  try {
    return fromTable(await client.call('bonding', 'status')) as unknown as Snapshot;
  } finally {
    client.close();
  }
}

/** Speed tests of both instances side by side, from the server. */
async function testBoth(): Promise<Pick<TwoRouters, 'tests' | 'testRules'>> {
  const running = await Promise.all(
    NAMES.map((name) => {
      const argv = command('test', '--json', '--seconds', '1', '--name', name);
      return start(argv, { ns: 'server', name: `test-${name}` });
    }),
  );
  const rules = (): number[] => {
    const all = JSON.parse(run(['ip', '-j', 'rule'], { ns: 'server' })) as { priority: number }[];
    return all.map(({ priority }) => priority).filter((priority) => priority < 20_080);
  };
  const both = await until('the paths of both tests', () => {
    const now = rules().filter((priority) => priority > 0);
    return now.length === 4 ? now : null;
  });
  await Promise.all(running.map(({ ended }) => ended));
  const tests = running.map((test) => {
    const log = test.log();
    return JSON.parse(log.slice(log.indexOf('{'))) as TestResult;
  });
  progress(JSON.stringify(tests));
  return { tests, testRules: both.value ?? [] };
}

/** Ends daemons, the server's first; their exit codes. */
async function finish(daemons: readonly Program[]): Promise<(number | null)[]> {
  const codes: (number | null)[] = [];
  for (const daemon of daemons) {
    await daemon.stop('SIGTERM');
    codes.push((await daemon.ended).code);
  }
  return codes;
}

/** `LINK PID` of an instance's tunnels. */
function tunnelsOf(name: Name): string[] {
  const folder = join(ROOT, 'run/bonding', name);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.pid'))
    .sort()
    .map((file) => `${file} ${run(['cat', join(folder, file)]).trim()}`);
}
