/**
 * The life of a bond of tun devices on the patched driver, all under traffic: slaves leave and come
 * back, the bond is deleted, tunnels die to the last one, the module is unloaded.
 */
import { ping } from '../ping.ts';
import { type Program, start } from '../process.ts';
import { program, progress } from '../program.ts';
import { ipBatch, run, tryRun } from '../run.ts';
import {
  bondAddresses,
  bondLines,
  buildPairs,
  INSIDE,
  kernelFaults,
  loadedDriver,
  packets,
  SIDES,
  type TunPair,
} from '../tun-pairs.ts';
import { sleep, until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface TunBondLife {
  driver: string | null;
  /** `ip -o link show bond0` at the near end. */
  link: string;
  /** Lost pings of 20 after each step, over IPv4 and IPv6, from both ends. */
  lost: Record<string, number[]>;
  /** Packets of the near bond while it was idle but for 100 pings: by slave. */
  shares: number[];
  cycles: { done: number; carried: number; before: string[]; after: string[] };
  /** What stood on the bond after its last tunnel had died, and before. */
  lastTunnel: { slaves: string; before: string[]; after: string[] };
  unload: { code: number | null; bondsLeft: number; loaded: boolean };
  faults: string[];
}

const DEVICES = ['tun0', 'tun1'];

program(async ([cycles = '200']) => {
  run(['modprobe', 'bonding', 'max_bonds=0']);
  const pairs = buildPairs(DEVICES.length);
  for (const pair of pairs) await pair.start();
  makeBonds();
  const driver = loadedDriver();
  const link = run(['ip', '-n', 'near', '-o', 'link', 'show', 'bond0']);
  const lost: TunBondLife['lost'] = {};
  const faults: string[] = [];
  const check = async (step: string): Promise<void> => {
    lost[step] = await pingAll();
    faults.push(...kernelFaults());
    progress(`${step}: lost ${lost[step].join(' ')} of 20`);
  };
  await check('new');
  const shares = await measureShares();

  const traffic = await startTraffic();
  const stress = await releaseAndEnslave(Number(cycles), faults);
  await check('released and enslaved');
  deleteBonds(3);
  await check('deleted and made anew');
  const lastTunnel = await loseTunnels(pairs, check);
  const unload = unloadModule();
  makeBonds();
  await check('module loaded again');
  for (const each of traffic) await each.stop('SIGKILL');
  faults.push(...kernelFaults());
  return { driver, link, lost, shares, cycles: stress, lastTunnel, unload, faults };
});

function makeBonds(): void {
  for (const side of SIDES) ipBatch(side, bondLines(side, 'mode balance-rr', DEVICES));
}

/** Lost of 20: near to far over IPv4 and IPv6, far to near over both. */
async function pingAll(): Promise<number[]> {
  const tests = [
    { from: 'near', to: INSIDE.far.v4 },
    { from: 'near', to: INSIDE.far.v6 },
    { from: 'far', to: INSIDE.near.v4 },
    { from: 'far', to: INSIDE.near.v6 },
  ];
  // The bond sends over a slave when its link monitor has seen it up, which is every 100 ms.
  await sleep(300);
  const rows = tests.map((test) => ping({ ...test, count: 20, interval: 0.05 }));
  return (await Promise.all(rows)).map((row) => row.lost);
}

async function measureShares(): Promise<number[]> {
  const count = (): number[] => DEVICES.map((device) => packets('near', device).tx);
  const before = count();
  await ping({ from: 'near', to: INSIDE.far.v4, count: 100, interval: 0.01 });
  return count().map((now, index) => now - (before[index] ?? 0));
}

/**
 * 400 packets a second each way over IPv4 and IPv6, from both ends. It is ping because that goes on
 * when the bond is gone, and because a million instructions of cipher per packet take real time here.
 */
async function startTraffic(): Promise<Program[]> {
  const flow = async (from: string, to: string, number: number): Promise<Program> => {
    const options = ['-q', '-n', '-i', '0.01', '-s', '500'];
    return start(['ping', ...options, to], { name: `traffic-${number}`, ns: from });
  };
  return [
    await flow('near', INSIDE.far.v4, 1),
    await flow('far', INSIDE.near.v4, 2),
    await flow('near', INSIDE.far.v6, 3),
    await flow('far', INSIDE.near.v6, 4),
  ];
}

/** Every tenth time both slaves leave, else one of them; both ways of telling the kernel, by turns. */
async function releaseAndEnslave(times: number, faults: string[]): Promise<TunBondLife['cycles']> {
  const before = SIDES.flatMap(bondAddresses);
  const received = packets('far', 'bond0').rx;
  for (let done = 0; done < times; done += 1) {
    const side = done % 2 === 0 ? 'near' : 'far';
    const slaves = done % 10 === 0 ? DEVICES : DEVICES.slice(done % 4 < 2 ? 0 : 1).slice(0, 1);
    if (done % 5 === 0) throughSysfs(side, slaves);
    else {
      ipBatch(
        side,
        slaves.flatMap((slave) => [`link set ${slave} nomaster`, `link set ${slave} master bond0`]),
      );
    }
    await sleep(10);
    if ((done + 1) % 50 === 0) {
      faults.push(...kernelFaults());
      progress(`${done + 1} times released and enslaved`);
    }
  }
  const carried = packets('far', 'bond0').rx - received;
  return { done: times, carried, before, after: SIDES.flatMap(bondAddresses) };
}

function throughSysfs(side: string, slaves: readonly string[]): void {
  const file = '/sys/class/net/bond0/bonding/slaves';
  const commands = [
    ...slaves.map((slave) => `echo -${slave} > ${file}`),
    ...slaves.map((slave) => `echo +${slave} > ${file}`),
  ];
  run(['sh', '-ec', commands.join('\n')], { ns: side });
}

function deleteBonds(times: number): void {
  for (let round = 0; round < times; round += 1) {
    for (const side of SIDES) run(['ip', '-n', side, 'link', 'del', 'bond0']);
    makeBonds();
  }
}

/** The first tunnel dies and the bond goes on; the last one dies and the bond stays; both come back. */
async function loseTunnels(
  pairs: readonly TunPair[],
  check: (step: string) => Promise<void>,
): Promise<TunBondLife['lastTunnel']> {
  const [first, last] = pairs;
  if (first === undefined || last === undefined) throw new Error('two tunnels are needed');
  const before = SIDES.flatMap(bondAddresses);
  await first.kill();
  await check('one tunnel left');
  await last.kill();
  await until('the devices to be gone', () => slavesOf('near') === '' && slavesOf('far') === '');
  const lost = { slaves: slavesOf('near'), before, after: SIDES.flatMap(bondAddresses) };
  for (const pair of pairs) {
    await pair.start();
    for (const side of SIDES) ipBatch(side, [`link set ${pair.device} master bond0`]);
  }
  await check('all tunnels back');
  return lost;
}

function slavesOf(side: string): string {
  return run(['cat', '/sys/class/net/bond0/bonding/slaves'], { ns: side }).trim();
}

/** With live bonds and traffic on them. */
function unloadModule(): TunBondLife['unload'] {
  const { code } = tryRun(['busybox', 'rmmod', 'bonding']);
  const bondsLeft = SIDES.filter((side) =>
    run(['ip', '-n', side, '-o', 'link']).includes('bond0'),
  ).length;
  const loaded = loadedDriver() !== null;
  run(['modprobe', 'bonding', 'max_bonds=0']);
  return { code, bondsLeft, loaded };
}
