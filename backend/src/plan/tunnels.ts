import type { Config, LinkConfig } from '../config/types.ts';
import { seriesOf } from '../openvpn/options.ts';
import { render } from '../openvpn/render.ts';
import type { DesiredTunnel } from './desired.ts';

/** Paths that every tunnel's configuration names. */
export interface TunnelFiles {
  /** Our certificate and key, PEM. */
  identity: { certificate: string; key: string };
}

/**
 * The tunnel of one link. `localAddress` is the WAN's address, so that a new address means a new
 * configuration and with it a new tunnel; `openvpn` is the version of the installed program.
 */
export function planTunnel(
  config: Config,
  link: LinkConfig,
  localAddress: string | null,
  files: TunnelFiles,
  openvpn: string,
): DesiredTunnel {
  const { bond, role } = config;
  const text = render({
    role,
    link,
    localAddress,
    deviceType: bond.deviceType,
    mtu: bond.mtu,
    identity: files.identity,
    peerFingerprint: bond.peerFingerprint,
    options: config.openvpn.options,
    series: seriesOf(`OpenVPN ${openvpn}`),
  });
  return { link: link.name, config: text };
}
