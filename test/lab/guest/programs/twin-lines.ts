/**
 * LINES address|card: two lines that have one address, or two boxes on one card. Each tunnel must
 * leave by its own line, and stop must give back what was changed, also after a crash.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { bringUp, createEnds, type End } from '../ends.ts';
import { ADDRESS, buildLines, lineAddress, settled } from '../network.ts';
import { program, progress } from '../program.ts';
import { measureBond } from '../rates.ts';
import { run, tryRun } from '../run.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { type Likeness, makeAlike, SECOND_BOX } from '../twin-lines.ts';

/** What {@link program} hands to the host. */
export interface TwinLines {
  /** Whom the server's tunnels talk to: the addresses of the lines, in the order of the links. */
  peers: (string | null)[];
  /** Of one download, bit/s, and the bytes that came over each line for it. */
  down: number;
  bytes: number[];
  router: Snapshot;
  /** `ip rule` of the router while the bond is up. */
  rules: string;
  settings: Settings;
  /** How the router would send a LAN host's packet to the server. */
  toServer: string;
  /** How the router takes an answer that comes in by line 1, or by the card of both. */
  answers: { before: string; during: string };
  /** What becomes of a packet of link 1 when the default route of its table is gone. */
  withoutDefault: string;
  /** What differs on the router from before the first start: after a stop, and after a crash and a stop. */
  changed: { stop: string[]; crash: string[] };
}

/** Values of the router's cards. */
type Settings = Record<string, string>;

program(async ([text = '', likeness = 'address']) => {
  const network = buildLines(parseLines(text));
  makeAlike(network, likeness as Likeness);
  const ends = createEnds(network);
  if (likeness === 'card') bothOnOneCard(ends.router);
  await settled();
  const found = snapshotNetwork('router');
  const card = likeness === 'card' ? 'wan0' : 'wan1';
  const before = answer(card);
  await bringUp(ends);
  progress('bond up');

  const counted = lineBytes(network.lines.length);
  const { bitsPerSecond: down } = await measureBond(true, 6);
  const bytes = lineBytes(network.lines.length).map((count, i) => count - (counted[i] ?? 0));
  progress(`lines: ${bytes.join(', ')} bytes`);
  const router = await ends.router.status();
  const peers = (await ends.server.status()).links.map((link) => link.server);
  const during = {
    rules: run(['ip', 'rule'], { ns: 'router' }),
    settings: settingsNow(),
    toServer: run(['ip', 'route', 'get', ADDRESS.server, 'from', ADDRESS.lan, 'iif', 'lan0'], {
      ns: 'router',
    }),
    answers: { before, during: answer(card) },
    withoutDefault: withoutDefault(),
  };

  await ends.router.call('stop');
  const stop = compareSnapshots(found, snapshotNetwork('router'));
  await ends.router.call('start');
  await ends.router.daemon().stop('SIGKILL');
  await ends.router.startDaemon();
  await ends.router.call('stop');
  const crash = compareSnapshots(found, snapshotNetwork('router'));
  return { peers, down, bytes, router, ...during, changed: { stop, crash } } satisfies TwinLines;
});

function bothOnOneCard(end: End): void {
  const config = readFileSync(end.configPath, 'utf8');
  const second = `interface 'wan0'\n\toption gateway '${SECOND_BOX}'`;
  writeFileSync(end.configPath, config.replace("interface 'wan1'", second));
}

function answer(device: string): string {
  const words = [lineAddress(0).router, 'from', ADDRESS.server, 'iif', device];
  const { stdout, stderr } = tryRun(['ip', 'route', 'get', ...words], { ns: 'router' });
  return `${stdout}${stderr}`;
}

/** Bytes that came from the Internet over each line. */
function lineBytes(count: number): number[] {
  const file = '/sys/class/net/net/statistics/rx_bytes';
  return Array.from({ length: count }, (_, i) => Number(run(['cat', file], { ns: `line${i}` })));
}

function settingsNow(): Settings {
  const names = ['rp_filter', 'accept_redirects'];
  const files = names.map((name) => `/proc/sys/net/ipv4/conf/wan*/${name}`).join(' ');
  const lines = run(['sh', '-c', `grep . ${files}`], { ns: 'router' })
    .trim()
    .split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [path = '', value = ''] = line.split(':');
      return [path.split('/').slice(-2).join('/'), value];
    }),
  );
}

/** Both in one go: the daemon puts the route back at once. */
function withoutDefault(): string {
  const ask = `ip route del default table 20102 metric 0; ip route get ${ADDRESS.server} mark 0xb1000000`;
  const { stdout, stderr } = tryRun(['sh', '-c', ask], { ns: 'router' });
  return `${stdout}${stderr}`;
}
