import { seriesOf } from '../openvpn/options.ts';

/** What a server's machine is and has. */
export interface Machine {
  root: boolean;
  /** As process.platform has it. */
  platform: string;
  openwrt: boolean;
  /** `20.19.2`. */
  node: string;
  /** `2.6.14`; null: there is none. */
  openvpn: string | null;
  /** `fails`: the program is there, and the kernel has nothing for it. */
  nft: 'works' | 'missing' | 'fails';
  ip: boolean;
  /** The drivers are loaded, or could be. */
  tun: boolean;
  bonding: boolean;
  /** `/etc/os-release`: `ubuntu`, `debian`. */
  distribution: string;
  /** `uname -r`. */
  kernel: string;
}

/** Something that is missing. `packages`: those of Debian that would bring it. */
export interface Lack {
  text: string;
  packages: string[];
}

/** What a server cannot do without. Empty: it has all. */
export function lacks(machine: Machine): Lack[] {
  if (machine.platform !== 'linux') return [{ text: 'this is not Linux', packages: [] }];
  const found: (Lack | null)[] = [
    machine.root ? null : { text: 'run this as root (sudo)', packages: [] },
    nodeLack(machine),
    openvpnLack(machine),
    nftLack(machine),
    machine.ip ? null : missing('the program ip of iproute2 is missing', 'iproute2'),
    machine.tun ? null : { text: `/dev/net/tun cannot be had${CONTAINER}`, packages: [] },
    bondingLack(machine),
  ];
  return found.filter((lack) => lack !== null);
}

/** The lacks as text, with the command that would mend those that packages mend. */
export function printLacks(found: readonly Lack[]): string {
  const packages = [...new Set(found.flatMap((lack) => lack.packages))];
  const command = `apt-get install ${packages.join(' ')}`;
  return [
    ...found.map(({ text }) => text),
    ...(packages.length === 0 ? [] : [`install what is missing: ${command}`]),
  ].join('\n  ');
}

const CONTAINER =
  '; a container (LXC, OpenVZ) gets it from its host only: take a virtual machine (KVM)';

function missing(text: string, name: string): Lack {
  return { text, packages: [name] };
}

function nodeLack({ node }: Machine): Lack | null {
  if (Number(node.split('.')[0]) >= 18) return null;
  return { text: `Node ${node} is too old: 18 or later is needed`, packages: [] };
}

function openvpnLack({ openvpn }: Machine): Lack | null {
  if (openvpn === null) return missing('OpenVPN is missing', 'openvpn');
  if ((seriesOf(`OpenVPN ${openvpn}`) ?? 206) >= 206) return null;
  return {
    text: `OpenVPN ${openvpn} is too old for a server: 2.6 or later is needed, as in Debian 12 and Ubuntu 24.04; for Ubuntu 22.04 OpenVPN's own packages are at build.openvpn.net`,
    packages: [],
  };
}

function nftLack({ nft }: Machine): Lack | null {
  if (nft === 'missing') return missing('the program nft is missing', 'nftables');
  if (nft === 'works') return null;
  return {
    text: `the program nft is there, but this kernel has no nf_tables${CONTAINER}`,
    packages: [],
  };
}

/** Ubuntu's images for clouds leave out the drivers that few need. */
function bondingLack({ bonding, distribution, kernel }: Machine): Lack | null {
  if (bonding) return null;
  const text = `the kernel ${kernel} has no driver bonding`;
  if (distribution === 'ubuntu') return missing(text, `linux-modules-extra-${kernel}`);
  return { text: `${text}${CONTAINER}`, packages: [] };
}
