import { mkdirSync, writeFileSync } from 'node:fs';
import { parsePing } from './ping.ts';
import { type Program, start, untilLogged } from './process.ts';
import { ipBatch, run, tryRun } from './run.ts';
import { sleep } from './wait.ts';

/** The two machines of the small network: `near` and `far`, with nothing between but cables. */
export type Side = 'near' | 'far';

export const SIDES: readonly Side[] = ['near', 'far'];

/** Addresses inside the bond. */
export const INSIDE = {
  near: { v4: '10.9.0.1', v6: 'fd09::1' },
  far: { v4: '10.9.0.2', v6: 'fd09::2' },
} as const;

const FOLDER = '/run/lab/tun-pairs';

/** One tunnel between the two: an OpenVPN and a device `tunN` at each end, gone when it ends. */
export interface TunPair {
  device: string;
  /** Starts both ends; resolves when the tunnel carries packets. The devices are down. */
  start: () => Promise<void>;
  /** Kills both ends; the devices disappear. */
  kill: () => Promise<void>;
}

/** Makes both namespaces and `lines` cables between them: `line0` … at both ends, down. */
export function buildCables(lines: number): void {
  ipBatch(
    undefined,
    SIDES.map((side) => `netns add ${side}`),
  );
  for (const side of SIDES) ipBatch(side, ['link set lo up']);
  ipBatch('near', numbers(lines).map(cable));
}

/** The `ip` line for the near side that makes cable `index`. */
export function cable(index: number): string {
  const [near, far] = [hardwareAddress('near', index), hardwareAddress('far', index)];
  const name = `line${index}`;
  return `link add ${name} address ${near} type veth peer name ${name} address ${far} netns far`;
}

