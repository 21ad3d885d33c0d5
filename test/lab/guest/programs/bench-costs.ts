/**
 * What the bond costs. Arguments: lines; tap or tun; options of `interface 'bond'` as JSON; guest
 * seconds of watching while nothing goes on; `budgets` to measure the daemon's own size, too.
 */
import { parseLines } from '../../lines.ts';
import { endJob, optionLines } from '../bench-jobs.ts';
import { bringUp, createEnds } from '../ends.ts';
import { type Idle, watchIdle } from '../idle.ts';
import { buildLines, settled } from '../network.ts';
import { program, progress } from '../program.ts';
import { type Budgets, measureBudgets, measurePacket, type PacketCost } from '../rates.ts';
import { sleep } from '../wait.ts';

export type { Idle } from '../idle.ts';

/** What {@link program} hands to the host. */
export interface Costs {
  device: 'tap' | 'tun';
  idle: Idle;
  /** With the heartbeats that pass meanwhile taken off. */
  packet: PacketCost;
  budgets: Budgets | null;
}

/** Until what follows a start (all lines measured, keys exchanged) is over, guest s. */
const SETTLING = 10;

program(async ([text = '', type = 'tap', options = '{}', seconds = '20', more = '']) => {
  const device = type === 'tun' ? 'tun' : 'tap';
  const network = buildLines(parseLines(text));
  const bond = optionLines(JSON.parse(options) as Record<string, string>);
  const ends = createEnds(network, { deviceType: device, bond });
  await settled();
  await bringUp(ends);
  await sleep(SETTLING * 1_000);
  const idle = await watchIdle(network, ends, Number(seconds));
  progress(`idle: ${Math.round(idle.cpu.router)} ms CPU in ${Math.round(idle.seconds)} s`);
  const { bond: status } = await ends.router.status();
  const packet = await measurePacket(network, status.mtu);
  const budgets = more === 'budgets' ? await measureBudgets(ends) : null;
  await endJob(ends);
  return { device, idle, packet, budgets } satisfies Costs;
});
