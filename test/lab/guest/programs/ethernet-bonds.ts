/**
 * What a bonding driver does with Ethernet devices, and with others that have an address: as
 * questions and answers, to compare the stock driver with the patched one.
 */
import { program, progress } from '../program.ts';
import { ipBatch, run, tryRun } from '../run.ts';
import {
  bondLines,
  buildCables,
  cable,
  hardwareAddress,
  kernelFaults,
  loadedDriver,
  pingFlows,
  SIDES,
  type Side,
  verdict,
} from '../tun-pairs.ts';
import { until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface EthernetBonds {
  driver: string | null;
  answers: Record<string, string>;
  faults: string[];
}

const DEVICES = ['line0', 'line1'];

const MODES = [
  'mode balance-rr',
  'mode balance-xor xmit_hash_policy layer2',
  'mode balance-xor xmit_hash_policy layer2+3',
  'mode balance-xor xmit_hash_policy layer3+4',
  'mode balance-xor xmit_hash_policy vlan+srcmac',
  'mode broadcast',
  'mode active-backup',
  'mode active-backup fail_over_mac active',
  'mode active-backup fail_over_mac follow',
  'mode 802.3ad lacp_rate fast',
  'mode balance-tlb',
  'mode balance-alb',
];

const answers: Record<string, string> = {};

function note(question: string, answer: unknown): void {
  answers[question] = typeof answer === 'string' ? answer : JSON.stringify(answer);
}

program(async () => {
  run(['modprobe', 'bonding', 'max_bonds=0']);
  const driver = loadedDriver();
  buildCables(DEVICES.length);
  for (const mode of MODES) {
    await askMode(mode);
    progress(mode);
  }
  askRefusals();
  askOtherTypes();
  return { driver, answers, faults: kernelFaults() } satisfies EthernetBonds;
});

async function askMode(mode: string): Promise<void> {
  for (const side of SIDES) ipBatch(side, bondLines(side, mode, DEVICES));
  const up = (): boolean => SIDES.every(bondIsUp);
  await until(`carrier in ${mode}`, up, { every: 300 });
  describe(mode, ['bond0', ...DEVICES]);
  const { lost, sent } = await pingFlows(DEVICES, 2);
  note(`${mode}: lost`, lost);
  // Beside the pings there is some ARP and neighbour discovery at times of its own.
  if (!/802|alb|tlb/.test(mode))
    note(
      `${mode}: carried by`,
      sent.map((packets) => packets > 6),
    );
  ipBatch('near', ['link set line0 nomaster', 'link del line1']);
  describe(`${mode}, after its slaves`, ['bond0', ...DEVICES]);
  for (const side of SIDES) ipBatch(side, ['link del bond0']);
  ipBatch('near', ['link del line0', ...DEVICES.map((_, index) => cable(index))]);
}

function bondIsUp(side: Side): boolean {
  return run(['ip', '-n', side, '-o', 'link', 'show', 'bond0']).includes(' state UP ');
}

/** Notes devices of the near end as `ip -d link` tells them, without what is new each time. */
function describe(when: string, devices: readonly string[]): void {
  const links: Record<string, unknown>[] = JSON.parse(
    run(['ip', '-n', 'near', '-j', '-d', 'link', 'show']),
  );
  for (const device of devices) {
    const link = links.find(({ ifname }) => ifname === device);
    note(`${when}: ${device}`, link === undefined ? 'gone' : tell(link));
  }
}

/** What is kept of a device. `max_mtu` is left out: that is looked at by setting an MTU. */
function tell(link: Record<string, unknown>): unknown {
  const { flags, mtu, link_type, min_mtu } = link;
  const { info_kind, info_data, info_slave_data } = Object(link.linkinfo);
  const data = { ...info_data, ad_info: null, active_slave: null };
  const slave = { ...info_slave_data };
  for (const key of Object.keys(slave)) if (key.includes('oper_port')) delete slave[key];
  const address = nameAddress(String(link.address));
  return { flags, mtu, link_type, min_mtu, address, info_kind, data, slave };
}

/** Addresses of the cables are the same in each run; the others are random. */
function nameAddress(address: string): string {
  const own = DEVICES.map((_, index) => hardwareAddress('near', index));
  return own.includes(address) ? address : 'another';
}

/** A bond `b0`, and the verdict on each command after that. */
function askOnBond(name: string, options: string, commands: readonly string[]): void {
  run(['ip', 'link', 'add', 'b0', 'type', 'bond', ...options.split(' ')], { ns: 'near' });
  for (const command of commands)
    note(`${name}: ${command}`, verdict('near', ['ip', ...command.split(' ')]));
  describe(name, ['b0']);
  tryRun(['ip', '-n', 'near', 'link', 'del', 'b0']);
}

function askRefusals(): void {
  ipBatch('near', [
    'link add d0 type dummy',
    'link add vcan0 type vcan',
    'link add v0 type veth peer name v1',
    'tuntap add tap0 mode tap',
    'link set v0 up',
  ]);
  for (const mode of ['balance-rr', '802.3ad', 'balance-alb', 'active-backup']) {
    askOnBond(mode, `mode ${mode}`, [
      'link set v0 master b0',
      'link set vcan0 master b0',
      'link set b0 master b0',
      'link set lo master b0',
      'link set tap0 master b0',
      'link set d0 master b0',
      'link set b0 type bond mode balance-xor',
      'link set b0 type bond fail_over_mac follow',
      'link set b0 address 02:00:00:00:00:77',
      'link set b0 mtu 9000',
      'link set b0 mtu 65536',
      'link set tap0 nomaster',
    ]);
  }
}

/** A tunnel of type ipip has an address that cannot be set: refused, but for active-backup. */
function askOtherTypes(): void {
  ipBatch('near', [
    'link add ip0 type ipip local 10.50.0.1 remote 10.50.0.2',
    'link add ip1 type ipip local 10.51.0.1 remote 10.51.0.2',
  ]);
  for (const mode of ['balance-rr', 'balance-xor', '802.3ad', 'balance-tlb', 'balance-alb'])
    askOnBond(`ipip in ${mode}`, `mode ${mode}`, ['link set ip0 master b0']);
  // The bond goes with the last slave of a type that has a link layer of its own.
  askOnBond('ipip in active-backup', 'mode active-backup', [
    'link set ip0 master b0',
    'link set ip1 master b0',
    'link set d0 master b0',
    'link set ip1 nomaster',
    'link del ip0',
  ]);
  // The failed attempt makes the bond Ethernet again.
  askOnBond('Ethernet again', 'mode balance-rr', [
    'link set ip1 master b0',
    'link set b0 mtu 9000',
  ]);
}
