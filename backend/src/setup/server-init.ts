import { formatNetwork, type Network, overlap } from '../config/ip.ts';
import { HEARTBEAT_PORT_ABOVE } from '../config/numbers.ts';
import type { DeviceType } from '../config/types.ts';
import { INSTANCE_ROOT } from '../effects/instances.ts';
import { INSTANCE_LIMIT } from '../facts/own.ts';
import { type ForwardingFound, planForwarding } from './forwarding.ts';
import { basePort, bondAddress, configText, devicesOf } from './instance-config.ts';
import { type InitRequest, networkOfText } from './request.ts';
import type { Step } from './steps.ts';
import { unitOf } from './unit.ts';

/** A router that the server has already. */
export interface KnownInstance {
  name: string;
  number: number;
  lan: string[];
  /** UDP ports of its links and its heartbeats. */
  ports: number[];
}

/** A network that the machine is in or has a route to. */
export interface KnownNetwork extends Network {
  device: string;
}

/** What was found on the machine. */
export interface InitFound {
  instances: KnownInstance[];
  /** Names below INSTANCE_ROOT that are taken, whatever is in there. */
  folders: string[];
  /** INSTANCE_ROOT is there. */
  rooted: boolean;
  /** Without the default route. */
  networks: KnownNetwork[];
  /** IPv4 addresses of the machine. */
  addresses: string[];
  /** Names of its network devices. */
  devices: string[];
  /** Ports that somebody listens at. */
  udp: number[];
  tcp: number[];
  forwarding: ForwardingFound;
  /** systemd runs the machine. */
  systemd: boolean;
  /** The kernel sends packets on at a tunnel's egress, which `spread` needs; null: not tried. */
  egress: boolean | null;
}

/** What is made by chance and goes into files. */
export interface Material {
  certificate: string;
  key: string;
  tlsCrypt: string;
}

/** A new router, ready to be made. */
export interface InitPlan {
  number: number;
  bond: string;
  /** UDP ports of the tunnels from, to, and of the heartbeats; TCP the first of them. */
  ports: { first: number; last: number; heartbeats: number };
  /** Before the join code is made: all files. */
  files: Step[];
  /** After it. */
  start: Step[];
  /** What starts the daemon where no systemd does. */
  startCommand: string | null;
  notes: string[];
}

/** Networks wider than this are routes to somewhere, not places where a neighbour may be. */
const WIDE = 12;

/** Plans a new router. Throws Error that says what is in the way, and what to do. */
export function planInit(request: InitRequest, found: InitFound, made: Material): InitPlan {
  refuseName(request.name, found);
  refuseLan(request, found);
  const type = deviceType(found);
  const { number, notes } = chooseNumber(request, found, type);
  const first = request.port ?? basePort(number);
  const heartbeats = first + HEARTBEAT_PORT_ABOVE;
  const ports = { first, last: first + request.links - 1, heartbeats };
  refusePorts(ports, found);
  const folder = `${INSTANCE_ROOT}/${request.name}`;
  return {
    number,
    bond: devicesOf(number, request.links, type).bond,
    ports,
    files: [
      ...(found.rooted ? [] : [{ kind: 'folder', path: INSTANCE_ROOT, mode: 0o700 } as const]),
      { kind: 'folder', path: folder, mode: 0o700 },
      file(`${folder}/bonding.key`, made.key, true),
      file(`${folder}/bonding.crt`, made.certificate, true),
      file(`${folder}/tls-crypt.key`, made.tlsCrypt, true),
      file(`${folder}/config`, configText(request, number, type)),
      // Last: with it the folder is an instance.
      file(`${folder}/number`, `${number}\n`),
      ...planForwarding(found.forwarding),
    ],
    start: found.systemd ? [enable(request.name)] : [],
    startCommand: found.systemd ? null : `/usr/bin/bonding daemon --name ${request.name}`,
    notes: [...notes, ...typeNotes(type), ...addressNotes(request.public, found)],
  };
}

