import { describe, expect, it } from 'vitest';
import {
  planForwarding,
  planForwardingBack,
  readBefore,
} from '../../../backend/src/setup/forwarding.ts';
import { planInstall } from '../../../backend/src/setup/install.ts';
import { type Manifest, readManifest } from '../../../backend/src/setup/manifest.ts';
import { readAddresses, readRoutes } from '../../../backend/src/setup/networks.ts';
import { portsIn } from '../../../backend/src/setup/ports.ts';
import { lacks, type Machine, printLacks } from '../../../backend/src/setup/requirements.ts';
import { planRemove } from '../../../backend/src/setup/server-remove.ts';
import { printSteps, type Step } from '../../../backend/src/setup/steps.ts';
import { planUninstall } from '../../../backend/src/setup/uninstall.ts';
import { BARE, FORWARDING } from './found.ts';

function shown(steps: readonly Step[]): string[] {
  return printSteps(steps).trimEnd().split('\n');
}

const brings: Manifest = {
  version: '1.1.0',
  files: [{ path: '/usr/lib/bonding/bonding.cjs', mode: 0o644, sha256: 'x' }],
  folders: [],
};

const page = { path: '/usr/share/bonding/page/old.js', mode: 0o644, sha256: 'y' };
const installed: Manifest = {
  version: '1.0.0',
  files: [...brings.files, page],
  folders: ['/usr/lib/bonding'],
};

const CLEAN = { installed: null, instances: [], missing: [], forwarding: BARE, systemd: true };

describe('an installation', () => {
  it('brings files and makes systemd read the unit; forwarding comes with the first router', () => {
    const found = { ...CLEAN, missing: ['/usr/lib/bonding'] };
    const { steps, notes } = planInstall(brings, '/tmp/from', found);
    expect(shown(steps)).toEqual([
      'mkdir -m 0755 /usr/lib/bonding',
      'install -m 0644 /usr/lib/bonding/bonding.cjs',
      'write /usr/lib/bonding/installed.json (0644), not shown',
      'systemctl daemon-reload  # read the unit',
    ]);
    expect(notes).toEqual([]);
  });

  it('over an older one: what that alone had goes, and daemons are handed over without a stop', () => {
    const instances = [
      { name: 'home', enabled: true, pid: 100 },
      { name: 'stopped', enabled: true, pid: null },
      { name: 'off', enabled: false, pid: null },
    ];
    const found = { ...CLEAN, installed, instances, forwarding: FORWARDING };
    const lines = shown(planInstall(brings, '/tmp/from', found).steps);
    expect(lines).toContain('rm -r /usr/share/bonding/page/old.js');
    expect(lines.filter((line) => line.startsWith('systemctl'))).toEqual([
      'systemctl daemon-reload  # read the unit',
      'systemctl kill --kill-who=main --signal=SIGKILL bonding@home.service  # the new program takes over; the tunnels run on',
    ]);
    expect(lines.join()).not.toMatch(/restart|stop /);
    const record = planInstall(brings, '/tmp/from', found).steps.find(
      ({ kind }) => kind === 'file',
    );
    expect(record?.kind === 'file' && readManifest(record.text)?.folders).toEqual([
      '/usr/lib/bonding',
    ]);
  });

  it('without systemd says how a daemon that runs gets the new program', () => {
    const instances = [{ name: 'home', enabled: false, pid: 100 }];
    const { steps, notes } = planInstall(brings, '/f', {
      ...CLEAN,
      instances,
      installed,
      systemd: false,
    });
    expect(shown(steps).join()).not.toContain('systemctl');
    expect(notes[0]).toContain('kill -9 100; /usr/bin/bonding daemon --name home');
  });

  it('where an uninstall has left keys: those routers are back', () => {
    const instances = [{ name: 'home', enabled: false, pid: null }];
    const { steps, notes } = planInstall(brings, '/f', { ...CLEAN, instances });
    const lines = shown(steps);
    expect(lines.at(-1)).toMatch(/^systemctl enable --now bonding@home/);
    expect(lines.join()).toContain('90-bonding.conf');
    expect(notes).toEqual(['kept from an earlier installation: home']);
  });
});

