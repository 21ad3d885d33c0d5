import { portsOf } from '../config/load-forwards.ts';
import type { ForwardConfig } from '../config/types.ts';

/** Where the packets that a server's forwards are about arrive. */
export interface PublicSide {
  /** Device name of the bond. */
  bond: string;
  /** The server's address on the Internet, where it is one of this machine's; null: any of them. */
  address: string | null;
}

/** The rules of all forwards, for a chain of hook prerouting. `counts`: see {@link ruleName}. */
export function planForwards(forwards: readonly ForwardConfig[], side: PublicSide): string[] {
  return forwards
    .filter(({ enabled }) => enabled)
    .flatMap((forward) => protocolsOf(forward).map((proto) => ruleOf(forward, proto, side)));
}

/** A chain of type nat is asked about the first packet of a connection alone: its counter counts these. */
function ruleOf(forward: ForwardConfig, proto: string, { bond, address }: PublicSide): string {
  const { port, address: host } = forward;
  // Without a known address whatever is local counts, but not what the router asks of the server.
  const to =
    address === null
      ? `iifname != "${bond}" meta nfproto ipv4 fib daddr type local`
      : `ip daddr ${address}`;
  const target = port === null ? host : `${host}:${port}`;
  return `${to} ${proto} dport ${portsOf(forward)} counter dnat ip to ${target} comment "${ruleName(forward, proto)}"`;
}

function protocolsOf({ proto }: ForwardConfig): string[] {
  return proto === 'tcpudp' ? ['tcp', 'udp'] : [proto];
}

/** The comment of a forward's rule for one protocol: how its counter is known again. */
function ruleName({ name }: ForwardConfig, proto: string): string {
  return `forward ${name} ${proto}`;
}

/** Connections that a forward has had, by the counters of our table; null: its rules are not there. */
export function connectionsOf(
  forward: ForwardConfig,
  counters: ReadonlyMap<string, number> | undefined,
): number | null {
  let sum = 0;
  for (const proto of protocolsOf(forward)) {
    const count = counters?.get(ruleName(forward, proto));
    if (count === undefined) return null;
    sum += count;
  }
  return sum;
}

/**
 * The rules with the counts so far: whatever else changes in the table (a speed test puts rules in,
 * too), it is replaced as a whole, and its counters would begin anew.
 */
export function withCounts(
  rules: readonly string[],
  counters: ReadonlyMap<string, number> | undefined,
): string[] {
  return rules.map((rule) => {
    const name = /comment "(.*)"$/.exec(rule)?.[1] ?? '';
    const count = counters?.get(name) ?? 0;
    return count === 0 ? rule : rule.replace(' counter ', ` counter packets ${count} bytes 0 `);
  });
}
