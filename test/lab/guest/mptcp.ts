import { ADDRESS, lineAddress } from './network.ts';
import { ipBatch, run, tryRun } from './run.ts';

/** Beyond the first subflow; the kernel's own limit is 8. */
const SUBFLOWS = 8;

/** Routing tables from here on lead out by the line that an address belongs to. */
const FIRST_TABLE = 150;

/**
 * MPTCP over all lines between router and server, as its users set it up: the router names its
 * addresses as endpoints and opens a subflow from each, routed by its source; the server takes them.
 * Returns what takes it all away again.
 */
export function setUpMptcp(lines: number): () => void {
  const each = Array.from({ length: lines }, (_, index) => ({
    device: `wan${index}`,
    table: FIRST_TABLE + index,
    ...lineAddress(index),
  }));
  ipBatch('router', [
    ...each.map(({ gateway, device, table }) => {
      return `route add default via ${gateway} dev ${device} table ${table}`;
    }),
    ...each.map(({ router, table }) => `rule add from ${router} lookup ${table} priority ${table}`),
    `mptcp limits set subflow ${SUBFLOWS} add_addr_accepted ${SUBFLOWS}`,
    ...each.map(({ router, device }) => `mptcp endpoint add ${router} dev ${device} subflow`),
  ]);
  ipBatch('server', [`mptcp limits set subflow ${SUBFLOWS} add_addr_accepted ${SUBFLOWS}`]);
  return () => {
    ipBatch('router', [
      'mptcp endpoint flush',
      ...each.map(({ table }) => `rule del priority ${table}`),
      ...each.map(({ table }) => `route flush table ${table}`),
    ]);
  };
}

/** Subflows that have joined a connection at the server since it was made. */
export function joinedSubflows(): number {
  const text = run(['cat', '/proc/net/netstat'], { ns: 'server' });
  const rows = text.split('\n').filter((line) => line.startsWith('MPTcpExt:'));
  const [names = [], values = []] = rows.map((line) => line.split(' '));
  return Number(values[names.indexOf('MPJoinAckRx')] ?? 0);
}

/** Whether the kernel and mptcpize are there. */
export function canMptcp(): boolean {
  const found = tryRun(['sh', '-c', 'command -v mptcpize']).code === 0;
  return found && tryRun(['ip', 'mptcp', 'limits'], { ns: 'server' }).code === 0;
}

/** Where an MPTCP connection from the router leads. */
export const MPTCP_TARGET = { ns: 'server', address: ADDRESS.server } as const;