describe('a removal', () => {
  it('of one of two routers leaves forwarding and the folder of all', () => {
    const leaving = { name: 'home', pid: null };
    const { steps } = planRemove(leaving, false, { systemd: true, forwarding: FORWARDING });
    expect(shown(steps)).toEqual([
      'systemctl disable --now bonding@home.service  # stop the daemon, which takes the bond down',
      'rm -r /etc/bonding/home',
      'rm -r /run/bonding/home',
      'rmdir /run/bonding (if it is empty)',
    ]);
  });

  it('of the last gives forwarding back', () => {
    const leaving = { name: 'home', pid: 77 };
    const { steps } = planRemove(leaving, true, { systemd: false, forwarding: FORWARDING });
    const lines = shown(steps);
    expect(lines[0]).toMatch(/^kill 77/);
    expect(lines.at(-1)).toBe('echo 0 > /proc/sys/net/ipv4/ip_forward (now 1)');
  });

  it('of everything can leave the keys', () => {
    const found = {
      installed,
      instances: [{ name: 'home', pid: null }],
      strays: ['/etc/bonding/bonding.key.old'],
      forwarding: FORWARDING,
      systemd: true,
    };
    const all = shown(planUninstall(found, false).steps);
    expect(all).toContain('rm -r /etc/bonding/home');
    expect(all).toContain('rm -r /etc/bonding/bonding.key.old');
    expect(all).toContain('rm -r /usr/share/bonding/page/old.js');
    expect(all.at(-1)).toBe('systemctl daemon-reload  # read the unit');
    const kept = shown(planUninstall(found, true).steps);
    expect(kept.join()).not.toContain('/etc/bonding/');
    expect(kept.join()).not.toContain('rmdir /etc/bonding ');
  });

  it('of a program that came another way takes only the routers', () => {
    const found = { installed: null, instances: [], strays: [], forwarding: BARE, systemd: true };
    const { steps, notes } = planUninstall(found, false);
    expect(shown(steps).join()).not.toContain('/usr/');
    expect(notes[0]).toContain('so it stays');
  });
});

describe('forwarding', () => {
  it('is set once, and what was there is noted', () => {
    const steps = planForwarding({ ...BARE, missing: ['/etc/sysctl.d'] });
    expect(shown(steps)).toContain('    {"forward":"0","folders":["/etc/sysctl.d"]}');
    expect(shown(steps).at(-1)).toBe('echo 1 > /proc/sys/net/ipv4/ip_forward (now 0)');
    expect(planForwarding(FORWARDING)).toEqual([]);
  });

  it('that was on before us stays on', () => {
    expect(shown(planForwarding({ ...BARE, now: '1' })).join()).not.toContain('echo');
    const before = { forward: '1', folders: [] };
    const { steps, notes } = planForwardingBack({ ...FORWARDING, before });
    expect(shown(steps).join()).not.toContain('echo');
    expect(notes).toEqual([]);
  });

  it('that somebody needs by now stays on, and it is said', () => {
    const { steps, notes } = planForwardingBack({ ...FORWARDING, neededBy: 'docker0' });
    expect(shown(steps).join()).not.toContain('echo');
    expect(notes[0]).toContain('because of docker0');
  });

  it('a damaged note removes no folder of others', () => {
    expect(readBefore('{"forward":"7","folders":["/etc","/etc/sysctl.d",3]}')).toEqual({
      forward: null,
      folders: ['/etc/sysctl.d'],
    });
    for (const text of [null, '', '[]', 'null', '{']) readBefore(text);
    expect(readBefore('{')).toBeNull();
  });
});

