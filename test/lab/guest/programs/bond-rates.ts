/**
 * The main job: each line alone, then one flow over the bond, both ways; what status says of it, and
 * what the daemon costs. Arguments: lines, tap or tun, and seconds per line alone (0: leave out).
 */
import { parseLines } from '../../lines.ts';
import { buildLines } from '../network.ts';
import { program } from '../program.ts';
import {
  type BondRates,
  measureAlone,
  measureBond,
  measureBudgets,
  measurePacket,
  raiseBond,
  snapshots,
} from '../rates.ts';

program(async ([text = '', deviceType = 'tap', aloneSeconds = '3', seconds = '6']) => {
  const network = buildLines(parseLines(text));
  const alone = aloneSeconds === '0' ? [] : await measureAlone(network, Number(aloneSeconds));
  const { ends, upAfter } = await raiseBond(network, deviceType === 'tun' ? 'tun' : 'tap');
  const down = await measureBond(true, Number(seconds));
  const up = await measureBond(false, Number(seconds));
  const { router, server } = await snapshots(ends);
  const packet = await measurePacket(network, router.bond.mtu);
  const budgets = await measureBudgets(ends);
  return { upAfter, alone, down, up, router, server, packet, budgets } satisfies BondRates;
});
