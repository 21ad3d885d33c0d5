import type {
  CipherSpeed,
  DeviceType,
  LinkConfig,
  OpenvpnOption,
  Refusal,
  Role,
} from '../config/types.ts';
import { ownCiphers } from './ciphers.ts';
import { type Series, takes } from './options.ts';
import { isTaken, lineOf } from './probe.ts';

/** Everything one tunnel's OpenVPN configuration is made of. */
export interface TunnelInput {
  role: Role;
  deviceType: DeviceType;
  link: LinkConfig;
  /** MTU of the bond, the tunnel device and the tunnel's payload, bytes. */
  mtu: number;
  /** Address the tunnel leaves from; null on a server that listens on all of its addresses. */
  localAddress: string | null;
  /** For a link that its address does not tell apart; null: the source rule is enough. */
  mark: OuterMark | null;
  /** Paths of our own certificate and key; not used where `options` bring their own. */
  identity: { certificate: string; key: string };
  /** Fingerprints of the certificates that are let in; empty: `options` hold a `ca`. */
  peerFingerprint: string[];
  /** From the configuration, in order; nothing in here that this file writes itself. */
  options: OpenvpnOption[];
  /** The installed OpenVPN (see `seriesOf`), or null where it is not known. */
  series: Series | null;
  /** What the installed OpenVPN refuses; left out. */
  refused?: readonly Refusal[];
  /** How fast this machine encrypts, where it is known. */
  ciphers?: CipherSpeed | null;
}

/** What tells a tunnel's outer packets apart from those of another with the same address. */
export interface OuterMark {
  /** The packets' whole mark, as SO_MARK sets it: an `int`, so top bits make it negative. */
  mark: number;
  /** The device they must use, or null where both links have the same. */
  device: string | null;
}

/**
 * The text of one tunnel's OpenVPN configuration: point to point, TLS, over UDP/IPv4. Paths of log
 * and pid file are given on the command line. Throws RangeError when a value would break out of
 * its line.
 */
export function render(input: TunnelInput): string {
  const lines = [
    ...device(input),
    ...ends(input),
    ...trust(input),
    ...input.options
      .filter((option) => takes(input.series, option.name))
      .filter((option) => isTaken(option, input.refused ?? []))
      .map((option) => lineOf(chosen(input, option))),
  ];
  const broken = lines.find((line) => /[\x00-\x08\x0a-\x1f\x7f]/.test(line));
  if (broken !== undefined) {
    throw new RangeError(`control character in OpenVPN option ${JSON.stringify(broken)}`);
  }
  return `${[...lines, ...fingerprints(input)].join('\n')}\n`;
}

/** The option as it is written: which cipher comes first is for the processor to say, unless it is set. */
function chosen({ role, ciphers, series }: TunnelInput, option: OpenvpnOption): OpenvpnOption {
  if (option.name !== 'data-ciphers' || option.standard !== true) return option;
  return { ...option, value: ownCiphers(role, ciphers, series) ?? option.value };
}

/**
 * The device exists before OpenVPN starts and stays when it ends. Bare `up-delay` and no
 * `persist-tun`: OpenVPN opens it, and so gives it carrier, only while the peer is connected. The
 * bonding driver sees that without any help from us. With persist-tun a dead tunnel keeps its
 * carrier and swallows its share of all packets.
 */
function device({ link, deviceType, mtu, series, refused = [] }: TunnelInput): string[] {
  const dco = { name: 'disable-dco', value: null };
  return [
    `dev ${link.tunnel}`,
    `dev-type ${deviceType}`,
    'up-delay',
    'ifconfig-noexec',
    'route-noexec',
    `tun-mtu ${mtu}`,
    'mssfix 0',
    // A device made beforehand is never an offloaded one; without this 2.6 warns about it.
    ...(takes(series, dco.name) && isTaken(dco, refused) ? [dco.name] : []),
    'allow-compression no',
    'machine-readable-output',
    // The other end may send each packet twice: a line in the log for each second one.
    'mute-replay-warnings',
  ];
}

function ends({ role, link, localAddress, mark }: TunnelInput): string[] {
  const lines = ['mode p2p', 'proto udp4', `lport ${link.localPort}`];
  if (localAddress !== null) lines.push(`local ${localAddress}`);
  // OpenVPN reads it as an int: 2.7 refuses what is larger, and 2.6 on 32 bits cuts it.
  if (mark !== null) lines.push(`mark ${mark.mark}`);
  // It also lets two tunnels have one address and one port.
  if (mark !== null && mark.device !== null) lines.push(`bind-dev ${mark.device}`);
  if (role === 'router') {
    lines.push(`remote ${link.server} ${link.remotePort}`, 'explicit-exit-notify 1');
    return lines;
  }
  // Without multihome a server with two addresses answers from the first, whichever was asked.
  if (localAddress === null) lines.push('multihome');
  // ping-timer-rem: with nobody there is nothing to restart, and each restart is a deaf second.
  lines.push('float', 'ping-timer-rem', 'explicit-exit-notify 1');
  return lines;
}

function trust({ role, options, identity, series }: TunnelInput): string[] {
  const lines = role === 'router' ? ['tls-client'] : ['tls-server', 'dh none'];
  if (!options.some(({ name }) => name === 'cert' || name === 'pkcs12')) {
    lines.push(`cert ${quote(identity.certificate)}`, `key ${quote(identity.key)}`);
  }
  if (takes(series, 'cipher')) lines.push('cipher AES-256-GCM');
  return lines;
}

function fingerprints({ peerFingerprint }: TunnelInput): string[] {
  if (peerFingerprint.length === 0) return [];
  return ['<peer-fingerprint>', ...peerFingerprint, '</peer-fingerprint>'];
}

/** A word as OpenVPN's configuration parser reads it back: quoted, backslash before `"` and `\`. */
function quote(word: string): string {
  return /^[\w./:@+-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`;
}
