import type { Rim } from '../../backend/src/daemon/round.ts';
import type { Problem } from '../../backend/src/errors.ts';
import { problem } from '../../backend/src/errors.ts';
import type { Abilities, Actual, Device, RawFacts } from '../../backend/src/facts/actual.ts';
import type { TunnelEvent } from '../../backend/src/openvpn/log.ts';
import type { Command } from '../../backend/src/reconcile/commands.ts';
import { printCommand } from '../../backend/src/reconcile/commands.ts';
import { ABLE } from './config.ts';
import { type FakeKernel, fakeKernel } from './kernel.ts';

/** A whole machine below the daemon: a fake kernel, netifd's interfaces, tunnel logs and a clock. */
export interface Machine {
  rim: Rim;
  kernel: FakeKernel;
  abilities: Abilities;
  /** ms; stands still unless it is set or `applyTakes` moves it. */
  now: number;
  /** How long an `apply` takes, ms. */
  applyTakes: number;
  /** netifd's interfaces by name; null: no netifd. */
  wans: Map<string, FakeWan> | null;
  /** Lines that wait to be read, by link. */
  logs: Map<string, TunnelEvent[]>;
  /** Every command that was carried out or tried, as text. */
  ran: string[];
  /** How often the facts were read. */
  reads: number;
  /** Why a command fails, or null; nothing fails at first. */
  refuse: (line: string) => string | null;
  /** How long a command is under way before it takes effect; nothing takes any time at first. */
  takes: (line: string) => Promise<void> | void;
  /** Runs while commands are being applied. */
  during: () => void;
  /** Ends a tunnel behind the daemon's back. */
  kill(link: string): void;
  /** Appends to a link's log. */
  says(link: string, ...events: TunnelEvent[]): void;
}

/** One WAN as netifd would tell of it. */
export interface FakeWan {
  up: boolean;
  device: string;
  address: string;
  gateway: string;
  /** Prefix length; 24 when missing. */
  mask?: number;
}

/** A machine with so many WANs `wan0`…, all up, everything installed, nothing of ours on it. */
export function fakeMachine(lines: number): Machine {
  const indexes = Array.from({ length: lines }, (_, index) => index);
  const kernel = fakeKernel({ devices: indexes.map((index) => `eth${index}`) });
  const machine: Machine = {
    kernel,
    abilities: { ...ABLE },
    now: 1_000,
    applyTakes: 0,
    wans: new Map(
      indexes.map((index): [string, FakeWan] => {
        const net = `10.${index + 1}.0`;
        return [
          `wan${index}`,
          { up: true, device: `eth${index}`, address: `${net}.2`, gateway: `${net}.1` },
        ];
      }),
    ),
    logs: new Map(),
    ran: [],
    reads: 0,
    refuse: () => null,
    takes: () => {},
    during: () => {},
    kill: (link) => kernel.run({ kind: 'stop-tunnel', link, pid: 0 }),
    says(link, ...events) {
      machine.logs.set(link, [...(machine.logs.get(link) ?? []), ...events]);
    },
    rim: {
      now: () => machine.now,
      readFacts: async (abilities) => {
        machine.reads += 1;
        return rawFacts(machine, abilities);
      },
      readLog(link) {
        const events = machine.logs.get(link) ?? [];
        machine.logs.delete(link);
        return events;
      },
      apply: async (commands, turn = (_, go) => go()) => {
        const problems: Problem[] = [];
        for (const command of commands) {
          const found = await turn(command, async () => await attempt(machine, command));
          if (found !== null) problems.push(found);
        }
        machine.during();
        machine.now += machine.applyTakes;
        return problems;
      },
    },
  };
  return machine;
}

async function attempt(machine: Machine, command: Command): Promise<Problem | null> {
  const line = printCommand(command).split('\n')[0] ?? '';
  await machine.takes(line);
  machine.ran.push(line);
  const why = machine.refuse(line);
  if (why !== null) return problem('command-failed', 'system', { command: line, reason: why });
  machine.kernel.run(command);
  return null;
}

