import { LINK_LIMIT } from '../config/numbers.ts';

/**
 * What is ours, in numbers and names. A server with several routers runs one instance of the daemon
 * for each: no two of them have any of this in common, and none touches what another owns.
 */

/**
 * Most instances on one machine: a server with several routers has one for each. Protocols, rules,
 * tables, marks and ports are laid out for eight.
 */
export const INSTANCE_LIMIT = 8;

/**
 * Marks the routes and rules of instance 0 (`protocol 157`): what carries it is ours and may be
 * undone, nothing else; instance N adds N. Free in rt_protos; routing daemons use 186-199, netifd
 * uses `static`.
 */
export const PROTOCOL = 157;

/**
 * `lookup main suppress_prefixlength 0`: everything that main knows except its default route comes
 * first, so that the LAN and the modems stay reachable. Rule priorities are above 20000, since mwan3
 * lives at 1001-3254, and below 29000, where pbr begins; gaps are left for the administrator.
 * Instance N adds N: the kernel takes no second rule that differs in its protocol alone (EEXIST).
 */
export const MAIN_RULE = 20100;

/** What nothing above has sent anywhere goes to the bond's table. Instance N adds N. */
export const BOND_RULE = 20200;

/** The table that leads into the bond. Instance N adds N. */
export const BOND_TABLE = 20200;

/**
 * Top byte of the mark of packets that must take link 0's tunnel; link N adds N, an instance M that
 * many times LINK_LIMIT.
 */
export const PATH_MARK = 0xc0;

/**
 * While a speed test runs: priority of the rule that leads into link 0's tunnel alone, and the table
 * it asks; link N adds N, instance M that many times LINK_LIMIT. Before MAIN_RULE of every instance,
 * since main knows the peer as a neighbour in the bond.
 */
export const PATH_RULE = 20010;
export const PATH_TABLE = 20210;

/**
 * Alias that marks the bond of instance 0 as ours (`ip link set dev X alias`), and the name of its
 * nftables table (family inet); nothing else is touched. Instance N: `bondingN`.
 */
export const ALIAS = 'bonding';

/** What one instance owns in the kernel, and nobody else: by these it knows its things again. */
export interface Own {
  /** 0 to INSTANCE_LIMIT - 1; a router's daemon is 0. */
  instance: number;
  /** rt_protos number of its rules, routes and neighbours, as `ip -j` shows it. */
  protocol: string;
  /** Alias of its bond; a tunnel device's has a blank and the link's name behind it. */
  alias: string;
  /** Table of family inet. */
  nftTable: string;
  mainRule: number;
  bondRule: number;
  bondTable: number;
  /** Of link 0; link N adds N, as with the next two. */
  pathRule: number;
  pathTable: number;
  pathMark: number;
}

/** What instance `instance` owns. */
export function ownOf(instance: number): Own {
  const name = instance === 0 ? ALIAS : `${ALIAS}${instance}`;
  return {
    instance,
    protocol: String(PROTOCOL + instance),
    alias: name,
    nftTable: name,
    mainRule: MAIN_RULE + instance,
    bondRule: BOND_RULE + instance,
    bondTable: BOND_TABLE + instance,
    pathRule: PATH_RULE + LINK_LIMIT * instance,
    pathTable: PATH_TABLE + LINK_LIMIT * instance,
    pathMark: PATH_MARK + LINK_LIMIT * instance,
  };
}

/** Whether this is the number of an instance: a whole one from 0 to INSTANCE_LIMIT - 1. */
export function isInstanceNumber(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < INSTANCE_LIMIT;
}

/** Whether a rt_protos number, as `ip -j` shows it, is that of an instance, this one or another. */
export function isAnyInstances(protocol: unknown): boolean {
  return typeof protocol === 'string' && isInstanceNumber(Number(protocol) - PROTOCOL);
}

/** Alias of the tunnel device of a link. */
export function linkAlias({ alias }: Pick<Own, 'alias'>, link: string): string {
  return `${alias} ${link}`;
}
