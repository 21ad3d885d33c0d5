/**
 * Tun devices in each mode of the patched driver: what the modes do with packets, and what is
 * refused in which words.
 */
import { program, progress } from '../program.ts';
import { ipBatch, run } from '../run.ts';
import {
  bondLines,
  buildPairs,
  kernelFaults,
  pingFlows,
  SIDES,
  type Side,
  verdict,
} from '../tun-pairs.ts';

/** What {@link program} hands to the host. */
export interface TunBondModes {
  /** By the bond's options: lost of 40 pings, and what each of the two slaves sent. */
  modes: Record<string, { lost: number; sent: number[] }>;
  /** As `modes`, with the active slave's carrier off at both ends. */
  failover: Record<string, { lost: number; sent: number[] }>;
  /** `ok` or the kernel's reason, by what was tried. */
  verdicts: Record<string, string>;
  faults: string[];
}

const DEVICES = ['tun0', 'tun1'];

const MODES = [
  'mode balance-xor xmit_hash_policy layer2',
  'mode balance-xor xmit_hash_policy layer2+3',
  'mode balance-xor xmit_hash_policy layer3+4',
  'mode balance-xor xmit_hash_policy vlan+srcmac',
  'mode broadcast',
];

const BACKUPS = [
  'mode active-backup',
  'mode active-backup fail_over_mac active',
  'mode active-backup fail_over_mac follow',
];

program(async () => {
  run(['modprobe', 'bonding', 'max_bonds=0']);
  for (const pair of buildPairs(DEVICES.length)) await pair.start();
  const modes: TunBondModes['modes'] = {};
  const failover: TunBondModes['failover'] = {};
  for (const mode of [...MODES, ...BACKUPS]) {
    for (const side of SIDES) ipBatch(side, bondLines(side, mode, DEVICES));
    modes[mode] = await pingFlows(DEVICES);
    if (BACKUPS.includes(mode)) failover[mode] = await failOver();
    progress(`${mode}: ${JSON.stringify(modes[mode])} ${JSON.stringify(failover[mode] ?? '')}`);
    for (const side of SIDES) ipBatch(side, ['link del bond0']);
  }
  const verdicts = tryRefusals();
  return { modes, failover, verdicts, faults: kernelFaults() } satisfies TunBondModes;
});

async function failOver(): Promise<{ lost: number; sent: number[] }> {
  setCarrier('off');
  const result = await pingFlows(DEVICES);
  setCarrier('on');
  return result;
}

function setCarrier(state: 'on' | 'off'): void {
  for (const side of SIDES) ipBatch(side, [`link set tun0 carrier ${state}`]);
}

const HERE: Side = 'near';

/** A bond `b0` with options, and a verdict on each command after that; `b0` is deleted at the end. */
function tryOnBond(options: string, commands: readonly string[]): string[] {
  run(['ip', 'link', 'add', 'b0', 'type', 'bond', ...options.split(' ')], { ns: HERE });
  const verdicts = commands.map((command) => verdict(HERE, ['ip', ...command.split(' ')]));
  run(['ip', 'link', 'del', 'b0'], { ns: HERE });
  return verdicts;
}

function tryRefusals(): Record<string, string> {
  ipBatch(HERE, [
    'tuntap add t0 mode tun',
    'tuntap add t1 mode tun',
    'tuntap add t2 mode tun',
    'link add v0 type veth peer name v1',
    'link add wg0 type wireguard',
    'link set t2 up',
  ]);
  const verdicts: Record<string, string> = {};
  const note = (what: string, given: string | undefined): void => {
    verdicts[what] = given ?? 'not tried';
  };
  for (const mode of ['802.3ad', 'balance-tlb', 'balance-alb']) {
    const [first] = tryOnBond(`mode ${mode}`, ['link set t0 master b0']);
    note(`tun in ${mode}`, first);
    // The bond keeps the type of its first slave when that one has left.
    const later = tryOnBond('mode balance-rr', [
      'link set t0 master b0',
      'link set t0 nomaster',
      `link set b0 type bond mode ${mode}`,
      'link set t0 master b0',
      'link set v0 master b0',
    ]);
    note(`tun in ${mode} after balance-rr`, later[3]);
    note(`veth in ${mode} after that`, later[4]);
  }
  const rr = 'mode balance-rr';
  note('tun beside veth', tryOnBond(rr, ['link set v0 master b0', 'link set t0 master b0'])[1]);
  note('veth beside tun', tryOnBond(rr, ['link set t0 master b0', 'link set v0 master b0'])[1]);
  note(
    'WireGuard beside tun',
    tryOnBond(rr, ['link set t0 master b0', 'link set wg0 master b0'])[1],
  );
  note('tun that is up', tryOnBond(rr, ['link set t2 master b0'])[0]);
  const ethernet = tryOnBond(rr, [
    'link set t0 master b0',
    'link set t0 nomaster',
    'link set v0 master b0',
    'link set b0 mtu 9000',
  ]);
  note('veth after tun', ethernet[2]);
  note('MTU 9000 after that', ethernet[3]);
  return verdicts;
}
