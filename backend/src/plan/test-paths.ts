import type { BondConfig, LinkConfig } from '../config/types.ts';
import type { DesiredDevice, DesiredNeighbour, DesiredRoute, DesiredRule } from './desired.ts';
import { MARK_MASK, type Own } from './numbers.ts';
import { route, rule } from './routing.ts';

/** What a running speed test asks of the plan: a way to the peer through each of these tunnels alone. */
export interface TestPaths {
  /** By link: the TCP port that stands for its tunnel, whichever end it is at. */
  ports: ReadonlyMap<string, number>;
  /** Hardware address of the peer's bond; null where frames have none (tun). */
  peerMac: string | null;
}

/** The parts of the plan that make the test paths. */
export interface TestPlan {
  rules: DesiredRule[];
  routes: DesiredRoute[];
  neighbours: DesiredNeighbour[];
  /** Rules of nft that mark the packets, without a chain. */
  marks: string[];
}

/**
 * The test paths: what is sent to the peer from or to a link's test port is marked, and the mark leads
 * into a table that leads to the peer straight over that slave, and nowhere else: without the slave
 * nothing may take another line instead. A frame sent over a slave needs the address of the peer's
 * bond, which no ARP over a slave could find: the answers to it arrive on the bond.
 */
export function planTestPaths(
  own: Own,
  paths: TestPaths | null | undefined,
  bond: BondConfig,
  links: readonly { config: LinkConfig }[],
  devices: readonly DesiredDevice[],
): TestPlan {
  const plan: TestPlan = { rules: [], routes: [], neighbours: [], marks: [] };
  const marked: string[] = [];
  for (const { config } of links) {
    const port = paths?.ports.get(config.name);
    if (port === undefined) continue;
    const device = devices.find(({ ifname }) => ifname === config.tunnel);
    const mark = `0x${(own.pathMark + config.index).toString(16)}000000`;
    const table = String(own.pathTable + config.index);
    const fwmark = `${mark}/${MARK_MASK}`;
    plan.rules.push(rule(own.pathRule + config.index, { fwmark, table }));
    marked.push(`${port} : ${mark}`);
    const closed = { type: 'prohibit', device: null, metric: 1 } as const;
    plan.routes.push({ ...route(bond.peer, table, '', null), ...closed });
    if (device === undefined || device.master === null) continue;
    plan.routes.push(route(bond.peer, table, device.ifname, null));
    const mac = paths?.peerMac ?? null;
    if (mac !== null) plan.neighbours.push({ address: bond.peer, device: device.ifname, mac });
  }
  if (marked.length === 0) return plan;
  const map = `map { ${marked.join(', ')} }`;
  for (const way of ['dport', 'sport'])
    plan.marks.push(`ip daddr ${bond.peer} meta mark set tcp ${way} ${map}`);
  return plan;
}