/**
 * A tun carries 14 bytes less with each packet, and on a stock kernel uses all lines by `spread`. One
 * that cannot do that sends through one tun at a time, but through all taps (plan/driver.ts).
 */
function deviceType({ egress }: InitFound): DeviceType {
  return egress === false ? 'tap' : 'tun';
}

function typeNotes(type: DeviceType): string[] {
  if (type === 'tun') return [];
  return [
    "the tunnels are of type 'tap', which carries 14 bytes more with each packet: for 'tun' this kernel is too old (5.16) or lacks nft_fwd_netdev",
  ];
}

function file(path: string, text: string, secret = false): Step {
  return { kind: 'file', path, mode: 0o600, text, ...(secret ? { secret: true } : {}) };
}

function enable(name: string): Step {
  const unit = unitOf(name);
  return {
    kind: 'run',
    argv: ['systemctl', 'enable', '--now', unit],
    why: 'start the daemon, now and at every boot',
    must: true,
    undo: ['systemctl', 'disable', '--now', unit],
    limit: 100,
  };
}

function refuseName(name: string, { folders }: InitFound): void {
  if (!folders.includes(name)) return;
  throw new Error(
    `there is a router '${name}' already; for another join code: bonding server code --name ${name}`,
  );
}

function refuseLan({ lan }: InitRequest, { networks, instances }: InitFound): void {
  for (const text of lan) {
    const network = networkOfText(text);
    for (const other of instances) {
      if (!other.lan.some((theirs) => overlap(networkOfText(theirs), network))) continue;
      throw new Error(
        `--lan ${text}: the router '${other.name}' has addresses of it; of two routers of one server only one may have --lan with them`,
      );
    }
    const here = networks.find((known) => overlap(known, network));
    if (here) {
      throw new Error(
        `--lan ${text}: this machine itself has ${formatNetwork(here)} at ${here.device}; the router needs another network for its LAN`,
      );
    }
  }
}

/** The lowest number whose devices and network nobody has; a note for each that was passed over. */
function chooseNumber(
  { links }: InitRequest,
  { instances, devices, networks }: InitFound,
  type: DeviceType,
): { number: number; notes: string[] } {
  const notes: string[] = [];
  for (let number = 0; number < INSTANCE_LIMIT; number += 1) {
    if (instances.some((known) => known.number === number)) continue;
    const own = devicesOf(number, links, type);
    const device = [own.bond, ...own.tunnels].find((name) => devices.includes(name));
    const network = networkOfText(bondAddress(number));
    const near = networks.find((known) => known.prefix >= WIDE && overlap(known, network));
    if (device === undefined && near === undefined) return { number, notes };
    const why = near
      ? `${formatNetwork(network)} is in use at ${near.device}`
      : `${device} is in use`;
    notes.push(`number ${number} is passed over: ${why}`);
  }
  const more = notes.map((note) => `\n  ${note}`).join('');
  throw new Error(
    `there is no number left for another router: a server has at most ${INSTANCE_LIMIT}${more}`,
  );
}

function refusePorts(wanted: InitPlan['ports'], { udp, tcp, instances }: InitFound): void {
  const { first, last, heartbeats } = wanted;
  const fix = `name the first of as many free ports as there are links, with one more free ${HEARTBEAT_PORT_ABOVE} after it: --port`;
  const tunnels = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  for (const port of [...tunnels, heartbeats]) {
    const other = instances.find(({ ports }) => ports.includes(port));
    if (other) throw new Error(`UDP port ${port} is that of the router '${other.name}'; ${fix}`);
    if (udp.includes(port)) throw new Error(`UDP port ${port} is in use on this machine; ${fix}`);
  }
  if (tcp.includes(first)) throw new Error(`TCP port ${first} is in use on this machine; ${fix}`);
}

function addressNotes(address: string, { addresses }: InitFound): string[] {
  if (addresses.length === 0 || addresses.includes(address)) return [];
  if (!/^[\d.]+$/.test(address)) return [];
  return [
    `${address} is no address of this machine (${addresses.join(', ')}): right where the provider translates it to the machine, else a slip`,
  ];
}
