import type { DeviceType, LinkConfig, OpenvpnOption, Role } from '../config/types.ts';
import { type Series, takes } from './options.ts';

/** Everything one tunnel's OpenVPN configuration is made of. */
export interface TunnelInput {
  role: Role;
  deviceType: DeviceType;
  link: LinkConfig;
  /** MTU of the bond, the tunnel device and the tunnel's payload, bytes. */
  mtu: number;
  /** Address the tunnel leaves from; null on a server that listens on all of its addresses. */
  localAddress: string | null;
  /** Paths of our own certificate and key; not used where `options` bring their own. */
  identity: { certificate: string; key: string };
  /** Fingerprints of the certificates that are let in; empty: `options` hold a `ca`. */
  peerFingerprint: string[];
  /** From the configuration, in order; nothing in here that this file writes itself. */
  options: OpenvpnOption[];
  /** The installed OpenVPN (see `seriesOf`), or null where it is not known. */
  series: Series | null;
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
      .map(({ name, value }) => (value === null ? name : `${name} ${value}`)),
  ];
  const broken = lines.find((line) => /[\x00-\x08\x0a-\x1f\x7f]/.test(line));
  if (broken !== undefined) {
    throw new RangeError(`control character in OpenVPN option ${JSON.stringify(broken)}`);
  }
  return `${[...lines, ...fingerprints(input)].join('\n')}\n`;
}

/**
 * The device exists before OpenVPN starts and stays when it ends. Bare `up-delay` and no
 * `persist-tun`: OpenVPN opens it, and so gives it carrier, only while the peer is connected. The
 * bonding driver sees that without any help from us. With persist-tun a dead tunnel keeps its
 * carrier and swallows its share of all packets.
 */
function device({ link, deviceType, mtu, series }: TunnelInput): string[] {
  return [
    `dev ${link.tunnel}`,
    `dev-type ${deviceType}`,
    'up-delay',
    'ifconfig-noexec',
    'route-noexec',
    `tun-mtu ${mtu}`,
    'mssfix 0',
    // A device made beforehand is never an offloaded one; without this 2.6 warns about it.
    ...(takes(series, 'disable-dco') ? ['disable-dco'] : []),
    'allow-compression no',
    'machine-readable-output',
  ];
}

function ends({ role, link, localAddress }: TunnelInput): string[] {
  const lines = ['mode p2p', 'proto udp4', `lport ${link.localPort}`];
  if (localAddress !== null) lines.push(`local ${localAddress}`);
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
