import type { ForwardingFound } from '../../../backend/src/setup/forwarding.ts';
import type { InitRequest } from '../../../backend/src/setup/request.ts';
import { networkOfText } from '../../../backend/src/setup/request.ts';
import type { InitFound, KnownNetwork } from '../../../backend/src/setup/server-init.ts';

/** A machine with systemd where nothing has been set up, and nothing forwards. */
export const BARE: ForwardingFound = {
  ours: false,
  now: '0',
  missing: [],
  before: null,
  neededBy: null,
};

/** After `server init`. */
export const FORWARDING: ForwardingFound = {
  ours: true,
  now: '1',
  missing: [],
  before: { forward: '0', folders: [] },
  neededBy: null,
};

export const FOUND: InitFound = {
  instances: [],
  folders: [],
  rooted: false,
  networks: [known('203.0.113.0/24', 'eth0')],
  addresses: ['203.0.113.5'],
  devices: ['lo', 'eth0'],
  udp: [53],
  tcp: [22],
  forwarding: BARE,
  systemd: true,
  egress: true,
};

export const HOME: InitRequest = {
  name: 'home',
  public: '203.0.113.5',
  links: 2,
  lan: ['192.168.1.0/24'],
  port: null,
};

/** A network at a device. */
export function known(text: string, device: string): KnownNetwork {
  return { ...networkOfText(text), device };
}