/** What `ip -j`, `nft -j`, netifd and the run folder would say of this machine. */
function rawFacts(machine: Machine, abilities: Abilities): RawFacts {
  const actual = machine.kernel.actual();
  const protocol = (value: string | null) => (value === null ? {} : { protocol: value });
  return {
    addr: [...actual.devices.values()].map(addrEntry),
    rule: actual.rules.map(
      ({ priority, from, to, fwmark, table, suppressPrefixLength, protocol: by }) => ({
        priority,
        src: from,
        ...(to === null ? {} : { dst: to }),
        ...(fwmark === null ? {} : { fwmark: fwmark.split('/')[0], fwmask: fwmark.split('/')[1] }),
        table,
        ...(suppressPrefixLength === null ? {} : { suppress_prefixlen: suppressPrefixLength }),
        ...protocol(by),
      }),
    ),
    route: actual.routes.map(({ type, dst, table, device, gateway, metric, protocol: by }) => ({
      type,
      dst,
      table,
      ...(device === null ? {} : { dev: device }),
      ...(gateway === null ? {} : { gateway }),
      ...(metric === 0 ? {} : { metric }),
      ...protocol(by),
    })),
    neigh: actual.neighbours.map(({ address, device, mac, protocol: by }) => ({
      dst: address,
      dev: device,
      lladdr: mac,
      ...protocol(by),
    })),
    nft:
      actual.nft === null
        ? null
        : {
            nftables: [
              { table: { family: 'inet', name: 'bonding' } },
              ...Array.from({ length: actual.nft.rules }, (_, index) => ({
                rule: index === 0 ? { comment: actual.nft?.digest } : {},
              })),
            ],
          },
    spread: spreadText(actual.spread),
    interfaces: machine.wans === null ? null : { interface: [...machine.wans].map(netifdEntry) },
    tunnels: [...actual.tunnels.values()],
    sysctls: {
      now: Object.fromEntries(actual.sysctls.now),
      saved: Object.fromEntries(actual.sysctls.saved),
    },
    abilities: { ...machine.abilities, trial: abilities.trial },
  };
}

/** As `nft list table` prints it. */
function spreadText(spread: Actual['spread']): string | null {
  if (spread === null) return null;
  const names = (spread.devices ?? []).map((name) => `"${name}"`).join(', ');
  return `hook egress devices = { ${names} } priority 0\ncomment "${spread.digest}"\n`;
}

/** The kernel keeps no other device's carrier. */
function noCarrier({ kind, carrier }: Device): boolean {
  return (kind === 'tap' || kind === 'tun') && !carrier;
}

function addrEntry(device: Device): Record<string, unknown> {
  const tunnel = device.kind === 'tap' || device.kind === 'tun';
  const data = tunnel ? { type: device.kind } : bondData(device.bond);
  return {
    ifname: device.ifname,
    flags: device.up ? ['UP', noCarrier(device) ? 'NO-CARRIER' : 'LOWER_UP'] : [],
    mtu: device.mtu,
    gso_max_segs: device.gsoMaxSegs,
    ...(device.master === null ? {} : { master: device.master }),
    ...(device.alias === null ? {} : { ifalias: device.alias }),
    ...(device.kind === null
      ? {}
      : { linkinfo: { info_kind: tunnel ? 'tun' : device.kind, info_data: data } }),
    addr_info: device.addresses.map((entry) => {
      const [local, prefixlen] = entry.split('/');
      return { family: 'inet', local, prefixlen: Number(prefixlen) };
    }),
  };
}

function bondData(bond: Device['bond']): Record<string, unknown> | null {
  if (bond === null) return null;
  return {
    mode: bond.mode,
    miimon: bond.miimon,
    arp_interval: bond.arpInterval,
    ...(bond.arpTargets.length === 0 ? {} : { arp_ip_target: bond.arpTargets }),
    xmit_hash_policy: bond.xmitHashPolicy,
    all_slaves_active: bond.allSlavesActive ? 1 : 0,
  };
}

function netifdEntry([name, wan]: [string, FakeWan]): Record<string, unknown> {
  if (!wan.up) return { interface: name, up: false };
  return {
    interface: name,
    up: true,
    l3_device: wan.device,
    'ipv4-address': [{ address: wan.address, mask: wan.mask ?? 24 }],
    route: [{ target: '0.0.0.0', mask: 0, nexthop: wan.gateway }],
  };
}
