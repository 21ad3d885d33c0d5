/**
 * `bonding test` in the lab: what it says of each line and of the bond, which lines it used for that,
 * and what it leaves behind. Arguments: lines, tap or tun, seconds of each measurement.
 */

import { TEST_PORT } from '../../../../backend/src/plan/numbers.ts';
import type { TestResult } from '../../../../backend/src/status/test-result.ts';
import { parseLines } from '../../lines.ts';
import { BOND, bringUp, commandLine, createEnds, type End } from '../ends.ts';
import { buildLines, settled } from '../network.ts';
import { start } from '../process.ts';
import { program, progress } from '../program.ts';
import { run } from '../run.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface SpeedTest {
  /** What a LAN host finds that a router lends its address in the bond: at the test port, and beside it. */
  fromLan: { guarded: string; beside: string };
  /** Of all lines and the bond, from the router. */
  router: TestResult;
  /** Of the first line alone, from the server, and what its tunnels carried meanwhile, bytes. */
  server: TestResult;
  carried: number[];
  /** What a person saw who stopped a test after a while. */
  stopped: { code: number | null; text: string };
  /** After a daemon was killed in the middle of a test, and the next one came. */
  crashed: TestResult;
  /** Kernel state that differs from before the first test. */
  left: string[];
}

program(async ([text = '', kind = 'tap', seconds = '4']) => {
  const network = buildLines(parseLines(text));
  const deviceType = kind === 'tun' ? 'tun' : 'tap';
  // What it measures is round robin; and a chain that comes when shares are learned would count as left.
  const ends = createEnds(network, { deviceType, bond: "\toption shares 'fixed'" });
  await bringUp(ends);
  const tunnels = network.lines.map((_, index) => `${deviceType}${index}`);
  const fromLan = await knock();
  progress(`from the LAN: ${JSON.stringify(fromLan)}`);
  await settled();
  const before = look();

  const all = await test(ends.router, ['--seconds', seconds, '--json']);
  const router = resultIn(all.text);
  progress(`router: ${JSON.stringify(router)}`);

  const counted = tunnels.map(bytesOf);
  const one = await test(ends.server, ['link0', '--seconds', seconds, '--json']);
  const carried = tunnels.map((device, index) => bytesOf(device) - (counted[index] ?? 0));
  const server = resultIn(one.text);
  progress(`server: ${JSON.stringify(server)}, carried ${carried.join(' ')}`);

  const stopped = await test(ends.router, ['--seconds', '30'], 'SIGINT');
  progress(`stopped: ${stopped.text}`);

  const long = commandLine(ends.router, ['test', '--seconds', '30']);
  const begun = await start(long, { ns: 'router', name: 'crashed' });
  await until('paths', () => marks('router') > 0 && marks('server') > 0);
  await ends.router.daemon().stop('SIGKILL');
  await begun.stop('SIGKILL');
  await ends.router.startDaemon();
  await until('no paths', () => marks('router') + marks('server') === 0, { timeout: 30_000 });
  const crashed = (await ends.router.call('test_result')) as TestResult;

  const after = look();
  const left = ['router', 'server'].flatMap((ns) =>
    compareSnapshots(before[ns] ?? {}, after[ns] ?? {}),
  );
  return { fromLan, router, server, carried, stopped, crashed, left } satisfies SpeedTest;
});

/** Runs `bonding test` to its end; with a signal, that is sent to it once it is under way. */
async function test(
  end: End,
  words: string[],
  signal?: NodeJS.Signals,
): Promise<{ code: number | null; text: string }> {
  const name = `test-${end.ns}-${words.length}-${signal ?? ''}`;
  const running = await start(commandLine(end, ['test', ...words]), { ns: end.ns, name });
  if (signal !== undefined) {
    await until('paths', () => marks(end.ns) > 0);
    process.kill(running.pid, signal);
  }
  const { code } = await running.ended;
  return { code, text: running.log() };
}

/** The JSON that was printed; Node itself warns of its flags before. */
function resultIn(text: string): TestResult {
  return JSON.parse(text.slice(text.indexOf('{'))) as TestResult;
}

/** Knocks at the server from the LAN, translated by the router to its own address in the bond. */
async function knock(): Promise<SpeedTest['fromLan']> {
  const rule = 'type nat hook postrouting priority 99; oifname "bond0" masquerade;';
  run(['nft', `table ip trick { chain postrouting { ${rule} }; }`], { ns: 'router' });
  const at = async (port: number): Promise<string> => {
    const script = `const s = require('net').connect(${port}, '${BOND.server}');
      s.setTimeout(2000, () => { console.log('silence'); process.exit(); });
      s.on('connect', () => { console.log('open'); process.exit(); });
      s.on('error', (e) => console.log(e.code));`;
    const name = `knock-${port}`;
    const running = await start([process.execPath, '-e', script], { ns: 'lan', name });
    await running.ended;
    return running.log().trim();
  };
  const found = { guarded: await at(TEST_PORT), beside: await at(TEST_PORT - 1) };
  run(['nft', 'delete', 'table', 'ip', 'trick'], { ns: 'router' });
  return found;
}

/** Rules of nft that lead packets into one tunnel. */
function marks(ns: string): number {
  return run(['nft', 'list', 'ruleset'], { ns }).split('meta mark set tcp').length - 1;
}

function look(): Record<string, Record<string, string>> {
  const ends = ['router', 'server'].map((ns): [string, Record<string, string>] => {
    const neigh = run(['ip', 'neigh', 'show', 'nud', 'permanent'], { ns });
    return [ns, { ...snapshotNetwork(ns), neigh }];
  });
  return Object.fromEntries(ends);
}

/** All that a tunnel of the router has carried. */
function bytesOf(device: string): number {
  const read = (name: string): number =>
    Number(run(['cat', `/sys/class/net/${device}/statistics/${name}`], { ns: 'router' }));
  return read('rx_bytes') + read('tx_bytes');
}
