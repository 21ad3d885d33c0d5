import type { Config, LinkConfig } from '../config/types.ts';
import type { Abilities } from '../facts/actual.ts';
import { seriesOf } from '../openvpn/options.ts';
import { type OuterMark, render } from '../openvpn/render.ts';
import type { DesiredTunnel } from './desired.ts';

/** Paths that every tunnel's configuration names. */
export interface TunnelFiles {
  /** Our certificate and key, PEM. */
  identity: { certificate: string; key: string };
}

/**
 * The tunnel of one link. `outer.address` is the WAN's address, so that a new address means a new
 * configuration and with it a new tunnel; `openvpn` is the version of the installed program, and
 * `optionTrial` what it refuses, `ciphers` how fast this machine encrypts.
 */
export function planTunnel(
  config: Config,
  link: LinkConfig,
  outer: { address: string | null; mark: OuterMark | null },
  files: TunnelFiles,
  { openvpn, optionTrial, ciphers }: Pick<Abilities, 'openvpn' | 'optionTrial' | 'ciphers'>,
): DesiredTunnel {
  const { bond, role } = config;
  const text = render({
    role,
    link,
    localAddress: outer.address,
    mark: outer.mark,
    deviceType: bond.deviceType,
    mtu: bond.mtu,
    identity: files.identity,
    peerFingerprint: bond.peerFingerprint,
    options: config.openvpn.options,
    series: seriesOf(`OpenVPN ${openvpn}`),
    refused: optionTrial?.refused ?? [],
    ciphers: ciphers ?? null,
  });
  return { link: link.name, config: text };
}
