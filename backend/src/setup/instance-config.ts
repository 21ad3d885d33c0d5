import { BASE_PORT, LINK_LIMIT } from '../config/numbers.ts';
import type { DeviceType } from '../config/types.ts';
import { INSTANCE_ROOT } from '../effects/instances.ts';
import { format, type UciSection } from '../uci/index.ts';
import type { InitRequest } from './request.ts';

/** UDP and TCP port of an instance's first link, unless `--port` says another. */
export function basePort(number: number): number {
  return BASE_PORT + LINK_LIMIT * number;
}

/** The server's address in the bond of an instance, in CIDR form. */
export function bondAddress(number: number): string {
  return `10.80.${number}.1/30`;
}

/** The devices of an instance: its bond, then one tunnel for each link. */
export function devicesOf(
  number: number,
  links: number,
  type: DeviceType,
): { bond: string; tunnels: string[] } {
  return {
    bond: `bond${number}`,
    tunnels: Array.from({ length: links }, (_, index) => type + (LINK_LIMIT * number + index)),
  };
}

/**
 * The server's configuration for a new router, as text. All that depends on the instance's number is
 * written out: two instances have no device, address or port in common.
 */
export function configText(request: InitRequest, number: number, type: DeviceType): string {
  const devices = devicesOf(number, request.links, type);
  const first = request.port ?? basePort(number);
  const bond: UciSection['options'] = {
    role: 'server',
    ifname: devices.bond,
    ipaddr: bondAddress(number),
    public_ipaddr: request.public,
    ...(request.lan.length === 0 ? {} : { lan: request.lan }),
  };
  const links = devices.tunnels.map((tunnel, index) =>
    section('link', `link${index}`, { tunnel, local_port: String(first + index) }),
  );
  const key = `${INSTANCE_ROOT}/${request.name}/tls-crypt.key`;
  const openvpn = { dev_type: type, tls_crypt: key };
  return format({
    sections: [
      section('interface', 'bond', bond),
      ...links,
      { ...section('openvpn-server', '', openvpn), anonymous: true },
    ],
  });
}

function section(type: string, name: string, options: UciSection['options']): UciSection {
  return { type, name, anonymous: false, options };
}
