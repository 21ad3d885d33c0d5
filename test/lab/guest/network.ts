import type { Line } from '../lines.ts';
import { ipBatch, run, tcBatch } from './run.ts';
import { type Dead, directions, reshape, shape } from './shape.ts';
import { until } from './wait.ts';

/**
 * The lab's Internet: one namespace per machine, one per line.
 *
 *     lan ─ router ┬ line0 ┐             ┌ server ─ inet
 *      eth0   lan0 ├ line1 ┼ (bridge) ───┤ eth0  inet0 eth0
 *             wanN └ lineN ┘             └
 */
export const ADDRESS = {
  lan: '192.168.1.2',
  router: '192.168.1.1',
  /** What the router's tunnels connect to. */
  server: '198.51.100.1',
  serverInet: '192.0.2.1',
  inet: '192.0.2.2',
} as const;

/** The router's address on line `index`, and the line's own, which is the gateway. */
export function lineAddress(index: number): { router: string; gateway: string } {
  return { router: `10.${index + 1}.0.2`, gateway: `10.${index + 1}.0.1` };
}

/** A line's address on the server's side. */
function exchangeAddress(index: number): string {
  return `198.51.100.${10 + index}`;
}

const FORWARDING = ['router', 'server'];
const TALKERS = ['lan', 'router', 'server', 'inet'];

/** A network that stands, and the two things a test does to it. */
export interface Network {
  lines: readonly Line[];
  /**
   * Line `index` loses everything, both ways or one, and stays "connected": the usual way for lines to
   * die.
   */
  killLine: (index: number, way?: Exclude<Dead, 'none'>) => void;
  reviveLine: (index: number) => void;
}

/** Builds all namespaces, addresses, routes and lines. Once per machine. */
export function buildLines(lines: readonly Line[]): Network {
  warmUp();
  const lineSpaces = lines.map((_, index) => `line${index}`);
  ipBatch(undefined, [
    ...[...TALKERS, ...lineSpaces].map((ns) => `netns add ${ns}`),
    'link add exchange up type bridge',
    cable('lan', 'eth0', 'router', 'lan0'),
    cable('server', 'inet0', 'inet', 'eth0'),
    cable('server', 'eth0', null, 'server'),
    'link set server up master exchange gso_max_segs 1',
    ...lines.flatMap((_, index) => [
      cable('router', `wan${index}`, `line${index}`, 'home'),
      cable(`line${index}`, 'net', null, `line${index}`),
      `link set line${index} up master exchange gso_max_segs 1`,
    ]),
  ]);
  for (const ns of [...FORWARDING, ...lineSpaces])
    run(['busybox', 'sysctl', '-qw', 'net.ipv4.ip_forward=1'], { ns });
  // Else a second download starts with the window that the first one ended with.
  for (const ns of TALKERS)
    run(['busybox', 'sysctl', '-qw', 'net.ipv4.tcp_no_metrics_save=1'], { ns });
  addressEnds();
  addressRouter(lines.length);
  addressServer(lines.length);
  for (const index of lines.keys()) addressLine(index);
  const setLine = (index: number, dead: Dead, how: 'make' | 'change'): void => {
    const line = lines[index];
    if (line === undefined) throw new Error(`there is no line ${index}`);
    const { down, up } = directions(line, dead);
    const make = [...shape('home', down), ...shape('net', up)];
    const change = [reshape('home', down), reshape('net', up)];
    tcBatch(`line${index}`, how === 'make' ? make : change);
  };
  for (const index of lines.keys()) setLine(index, 'none', 'make');
  return {
    lines,
    killLine: (index, way = 'both') => setLine(index, way, 'change'),
    reviveLine: (index) => setLine(index, 'none', 'change'),
  };
}

/** Two devices joined by a cable, each in its namespace (null: the guest's own). */
export function cable(leftNs: string, left: string, rightNs: string | null, right: string): string {
  const there = rightNs === null ? '' : ` netns ${rightNs}`;
  return `link add ${left} netns ${leftNs} type veth peer name ${right}${there}`;
}

/**
 * Switches a device on and gives it an address. A cable carries packets, not the 64 KiB
 * super-packets that veth would pass on: gso_max_segs 1.
 */
export function up(device: string, address: string): string[] {
  return [`link set ${device} up gso_max_segs 1`, `addr add ${address}/24 dev ${device}`];
}

function addressEnds(): void {
  ipBatch('lan', [
    'link set lo up',
    ...up('eth0', ADDRESS.lan),
    `route add default via ${ADDRESS.router}`,
  ]);
  ipBatch('inet', [
    'link set lo up',
    ...up('eth0', ADDRESS.inet),
    `route add default via ${ADDRESS.serverInet}`,
  ]);
}

/** As OpenWrt sets up a router with several WANs: one default route per WAN, told apart by metric, and NAT. */
function addressRouter(lines: number): void {
  const commands = ['link set lo up', ...up('lan0', ADDRESS.router)];
  for (let index = 0; index < lines; index++) {
    const { router, gateway } = lineAddress(index);
    commands.push(...up(`wan${index}`, router));
    commands.push(`route add default via ${gateway} dev wan${index} metric ${10 * (index + 1)}`);
  }
  ipBatch('router', commands);
  const masquerade = 'type nat hook postrouting priority 100; oifname "wan*" masquerade;';
  run(['nft', `table ip wan_nat { chain postrouting { ${masquerade} }; }`], { ns: 'router' });
}

function addressServer(lines: number): void {
  const commands = [
    'link set lo up',
    ...up('eth0', ADDRESS.server),
    ...up('inet0', ADDRESS.serverInet),
    `route add default via ${ADDRESS.inet}`,
  ];
  for (let index = 0; index < lines; index++) {
    commands.push(`route add 10.${index + 1}.0.0/24 via ${exchangeAddress(index)}`);
  }
  ipBatch('server', commands);
}

function addressLine(index: number): void {
  ipBatch(`line${index}`, [
    'link set lo up',
    ...up('home', lineAddress(index).gateway),
    ...up('net', exchangeAddress(index)),
  ]);
}

/**
 * Waits until devices and addresses stand still: a device's state and its link-local address (which
 * is looked for on the link first) take about two seconds. For tests that compare snapshots.
 */
export async function settled(): Promise<void> {
  const quiet = (): boolean =>
    TALKERS.every(
      (ns) =>
        !/tentative|NO-CARRIER|state DOWN/.test(
          run(['ip', 'address'], { ns }).replace(/^.* lo: .*$/m, ''),
        ),
    );
  await until('devices and addresses to settle', quiet, { timeout: 20_000, every: 500 });
}

/**
 * Reads the tools into the guest's memory: its clock leaps while it waits for the host's files,
 * which would look like seconds of silence to a tunnel that is already up.
 */
function warmUp(): void {
  const tools = [
    ['openvpn', '--version'],
    ['iperf3', '--version'],
    ['ping', '-V'],
    ['nft', '--version'],
    ['tc', '-V'],
  ];
  // Some end with 1 after --version: only that they were loaded counts.
  for (const argv of tools) run(['sh', '-c', '"$@" >/dev/null 2>&1; exit 0', 'sh', ...argv]);
}
