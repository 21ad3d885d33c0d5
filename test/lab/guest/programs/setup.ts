/**
 * From a bare server and a router with the package to a bond, and back: the installer, the join code,
 * a download, a port forward, uninstall. Arguments: lines, and the folder that `npm run package` filled.
 */
import { appendFileSync } from 'node:fs';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import {
  type Bare,
  bareMachines,
  codeIn,
  initWords,
  installer,
  NAME,
  startRouter,
  startUnit,
  statusOf,
} from '../installed.ts';
import { measureTcp } from '../iperf.ts';
import { ADDRESS, buildLines, settled } from '../network.ts';
import { type OwnRoot, runIn } from '../own-root.ts';
import { program, progress } from '../program.ts';
import type { CommandResult } from '../run.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { until } from '../wait.ts';
import { askWhoIAm, tellCallers } from '../who-calls.ts';

/** A command, and what it left: changed files of the machine, and differences of its network. */
export interface Step extends CommandResult {
  files: string[];
  network: string[];
}

/** What {@link program} hands to the host. */
export interface Setup {
  /** On the server, in this order. */
  installPlan: Step;
  install: Step;
  initPlan: Step;
  init: Step;
  /** The installer once more, as for a newer version. */
  update: Step;
  /** On the router, whose daemon runs, switched off; `files`: beside the package's and the keys. */
  joinUnasked: Step;
  joinDryRun: Step;
  join: Step;
  routerConfig: string;
  router: Snapshot;
  server: Snapshot;
  /** One download over the bond, bit/s. */
  rate: number;
  /** As whom a computer on the Internet sees one at home. */
  seenAs: string | null;
  forward: { before: string | null; caller: string | null; server: Snapshot };
  /** The router's daemon after SIGTERM. */
  stopped: { code: number | null; network: string[] };
  /** While the server's daemon runs, which the uninstallation ends. */
  uninstallPlan: Step;
  uninstall: Step;
  serverStopped: number | null;
  logs: { router: string; server: string };
}

/** What the user appends to the server's file. */
const FORWARD = `
config forward 'web'
\toption port '8080'
\toption dest_ip '${ADDRESS.lan}'
\toption dest_port '8000'
`;

program(async ([text = '', folder = '']) => {
  const { lines } = buildLines(parseLines(text));
  const machines = bareMachines(folder);
  await settled();
  const watched = { server: watch(machines.server), router: watch(machines.router) };
  const routerDaemon = await startRouter(machines.router);
  watched.router.forgetFiles();

  const { code, ...serverSteps } = setUpServer(machines.server, watched.server, lines.length);
  const serverDaemon = await startUnit(machines.server);
  progress(`the server is set up, its daemon runs: ${code.length} letters to paste`);
  const join = (...options: string[]): Step =>
    watched.router.after(machines.router.run(['bonding', 'join', code, ...options]));
  const routerSteps = {
    joinUnasked: join(),
    joinDryRun: join('--dry-run'),
    join: join('--yes'),
    routerConfig: runIn(machines.router, ['cat', '/etc/config/bonding']),
  };
  await untilUp(machines, lines.length);
  const use = await useBond(machines);
  const forward = await addForward(machines.server);

  await routerDaemon.stop('SIGTERM');
  const stopped = { code: (await routerDaemon.ended).code, network: watched.router.network() };
  const uninstall = (...options: string[]): Step =>
    watched.server.after(installer(machines.server, '--uninstall', ...options));
  const away = { uninstallPlan: uninstall('--plan'), uninstall: uninstall('--yes') };
  progress(`uninstalled: ${away.uninstall.code}`);
  await until('the daemon of the server to end', () => !serverDaemon.running());
  const { code: serverStopped } = await serverDaemon.ended;
  const logs = { router: routerDaemon.log(), server: serverDaemon.log() };
  const found = { ...serverSteps, ...routerSteps, ...use, forward };
  return { ...found, stopped, ...away, serverStopped, logs } satisfies Setup;
});

/** What a machine was like, to compare with. */
interface Watched {
  after: (result: CommandResult) => Step;
  network: () => string[];
  /** What has been written so far is no change. */
  forgetFiles: () => void;
}

function watch(machine: OwnRoot): Watched {
  const found = snapshotNetwork(machine.ns);
  let known = new Set(machine.changes());
  const network = (): string[] => compareSnapshots(found, snapshotNetwork(machine.ns));
  const files = (): string[] => machine.changes().filter((change) => !known.has(change));
  return {
    after: (result) => ({ ...result, files: files(), network: network() }),
    network,
    forgetFiles: () => {
      known = new Set(machine.changes());
    },
  };
}

type ServerSteps = Pick<Setup, 'installPlan' | 'install' | 'initPlan' | 'init' | 'update'>;

function setUpServer(
  server: OwnRoot,
  { after }: Watched,
  links: number,
): ServerSteps & { code: string } {
  const installPlan = after(installer(server, '--plan'));
  const install = after(installer(server, '--yes'));
  progress(`installed: ${install.code}`);
  const words = initWords(links);
  const initPlan = after(server.run([...words, '--plan']));
  const init = after(server.run([...words, '--yes']));
  const update = after(installer(server, '--yes'));
  const code = codeIn(init.stdout + init.stderr);
  return { installPlan, install, initPlan, init, update, code };
}

async function untilUp({ server, router }: Bare, links: number): Promise<void> {
  const up = (end: OwnRoot): boolean => {
    const status = statusOf(end);
    return status.links.filter((link) => link.up && link.slave).length === links;
  };
  const both = (): boolean => up(router) && up(server);
  await until('all links to be up at both ends', both, { timeout: 60_000, every: 500 });
  progress('all links up');
}

async function useBond({ server, router }: Bare): Promise<Pick<Setup, Used>> {
  const flow = { from: 'lan', to: { ns: 'inet', address: ADDRESS.inet }, reverse: true };
  const rate = (await measureTcp({ ...flow, seconds: 5, omit: 4 })).bitsPerSecond;
  progress(`download: ${Math.round(rate / 1e3)} kbit/s`);
  await tellCallers('inet', 8000);
  const ask = (): string | null => askWhoIAm('lan', ADDRESS.inet, 8000);
  const { value: seenAs } = await until('an answer from the Internet', ask, { timeout: 20_000 });
  return { rate, seenAs, router: statusOf(router), server: statusOf(server) };
}

type Used = 'rate' | 'seenAs' | 'router' | 'server';

async function addForward(server: OwnRoot): Promise<Setup['forward']> {
  await tellCallers('lan', 8000);
  const knock = (): string | null => askWhoIAm('inet', ADDRESS.server, 8080);
  const before = knock();
  appendFileSync(server.path(`/etc/bonding/${NAME}/config`), FORWARD);
  runIn(server, ['bonding', 'reload', '--name', NAME]);
  const { value: caller } = await until('the forward to answer', knock, { timeout: 20_000 });
  progress(`the forward answers: ${caller}`);
  return { before, caller, server: statusOf(server) };
}
