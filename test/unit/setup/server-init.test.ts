import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { type KnownInstance, planInit } from '../../../backend/src/setup/server-init.ts';
import type { Step } from '../../../backend/src/setup/steps.ts';
import { parse } from '../../../backend/src/uci/index.ts';
import { FORWARDING, FOUND, HOME, known } from './found.ts';

const MADE = { certificate: 'CERT', key: 'KEY', tlsCrypt: 'TLS' };

function textOf(steps: readonly Step[], end: string): string {
  const found = steps.find((step) => step.kind === 'file' && step.path.endsWith(end));
  if (found?.kind !== 'file') throw new Error(`no ${end}`);
  return found.text;
}

describe('the plan of a new router', () => {
  it('has a folder only root can read, keys first, and the number last', () => {
    const { files, start, number, ports, bond, notes } = planInit(HOME, FOUND, MADE);
    expect({ number, ports, bond, notes }).toEqual({
      number: 0,
      ports: { first: 1194, last: 1195, heartbeats: 1258 },
      bond: 'bond0',
      notes: [],
    });
    const made = files.map((step) => ('path' in step ? `${step.kind} ${step.path}` : step.kind));
    expect(made).toEqual([
      'folder /etc/bonding',
      'folder /etc/bonding/home',
      'file /etc/bonding/home/bonding.key',
      'file /etc/bonding/home/bonding.crt',
      'file /etc/bonding/home/tls-crypt.key',
      'file /etc/bonding/home/config',
      'file /etc/bonding/home/number',
      'file /usr/lib/bonding/before',
      'file /etc/sysctl.d/90-bonding.conf',
      'kernel /proc/sys/net/ipv4/ip_forward',
    ]);
    for (const step of files) {
      if (step.kind === 'folder') expect(step.mode).toBe(0o700);
      if (step.kind === 'file' && step.path.startsWith('/etc/bonding'))
        expect(step.mode).toBe(0o600);
    }
    expect(start).toMatchObject([
      {
        argv: ['systemctl', 'enable', '--now', 'bonding@home.service'],
        undo: ['systemctl', 'disable', '--now', 'bonding@home.service'],
      },
    ]);
  });

  it('writes a configuration that the daemon takes without a word', () => {
    const { files } = planInit({ ...HOME, links: 8 }, FOUND, MADE);
    const { config, problems } = load(parse(textOf(files, 'config')));
    // The router's fingerprint comes when it joins.
    expect(problems.map(({ code }) => code)).toEqual(['peer-unknown']);
    expect(config?.bond).toMatchObject({
      ifname: 'bond0',
      address: '10.80.0.1',
      peer: '10.80.0.2',
    });
    expect(config?.links.map(({ localPort }) => localPort)).toEqual([
      1194, 1195, 1196, 1197, 1198, 1199, 1200, 1201,
    ]);
  });

  it('takes tun where packets can be spread over them, else tap, and says why', () => {
    const typeOf = (egress: boolean | null) => {
      const { files, notes } = planInit(HOME, { ...FOUND, egress }, MADE);
      const { config } = load(parse(textOf(files, 'config')));
      return [config?.bond.deviceType, config?.bond.mtu, config?.links[1]?.tunnel, notes.length];
    };
    expect(typeOf(true)).toEqual(['tun', 1440, 'tun1', 0]);
    expect(typeOf(null)).toEqual(['tun', 1440, 'tun1', 0]);
    expect(typeOf(false)).toEqual(['tap', 1426, 'tap1', 1]);
  });

  it('gives the second router devices, addresses and ports of its own', () => {
    const home = { name: 'home', number: 0, lan: ['192.168.1.0/24'], ports: [1194, 1195] };
    const found = { ...FOUND, instances: [home], folders: ['home'], forwarding: FORWARDING };
    const request = { ...HOME, name: 'office', lan: ['192.168.2.0/24'] };
    const { files, ports, number } = planInit(request, found, MADE);
    expect({ number, ports }).toEqual({
      number: 1,
      ports: { first: 1202, last: 1203, heartbeats: 1266 },
    });
    const { config } = load(parse(textOf(files, 'config')));
    expect(config?.bond).toMatchObject({ ifname: 'bond1', address: '10.80.1.1' });
    expect(config?.links.map(({ tunnel }) => tunnel)).toEqual(['tun8', 'tun9']);
    expect(files.some((step) => 'path' in step && step.path.includes('sysctl'))).toBe(false);
  });

  it('gives eight routers with eight lines each ports that never meet', () => {
    const instances: KnownInstance[] = [];
    for (let number = 0; number < 8; number += 1) {
      const request = { ...HOME, name: `r${number}`, links: 8, lan: [] };
      const { files } = planInit(request, { ...FOUND, instances }, MADE);
      const { config } = load(parse(textOf(files, 'config')));
      if (config === null) throw new Error('no configuration');
      const links = config.links.map(({ localPort }) => localPort);
      const ports = [...links, config.bond.heartbeatPort];
      expect(config.bond.heartbeatPort).toBe(1258 + 8 * number);
      instances.push({ name: `r${number}`, number, lan: [], ports });
    }
    const all = instances.flatMap(({ ports }) => ports);
    expect(new Set(all).size).toBe(8 * 9);
  });

  it('passes over a number whose device or network somebody has, and says so', () => {
    const networks = [known('10.80.1.0/24', 'vpc0'), known('10.0.0.0/8', 'eth1')];
    const found = { ...FOUND, networks, devices: ['bond0'] };
    const { number, notes } = planInit(HOME, found, MADE);
    expect(number).toBe(2);
    expect(notes).toEqual([
      'number 0 is passed over: bond0 is in use',
      'number 1 is passed over: 10.80.1.0/30 is in use at vpc0',
    ]);
    const all = Array.from({ length: 64 }, (_, index) => `tun${index}`);
    expect(() => planInit(HOME, { ...FOUND, devices: all }, MADE)).toThrow(/no number left/);
  });

  it.each([
    ['a name twice', { folders: ['home'] }, "there is a router 'home' already"],
    ['a UDP port in use', { udp: [1195] }, 'UDP port 1195 is in use'],
    ["the heartbeats' port in use", { udp: [1258] }, 'UDP port 1258 is in use'],
    [
      "another router's heartbeats",
      { instances: [{ name: 'x', number: 3, lan: [], ports: [1130, 1194] }] },
      "UDP port 1194 is that of the router 'x'",
    ],
    ['the TCP port in use', { tcp: [1194] }, 'TCP port 1194 is in use'],
    [
      "another router's port",
      { instances: [{ name: 'x', number: 3, lan: [], ports: [1194] }] },
      "UDP port 1194 is that of the router 'x'",
    ],
    [
      "another router's LAN",
      { instances: [{ name: 'x', number: 3, lan: ['192.168.0.0/16'], ports: [] }] },
      "the router 'x' has addresses of it",
    ],
    [
      "a LAN of the machine's own",
      { networks: [known('192.168.1.128/25', 'docker0')] },
      'this machine itself has 192.168.1.128/25 at docker0',
    ],
  ])('refuses %s', (_, wrong, text) => {
    expect(() => planInit(HOME, { ...FOUND, ...wrong }, MADE)).toThrow(text);
  });

  it('says when the address is not one of the machine: a provider may translate it, or it is a slip', () => {
    const [note] = planInit({ ...HOME, public: '198.51.100.1' }, FOUND, MADE).notes;
    expect(note).toContain('198.51.100.1 is no address of this machine (203.0.113.5)');
    expect(planInit({ ...HOME, public: 'vps.example' }, FOUND, MADE).notes).toEqual([]);
  });

  it('names the command that starts the daemon where no systemd runs', () => {
    const plan = planInit(HOME, { ...FOUND, systemd: false }, MADE);
    expect(plan.start).toEqual([]);
    expect(plan.startCommand).toBe('/usr/bin/bonding daemon --name home');
  });
});