it('a damaged manifest removes nothing of others', () => {
  const files = ['/etc/passwd', '/usr/lib/bonding/../../../etc/passwd', '/usr/bin/bonding'];
  const text = JSON.stringify({
    version: '1',
    files: files.map((path) => ({ path })),
    folders: ['x'],
  });
  expect(readManifest(text)).toMatchObject({ files: [{ path: '/usr/bin/bonding' }], folders: [] });
  expect(readManifest('{"version":""}')).toBeNull();
  expect(readManifest(null)).toBeNull();
});

const MACHINE: Machine = {
  root: true,
  platform: 'linux',
  openwrt: false,
  node: '18.20.4',
  openvpn: '2.6.14',
  nft: 'works',
  ip: true,
  tun: true,
  bonding: true,
  distribution: 'debian',
  kernel: '6.1.0-40-amd64',
};

describe('what a server needs', () => {
  it('Debian 12 with its packages has it', () => {
    expect(lacks(MACHINE)).toEqual([]);
    expect(printLacks([])).toBe('');
  });

  it('one command for all that packages bring', () => {
    const bare = { ...MACHINE, openvpn: null, nft: 'missing', ip: false } as const;
    expect(printLacks(lacks(bare))).toContain('apt-get install openvpn nftables iproute2');
  });

  it.each([
    [{ node: '12.22.9' }, 'Node 12.22.9 is too old'],
    [{ openvpn: '2.5.11' }, 'OpenVPN 2.5.11 is too old'],
    [{ root: false }, 'as root'],
    [{ nft: 'fails' }, 'nft is there, but this kernel has no nf_tables'],
    [{ tun: false }, 'container'],
    [{ bonding: false }, 'container'],
    [{ bonding: false, distribution: 'ubuntu' }, 'linux-modules-extra-6.1.0-40-amd64'],
    [{ platform: 'darwin' }, 'not Linux'],
  ] as [Partial<Machine>, string][])('%j is said', (wrong, text) => {
    expect(printLacks(lacks({ ...MACHINE, ...wrong }))).toContain(text);
  });

  it('newer versions are no reason to stop', () => {
    expect(lacks({ ...MACHINE, openvpn: '2.7.0', node: '24.1.0' })).toEqual([]);
    expect(lacks({ ...MACHINE, openvpn: 'unknown' })).toEqual([]);
  });
});

describe('the machine', () => {
  it('says what ports are in use', () => {
    const text = `  sl  local_address rem_address   st tx_queue
   0: 00000000:04AA 00000000:0000 07 00000000:00000000 00:00000000
   1: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0:0
   2: 0100007F:1F90 0100007F:D431 01 00000000:00000000
`;
    expect(portsIn(text, 'udp')).toEqual([1194, 22, 8080]);
    expect(portsIn(text, 'tcp')).toEqual([22]);
    expect(portsIn('', 'udp')).toEqual([]);
  });

  it('says what networks it has', () => {
    const addr = [
      { ifname: 'lo', addr_info: [{ local: '127.0.0.1', prefixlen: 8 }] },
      { ifname: 'eth0', addr_info: [{ family: 'inet', local: '203.0.113.5', prefixlen: 24 }] },
      { ifname: 'x', addr_info: [{ local: 'fe80::1', prefixlen: 64 }] },
    ];
    const { addresses, networks } = readAddresses(addr);
    expect(addresses).toEqual(['203.0.113.5']);
    expect(networks).toEqual([{ base: 0xcb007100, prefix: 24, device: 'eth0' }]);
    const routes = [
      { dst: 'default', dev: 'eth0' },
      { dst: '10.0.0.0/8', dev: 'eth1' },
      { dst: '10.1.2.3', dev: 'eth1' },
    ];
    expect(readRoutes(routes)).toEqual([
      { base: 0x0a000000, prefix: 8, device: 'eth1' },
      { base: 0x0a010203, prefix: 32, device: 'eth1' },
    ]);
    expect(readRoutes(null)).toEqual([]);
  });
});
