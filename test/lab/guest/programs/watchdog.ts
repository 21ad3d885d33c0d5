/**
 * `LINES`: the user's scripts around a start and a stop, one of them hanging, and the watchdog: an address
 * that stops answering although the WANs are up, and WANs that are down.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseLines } from '../../lines.ts';
import { bringUp, createEnds, type End, tunnelPid } from '../ends.ts';
import { ADDRESS, buildLines } from '../network.ts';
import { program, progress } from '../program.ts';
import { run } from '../run.ts';
import { now, sleep, until } from '../wait.ts';

/** One step of the watchdog as the router's status showed it. */
export interface Fired {
  /** Guest ms since the address fell silent. */
  after: number;
  /** The problem's text. */
  text: string;
  /** Links whose tunnel is another process than at the step before. */
  restarted: string[];
}

/** What {@link program} hands to the host. */
export interface WatchdogRun {
  /** A line per script that began: event, reason, bond, address, peer, role, state, links, links up. */
  hooks: string[];
  hanging: {
    /** Guest ms until a link was parked while the script hung. */
    parkedAfter: number;
    /** Guest ms from its start until it was gone. */
    killedAfter: number;
    problem: string;
  };
  fired: Fired[];
  /** How the action was run: its words and its environment. */
  action: string[];
  /** The bond was never made anew. */
  sameBond: boolean;
  recovered: { problem: boolean; event: boolean };
  /** Steps taken during a WAN outage. */
  firedInOutage: number;
  /** The daemon's log, for what is wrong. */
  log: string;
}

/** How long is waited, and how often is looked, where nothing hangs on the moment. */
const SLOWLY = { timeout: 40_000, every: 500 } as const;

const PERIOD = 2;
const TIMEOUT = 10;
const FILES = '/run/lab/watchdog';
const HOOKS = join(FILES, 'hooks');
const ACTION = join(FILES, 'action');

program(async ([text = '']) => {
  const network = buildLines(parseLines(text));
  mkdirSync(FILES, { recursive: true });
  const ends = createEnds(network, {
    router: [
      "\toption watchdog '1'",
      `\tlist watchdog_ip '${ADDRESS.inet}'`,
      `\toption watchdog_period '${PERIOD}'`,
      `\toption watchdog_timeout '${TIMEOUT}'`,
      `\toption watchdog_action '${ACTION}.sh "two words"'`,
    ].join('\n'),
  });
  writeScripts(ends.router);
  await bringUp(ends);
  progress('bond up');
  const hanging = await whileUpHangs(ends.router);
  progress(`a script that hangs: killed after ${Math.round(hanging.killedAfter)} ms`);

  await until('a reply', async () => (await ends.router.status()).watchdog.last_reply !== null);
  const bond = bondIndex();
  network.killLine(1);
  await until('link1 to go down', async () => !(await linkOf(ends.router, 'link1'))?.up, SLOWLY);
  // Until it was down, questions went over it too: the silence may have begun some seconds ago.
  await until(
    'a fresh reply',
    async () => ((await ends.router.status()).watchdog.last_reply ?? TIMEOUT) <= 1,
    SLOWLY,
  );
  run(
    [
      'nft',
      'add table ip silent; add chain ip silent in { type filter hook input priority 0; policy drop; }',
    ],
    { ns: 'inet' },
  );
  const fired = await watchFiring(ends.router, 4);
  const sameBond = bondIndex() === bond;
  run(['nft', 'delete', 'table', 'ip', 'silent'], { ns: 'inet' });
  network.reviveLine(1);
  await until('a reply', async () => !firedText(await problems(ends.router)), SLOWLY);
  await until('both links', async () => (await ends.router.status()).state === 'up', SLOWLY);
  const recovered = {
    problem: !firedText(await problems(ends.router)),
    event: await saidSo(ends.router),
  };

  const before = (await ends.router.status()).watchdog.fired;
  for (const index of network.lines.keys())
    run(['ip', 'link', 'set', `wan${index}`, 'down'], { ns: 'router' });
  await sleep(45_000);
  const firedInOutage = (await ends.router.status()).watchdog.fired - before;
  progress(`WAN outage: ${firedInOutage} steps`);

  await ends.router.call('stop');
  await until('the last script', () => hookLines().at(-1)?.startsWith('down '));
  const action = readLines(`${ACTION}.log`);
  const log = ends.router.daemon().log();
  const hooks = hookLines();
  return {
    hooks,
    hanging,
    fired,
    action,
    sameBond,
    recovered,
    firedInOutage,
    log,
  } satisfies WatchdogRun;
});

