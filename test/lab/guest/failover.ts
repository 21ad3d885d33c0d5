import type { Death, FailoverRun } from './bench-order.ts';
import { type End, tunnelPid } from './ends.ts';
import { describeDisturbance, rateBetween, recoveryAfter } from './flow-gaps.ts';
import { meterClock, meterFlow } from './flow-meter.ts';
import { startTcp } from './iperf.ts';
import { ADDRESS, lineAddress, type Network } from './network.ts';
import { ipBatch, run } from './run.ts';
import { sleep } from './wait.ts';

/** The line that dies; link and WAN have its number. */
const VICTIM = 0;

/** Of the rate that remains, and of the one before. */
const ENOUGH = { dead: 0.8, again: 0.85 } as const;

/** ms: cubic finds the rate; the line is dead; it is back. */
const SETTLING = 4_000;
const DEAD = 4_000;
const BACK = 5_000;
/** The rate before is the mean of the last so many ms. */
const BEFORE = 2_000;

/** Breaks one thing during one flow from or to the LAN, and mends it. The bond must be up. */
export async function measureDeath(
  network: Network,
  ends: Record<End['ns'], End>,
  kind: Death,
  direction: 'down' | 'up',
): Promise<FailoverRun> {
  const [sender, receiver] = direction === 'down' ? ['inet', 'lan'] : ['lan', 'inet'];
  const meter = await meterFlow(receiver);
  const flow = await startTcp({
    ...{ from: 'lan', to: { ns: 'inet', address: ADDRESS.inet }, reverse: direction === 'down' },
    ...{ seconds: (SETTLING + DEAD + BACK) / 1_000 + 2, omit: 0 },
  });
  await sleep(SETTLING);
  const before = retransmitted(sender);
  const mend = breakIt(network, ends, kind);
  const died = meterClock();
  await sleep(DEAD);
  const retransmits = retransmitted(sender) - before;
  const mended = meterClock();
  await mend();
  const back = meterClock();
  await sleep(BACK);
  const ended = meterClock();
  const samples = await meter.stop();
  const result = await flow.result().catch(() => null);
  const rate = rateBetween(samples, died - BEFORE, died);
  const remaining = rate * partLeft(network, kind, direction);
  return {
    ...{ kind, direction, rate, remaining, retransmits },
    dead: describeDisturbance(samples, died, mended, remaining * ENOUGH.dead),
    // A tunnel comes back by itself.
    again: recoveryAfter(
      samples,
      kind === 'tunnel killed' ? died : back,
      ended,
      rate * ENOUGH.again,
    ),
    alive: result !== null && rateBetween(samples, ended - 1_000, ended) > 0,
  };
}

/** The part of the lines' rates that is left; a daemon's death leaves all. */
function partLeft({ lines }: Network, kind: Death, direction: 'down' | 'up'): number {
  if (kind === 'server daemon killed') return 1;
  const sum = lines.reduce((total, line) => total + line[direction], 0);
  return (sum - (lines[VICTIM]?.[direction] ?? 0)) / sum;
}

type Mend = () => Promise<void> | void;

function breakIt(network: Network, ends: Record<End['ns'], End>, kind: Death): Mend {
  const silence = (way: 'both' | 'down' | 'up'): Mend => {
    network.killLine(VICTIM, way);
    return () => network.reviveLine(VICTIM);
  };
  switch (kind) {
    case 'line silent':
      return silence('both');
    case 'line silent, down only':
      return silence('down');
    case 'line silent, up only':
      return silence('up');
    case 'interface down':
      ipBatch('router', [`link set wan${VICTIM} down`]);
      return () => interfaceUp();
    case 'tunnel killed':
      process.kill(tunnelPid(ends.router, `link${VICTIM}`), 'SIGKILL');
      return () => {};
    case 'server daemon killed': {
      process.kill(ends.server.daemon().pid, 'SIGKILL');
      return () => ends.server.startDaemon();
    }
  }
}

/** As netifd does it: switching a device off took its route. */
function interfaceUp(): void {
  const { gateway } = lineAddress(VICTIM);
  const device = `wan${VICTIM}`;
  ipBatch('router', [
    `link set ${device} up`,
    `route add default via ${gateway} dev ${device} metric ${10 * (VICTIM + 1)}`,
  ]);
}

/** Segments that a namespace's TCP has sent again since it was made. */
function retransmitted(ns: string): number {
  const rows = run(['cat', '/proc/net/snmp'], { ns }).split('\n');
  const [names = [], values = []] = rows
    .filter((row) => row.startsWith('Tcp:'))
    .map((row) => row.split(' '));
  return Number(values[names.indexOf('RetransSegs')] ?? 0);
}
