/**
 * The router's package as opkg leaves it, on a machine with its own disk: nothing of the repository
 * runs there. Arguments: lines, and the folder with the packages.
 */
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { createEnds, fingerprintOf } from '../ends.ts';
import { measureTcp } from '../iperf.ts';
import { ADDRESS, buildLines, settled } from '../network.ts';
import { type OwnRoot, ownRoot, runIn } from '../own-root.ts';
import { findFile, unpack } from '../packages.ts';
import { program, progress } from '../program.ts';
import type { CommandResult } from '../run.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface RouterPackage {
  version: string;
  /** Mode of the shipped configuration. */
  mode: string;
  /** `bonding check` of it, and `bonding status` before anything runs. */
  check: CommandResult;
  alone: CommandResult;
  /** The daemon with what was shipped, and what it did to the network. */
  off: { snapshot: Snapshot; table: string; changed: string[] };
  /** After an edit of the file and `bonding reload`. */
  up: { snapshot: Snapshot; rate: number };
  /** SIGTERM, as the init script's stop. `written`: what lies on the disk beside what was unpacked. */
  stopped: { code: number | null; changed: string[]; written: string[]; log: string };
}

const CONFIG = '/etc/config/bonding';

program(async ([text = '', packages = '']) => {
  const network = buildLines(parseLines(text));
  const ends = createEnds(network);
  const router = ownRoot('router');
  unpack(router, findFile(packages, 'bondingd_', '.ipk'));
  // The pair that the server was told of.
  cpSync(ends.router.keyFolder, router.path('/etc/bonding'), { recursive: true });
  const files = new Set(router.changes());
  await settled();
  const found = snapshotNetwork('router');
  const changed = (): string[] => compareSnapshots(found, snapshotNetwork('router'));
  const shipped = {
    version: runIn(router, ['bonding', '--version']).trim(),
    mode: (statSync(router.path(CONFIG)).mode & 0o7777).toString(8),
    check: router.run(['bonding', 'check']),
    alone: router.run(['bonding', 'status']),
  };

  const daemon = await router.start(['/usr/bin/bonding', 'daemon'], 'router-package');
  await until('the daemon to answer', () => status(router), { timeout: 30_000 });
  const table = runIn(router, ['bonding', 'status']);
  const off = { snapshot: status(router), table, changed: changed() };
  progress(`switched off: ${off.snapshot.state}`);

  switchOn(router, fingerprintOf(ends.server), network.lines.length);
  await ends.server.startDaemon();
  runIn(router, ['bonding', 'reload']);
  const all = (): boolean => status(router).links.filter(({ up }) => up).length === 2;
  await until('both links to be up', all, { timeout: 60_000, every: 500 });
  const flow = { from: 'lan', to: { ns: 'inet', address: ADDRESS.inet }, reverse: true };
  const rate = (await measureTcp({ ...flow, seconds: 5, omit: 4 })).bitsPerSecond;
  progress(`download: ${Math.round(rate / 1e3)} kbit/s`);
  const up = { snapshot: status(router), rate };

  await daemon.stop('SIGTERM');
  const { code } = await daemon.ended;
  const written = router.changes().filter((change) => !files.has(change));
  const stopped = { code, changed: changed(), written, log: daemon.log() };
  return { ...shipped, off, up, stopped } satisfies RouterPackage;
});

function status(router: OwnRoot): Snapshot {
  return JSON.parse(runIn(router, ['bonding', 'status', '--json'])) as Snapshot;
}

/** What the comments of the shipped file tell the user to do. */
function switchOn(router: OwnRoot, fingerprint: string, links: number): void {
  const path = router.path(CONFIG);
  const on = readFileSync(path, 'utf8')
    .replace("option enabled '0'", "option enabled '1'")
    .replace(/ipaddr '10\.80\.0\.2\/30'/, "ipaddr '10.0.0.2/24'")
    .replace(/#list peer_fingerprint '.*'/, `list peer_fingerprint '${fingerprint}'`);
  const sections = Array.from({ length: links }, (_, index) =>
    [
      `config link 'line${index}'`,
      `\toption interface 'wan${index}'`,
      `\toption server '${ADDRESS.server}'\n`,
    ].join('\n'),
  );
  writeFileSync(path, `${on}\n${sections.join('\n')}`);
}