/** The address that a cable's end is made with; fixed, so that hashes of addresses repeat. */
export function hardwareAddress(side: Side, index: number): string {
  return `02:00:00:00:0${side === 'near' ? 1 : 2}:0${index}`;
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** The cables, with addresses and up, a key for each side, and a tunnel over each, not started. */
export function buildPairs(lines: number): TunPair[] {
  mkdirSync(FOLDER, { recursive: true });
  buildCables(lines);
  for (const side of SIDES) {
    const commands = numbers(lines).flatMap((index) => [
      `addr add ${lineAddress(side, index)}/24 dev line${index}`,
      `link set line${index} up`,
    ]);
    ipBatch(side, commands);
  }
  const prints = { near: makeKey('near'), far: makeKey('far') };
  return numbers(lines).map((index) => tunPair(index, prints));
}

function lineAddress(side: Side, index: number): string {
  return `10.${100 + index}.0.${side === 'near' ? 1 : 2}`;
}

/** A certificate of its own for one side; returns its fingerprint. */
function makeKey(side: Side): string {
  const [key, certificate] = [`${FOLDER}/${side}.key`, `${FOLDER}/${side}.crt`];
  run([
    ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
    ...['-nodes', '-subj', `/CN=${side}`, '-days', '3650', '-keyout', key, '-out', certificate],
  ]);
  const text = run(['openssl', 'x509', '-in', certificate, '-noout', '-fingerprint', '-sha256']);
  return text.trim().replace(/^.*=/, '');
}

function tunPair(index: number, prints: Record<Side, string>): TunPair {
  const device = `tun${index}`;
  const running: Program[] = [];
  const raise = async (side: Side): Promise<Program> => {
    const other = side === 'near' ? 'far' : 'near';
    const file = `${FOLDER}/${side}-${index}.conf`;
    const name = `${side}-${index}`;
    writeFileSync(file, configuration(side, index, prints[other]));
    writeFileSync(`/run/lab/log/${name}.log`, '');
    const program = await start(['openvpn', '--config', file], { name, ns: side });
    running.push(program);
    return program;
  };
  return {
    device,
    start: async () => {
      mkdirSync('/run/lab/log', { recursive: true });
      const programs = [await raise('far'), await raise('near')];
      for (const program of programs)
        await untilLogged(program, 'Initialization Sequence Completed', 20_000);
    },
    kill: async () => {
      const programs = running.splice(0);
      await Promise.all(programs.map((program) => program.stop('SIGKILL')));
    },
  };
}

/** No address on the device, so OpenVPN leaves it down, as the bonding driver wants it. */
function configuration(side: Side, index: number, print: string): string {
  const other = side === 'near' ? 'far' : 'near';
  return [
    `dev tun${index}`,
    'dev-type tun',
    'mode p2p',
    'proto udp4',
    `local ${lineAddress(side, index)}`,
    `lport ${1194 + index}`,
    `remote ${lineAddress(other, index)} ${1194 + index}`,
    ...(side === 'near' ? ['tls-client'] : ['tls-server', 'dh none']),
    `cert ${FOLDER}/${side}.crt`,
    `key ${FOLDER}/${side}.key`,
    `<peer-fingerprint>\n${print}\n</peer-fingerprint>`,
    'cipher AES-256-GCM',
    'disable-dco',
    '',
  ].join('\n');
}

/** The `ip` lines that make a bond of slaves that are down, with addresses and routes on it. */
export function bondLines(side: Side, options: string, slaves: readonly string[]): string[] {
  const other = side === 'near' ? 'far' : 'near';
  return [
    `link add bond0 type bond miimon 100 ${options}`,
    ...slaves.map((slave) => `link set ${slave} master bond0`),
    'link set bond0 mtu 1400 up',
    `addr add ${INSIDE[side].v4} peer ${INSIDE[other].v4} dev bond0`,
    `addr add ${INSIDE[side].v6}/64 dev bond0 nodad`,
    // Routes of the kind that a change of the bond's type or its end would take away.
    `route add 10.77.0.0/24 dev bond0`,
    `route add fd77::/64 dev bond0`,
  ];
}

/** Packets that a device has sent and received. */
export function packets(side: Side, device: string): { tx: number; rx: number } {
  const [link] = JSON.parse(run(['ip', '-n', side, '-j', '-s', 'link', 'show', 'dev', device]));
  return { tx: link.stats64.tx.packets, rx: link.stats64.rx.packets };
}

/** What stands on the bond of a side: addresses, routes; one per line, without what runs down. */
export function bondAddresses(side: Side): string[] {
  const show = (what: string[]): string =>
    tryRun(['ip', '-n', side, '-o', ...what, 'dev', 'bond0']).stdout;
  const texts = [
    show(['addr', 'show']),
    show(['-4', 'route', 'show']),
    show(['-6', 'route', 'show']),
  ];
  return texts
    .join('')
    .split('\n')
    .map((line) => line.replace(/^\d+: |valid_lft.*$| linkdown|\\/g, '').trim())
    .filter((line) => line !== '' && !/^fe80|inet6 fe80|multicast/.test(line))
    .sort();
}

/**
 * Lines of the kernel's log that tell of a fault in the kernel. Each is given once: the log is
 * cleared, because it holds only some 200 times of enslaving.
 */
export function kernelFaults(): string[] {
  const bad =
    /WARNING:|BUG:|Oops|refcount|unregister_netdevice|Call Trace|corruption|general protection/;
  const log = run(['busybox', 'dmesg', '-c']);
  return log.split('\n').filter((line) => bad.test(line));
}

/** Which bonding module is loaded: the kernel marks the one that was built outside its tree. */
export function loadedDriver(): 'stock' | 'patched' | null {
  const taint = tryRun(['cat', '/sys/module/bonding/taint']);
  if (taint.code !== 0) return null;
  return taint.stdout.includes('O') ? 'patched' : 'stock';
}

/** What a command said: `ok`, or the kernel's reason. For comparing what is refused and why. */
export function verdict(side: Side, argv: readonly string[]): string {
  const { code, stderr } = tryRun(argv, { ns: side });
  return code === 0 ? 'ok' : stderr.trim().replace(/\s+/g, ' ');
}

/**
 * Sends 8 rows of `each` pings from near to far, for policies that tell flows apart: identifiers 1 to
 * 8, and as many lengths, because a hash of IP header bytes as if they were Ethernet's comes out even
 * while only number and checksum change. Returns what was lost, and what each device sent meanwhile.
 */
export async function pingFlows(
  devices: readonly string[],
  each = 5,
): Promise<{ lost: number; sent: number[] }> {
  await sleep(300); // the link monitor looks every 100 ms
  const count = (): number[] => devices.map((device) => packets('near', device).tx);
  const before = count();
  const rows = await Promise.all(
    numbers(8).map(async (row) => {
      const options = ['-n', '-c', String(each), '-i', '0.05', '-W', '1'];
      const flow = ['-e', String(row + 1), '-s', String(56 + row)];
      const name = `flow-${flows++}`;
      const running = await start(['ping', ...options, ...flow, INSIDE.far.v4], {
        name,
        ns: 'near',
      });
      await running.ended;
      return parsePing(running.log(), each).lost;
    }),
  );
  const lost = rows.reduce((sum, row) => sum + row, 0);
  return { lost, sent: count().map((now, index) => now - (before[index] ?? 0)) };
}

let flows = 0;