/** The router's four scripts, of which `up` hangs, and the watchdog's action. */
function writeScripts(end: End): void {
  const names = 'EVENT REASON BOND ADDRESS PEER ROLE STATE'.split(' ');
  const words = names.map((name) => `$BONDING_${name}`).join(' ');
  const say = `echo "${words} [$BONDING_LINKS] [$BONDING_LINKS_UP]"`;
  for (const event of ['preup', 'up', 'predown', 'down']) {
    const hang = event === 'up' ? `sleep 600 & echo $! > ${FILES}/pid; wait` : 'exit 0';
    script(
      join(dirname(end.configPath), 'keys', `bonding-${event}.sh`),
      `${say} >> ${HOOKS}.log`,
      hang,
    );
  }
  script(`${ACTION}.sh`, `echo "$# $1 $BONDING_EVENT $BONDING_BOND" >> ${ACTION}.log`, 'echo done');
}

function script(path: string, ...lines: string[]): void {
  writeFileSync(path, `${['#!/bin/sh', ...lines].join('\n')}\n`, { mode: 0o755 });
}

/** While `up` hangs, a link is parked and brought back; then the script is killed. */
async function whileUpHangs(end: End): Promise<WatchdogRun['hanging']> {
  await until('the script up', () => existsSync(`${FILES}/pid`));
  const begun = now();
  await end.call('link', { name: 'link1', action: 'down' });
  await until('link1 to be parked', async () => (await linkOf(end, 'link1'))?.state === 'parked');
  const parkedAfter = now() - begun;
  await end.call('link', { name: 'link1', action: 'up' });
  const pid = readLines(`${FILES}/pid`)[0] ?? '';
  const { after } = await until('the script to be killed', () => !existsSync(`/proc/${pid}`), {
    timeout: 60_000,
  });
  await until('all links', async () => (await end.status()).state === 'up', SLOWLY);
  const failed = async () => (await problems(end)).find(({ code }) => code === 'hook-failed');
  const { value: found } = await until('the problem', failed, SLOWLY);
  return { parkedAfter, killedAfter: parkedAfter + after, problem: found?.text ?? '' };
}

/** Looks on while the watchdog takes so many steps. */
async function watchFiring(end: End, steps: number): Promise<Fired[]> {
  const begun = now();
  const fired: Fired[] = [];
  const start = (await end.status()).watchdog.fired;
  let pids = tunnels(end);
  for (let step = 1; step <= steps; step += 1) {
    const taken = async (): Promise<boolean> => (await end.status()).watchdog.fired >= start + step;
    await until(`step ${step} of the watchdog`, taken, { timeout: 90_000, every: 500 });
    const after = now() - begun;
    const text = firedText(await problems(end)) ?? '';
    await sleep(4_000);
    const later = tunnels(end);
    const restarted = Object.keys(later).filter((link) => later[link] !== pids[link]);
    pids = later;
    fired.push({ after, text, restarted });
    progress(`${(after / 1_000).toFixed(1)} s: ${text}`);
  }
  return fired;
}

function tunnels(end: End): Record<string, number> {
  return { link0: tunnelPid(end, 'link0'), link1: tunnelPid(end, 'link1') };
}

async function linkOf(end: End, name: string) {
  return (await end.status()).links.find((link) => link.name === name);
}

async function problems(end: End) {
  return (await end.status()).problems;
}

function firedText(found: Awaited<ReturnType<typeof problems>>): string | undefined {
  return found.find(({ code }) => code === 'watchdog-fired')?.text;
}

async function saidSo(end: End): Promise<boolean> {
  const { events } = (await end.call('events')) as { events: { subject: string; text: string }[] };
  return events.some(({ subject, text }) => subject === 'watchdog' && /answers again/.test(text));
}

function bondIndex(): string {
  return run(['cat', '/sys/class/net/bond0/ifindex'], { ns: 'router' }).trim();
}

function hookLines(): string[] {
  return readLines(`${HOOKS}.log`);
}

function readLines(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
}
