import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { report } from '../../../backend/src/config/report.ts';
import { SCHEMA } from '../../../backend/src/config/schema.ts';
import type { UciPackage, UciSection } from '../../../backend/src/uci/index.ts';

const FINGERPRINT = Array(32).fill('AB').join(':');

const section = (type: string, name: string, options: UciSection['options']): UciSection => ({
  type,
  name,
  anonymous: false,
  options,
});

/** A good router configuration, with other options for the bond. */
const withBond = (options: UciSection['options']): UciPackage => ({
  sections: [
    section('interface', 'bond', { peer_fingerprint: FINGERPRINT, ...options }),
    section('link', 'link0', { interface: 'wan0', server: '192.0.2.1' }),
  ],
});

describe('the addresses of the bond', () => {
  it.each([
    [{ ipaddr: '10.0.0.2' }, '10.0.0.2/24 10.0.0.1'],
    [{ ipaddr: '10.0.0.9/30' }, '10.0.0.9/30 10.0.0.10'],
    [{ ipaddr: '10.0.0.9', netmask: '30' }, '10.0.0.9/30 10.0.0.10'],
    [{ ipaddr: '10.0.0.9/31' }, '10.0.0.9/31 10.0.0.8'],
    [{ ipaddr: '10.0.0.9', remote_ipaddr: '10.0.0.7' }, '10.0.0.9/24 10.0.0.7'],
  ])('%j', (options, expected) => {
    const { config, problems } = load(withBond(options));
    expect(problems).toEqual([]);
    expect(`${config?.bond.address}/${config?.bond.prefix} ${config?.bond.peer}`).toBe(expected);
  });

  it.each<[UciSection['options'], string]>([
    [{}, "no option 'ipaddr' (our address inside the bond); nothing is started"],
    [{ ipaddr: '10.0.0.9' }, "no option 'remote_ipaddr', and 10.0.0.0/24 leaves it open"],
    [{ ipaddr: '10.0.0.0' }, "'10.0.0.0' is the network's own address in 10.0.0.0/24"],
    [{ ipaddr: '10.0.0.2', remote_ipaddr: '10.0.1.1' }, 'no host of 10.0.0.0/24'],
    [{ ipaddr: '10.0.0.2', remote_ipaddr: '10.0.0.255' }, 'no host of 10.0.0.0/24'],
    [{ ipaddr: '10.0.0.2', remote_ipaddr: '10.0.0.2' }, "both ends have the address '10.0.0.2'"],
    [{ ipaddr: '10.0.0.2/32' }, 'a /32 is no network for two ends'],
    [{ ipaddr: '10.0.0.2', netmask: '255.0.255.0' }, "option 'netmask' is '255.0.255.0', not"],
    [
      { ipaddr: '10.0.0.2', role: 'client' },
      "option 'role' is 'client', not one of router, server",
    ],
    [{ ipaddr: '10.0.0.2', ifname: 'a-name-of-16-byte' }, "option 'ifname' is"],
  ])('%j is refused', (options, text) => {
    const { config, problems } = load(withBond(options));
    expect(config).toBeNull();
    expect(problems).toHaveLength(1);
    expect(problems[0]?.severity).toBe('error');
    expect(problems[0]?.text).toContain(text);
    expect(problems[0]?.text).toContain('nothing is started');
  });
});

describe('load', () => {
  it("takes watchdog '0' for off, which the HOWTO's script took for on", () => {
    const off = load(withBond({ ipaddr: '10.0.0.2', watchdog: '0' }));
    expect(off.config?.bond.watchdog.enabled).toBe(false);
    expect(off.problems).toEqual([]);
    const on = load(withBond({ ipaddr: '10.0.0.2', watchdog: '1' }));
    expect(on.config?.bond.watchdog).toMatchObject({ enabled: true, targets: ['10.0.0.1'] });
    expect(on.problems).toEqual([]);
  });

  it('says that a bond which is switched off will not start', () => {
    const { config, problems } = load(withBond({ ipaddr: '10.0.0.2', enabled: '0' }));
    expect(config?.enabled).toBe(false);
    expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['info bond-off']);
  });

  it('splits the watchdog’s action, and refuses one that needs a shell', () => {
    const given = (watchdog_action: string) =>
      load(withBond({ ipaddr: '10.0.0.2', watchdog_action }));
    const good = given("logger -t bond 'it is down'");
    expect(good.problems).toEqual([]);
    expect(good.config?.bond.watchdog.action).toEqual(['logger', '-t', 'bond', 'it is down']);
    const bad = given('ifdown wan; ifup wan');
    expect(bad.config?.bond.watchdog.action).toBeNull();
    expect(bad.problems[0]?.text).toContain("'ifdown wan; ifup wan': ';' needs a shell");
    expect(bad.problems[0]?.fix).toContain('script');
  });

  it.each(['0', '4', '6', 'broadcast'])('takes mode %s', (mode) => {
    const names: Record<string, string> = { '0': 'balance-rr', '4': '802.3ad', '6': 'balance-alb' };
    const { config } = load(withBond({ ipaddr: '10.0.0.2', mode }));
    expect(config?.bond.mode).toBe(names[mode] ?? mode);
  });

  it('tells of options that have nothing to do here, once per section', () => {
    const pkg = withBond({ ipaddr: '10.0.0.2' });
    for (const { type, options } of pkg.sections) if (type === 'link') options.active = '1';
    expect(load(pkg).problems.map(({ text }) => text)).toEqual([
      'not needed here, so without effect: active',
    ]);
  });

  it.each([
    [{ arp_interval: '300' }, { arpInterval: 300, arpTargets: ['10.0.0.1'] }],
    [
      { arp_interval: '0', miimon: '50' },
      { arpInterval: 0, arpTargets: [], miimon: 50 },
    ],
    [
      { arp_interval: '300', arp_ip_target: '10.0.0.8 10.0.0.9' },
      { arpTargets: ['10.0.0.8', '10.0.0.9'] },
    ],
    [{ xmit_hash_policy: 'layer2' }, { xmitHashPolicy: 'layer2' }],
    [{}, { xmitHashPolicy: 'layer3+4', miimon: 100, arpInterval: 0 }],
  ])('reads the options of the bonding driver: %j', (options, expected) => {
    const { config, problems } = load(withBond({ ipaddr: '10.0.0.2', ...options }));
    expect(config?.bond).toMatchObject(expected);
    expect(problems).toEqual([]);
  });

  it('asks no more addresses by ARP than the driver keeps', () => {
    const list = Array.from({ length: 20 }, (_, at) => `10.0.0.${at + 100}`).join(' ');
    const pkg = withBond({ ipaddr: '10.0.0.2', arp_interval: '300', arp_ip_target: list });
    expect(load(pkg).config?.bond.arpTargets).toHaveLength(16);
  });

  it('sends packets twice as the option says, and where it does not, as is found to be better', () => {
    const sendTwiceOf = (options: UciSection['options']): string | undefined => {
      const link = section('link', 'a', { interface: 'wan', server: '192.0.2.1', ...options });
      const { sections } = withBond({ ipaddr: '10.0.0.2/30' });
      return load({ sections: [...sections, link] }).config?.links.at(-1)?.sendTwice;
    };
    expect(sendTwiceOf({ send_twice: '1' })).toBe('always');
    expect(sendTwiceOf({ send_twice: '0' })).toBe('never');
    expect(sendTwiceOf({ send_twice: 'auto' })).toBe('auto');
    expect(sendTwiceOf({ send_twice: 'often' })).toBe('auto');
    expect(sendTwiceOf({})).toBe('auto');
  });

  it('has MTUs that leave room for the tunnel on a PPPoE line', () => {
    const pkg = withBond({ ipaddr: '10.0.0.2' });
    expect(load(pkg).config?.bond).toMatchObject({ deviceType: 'tap', mtu: 1492 - 66 });
    const tun = { sections: [...pkg.sections, section('openvpn', 'o', { dev_type: 'tun' })] };
    expect(load(tun).config?.bond).toMatchObject({ deviceType: 'tun', mtu: 1492 - 52 });
    expect(load(tun).config?.links[0]?.tunnel).toBe('tun0');
  });

  it('names lines where they are known', () => {
    const pkg = withBond({ ipaddr: '10.0.0.2' });
    pkg.sections.push(section('link', 'link1', { interface: 'wan1' }));
    const lineOf = (name: string, option?: string): number | null =>
      name === 'link1' && option === undefined ? 12 : null;
    const [found] = load(pkg, lineOf).problems;
    expect(found).toMatchObject({
      subject: "link 'link1'",
      text: "no option 'server' (address or name of the server); link skipped (line 12)",
    });
  });

  it('ends a flood of problems, errors first', () => {
    const options = Object.fromEntries(
      Array.from({ length: 5000 }, (_, n) => [`nonsense${n}`, '1']),
    );
    const pkg = withBond({ ipaddr: '10.0.0.2' });
    pkg.sections.push(section('link', 'link1', { ...options }));
    const { problems } = load(pkg);
    expect(problems).toHaveLength(101);
    expect(problems.slice(0, 2).map(({ severity }) => severity)).toEqual(['error', 'error']);
    expect(problems.at(-1)?.text).toContain('4902 more');
  });

  it('never throws, and what it accepts is in bounds', () => {
    const names = SCHEMA.flatMap(({ options }) => options.map(({ name }) => name));
    const value = fc.oneof(
      fc.constantFrom(
        '0',
        '1',
        '1194',
        'wan0',
        '192.0.2.1',
        '10.0.0.2',
        '10.0.0.1/30',
        'server',
        'tun',
      ),
      fc.string(),
      fc.array(fc.string(), { maxLength: 3 }),
    );
    const pkg = fc.array(
      fc.record({
        type: fc.oneof(
          fc.constantFrom('interface', 'link', 'openvpn', 'openvpn-server'),
          fc.string(),
        ),
        name: fc.oneof(fc.constant('bond'), fc.string()),
        anonymous: fc.boolean(),
        options: fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, {
          maxKeys: 12,
        }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pkg, (sections) => {
        const { config, problems } = load({ sections });
        expect(report(problems)).toMatch(/\n$/);
        const links = config?.links ?? [];
        expect(links.length).toBeLessThanOrEqual(8);
        expect(new Set(links.map(({ tunnel }) => tunnel)).size).toBe(links.length);
        expect(new Set(links.map(({ routingTable }) => routingTable)).size).toBe(links.length);
        for (const { value } of config?.openvpn.options ?? [])
          expect(value ?? '').not.toMatch(/[\n\r]/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('report', () => {
  it('counts, errors first', () => {
    const pkg = withBond({ ipaddr: '10.0.0.2', mtu: '1' });
    pkg.sections.push(section('link', 'link1', { server: '192.0.2.1' }));
    const lines = report(load(pkg).problems).split('\n');
    expect(lines[0]).toMatch(
      /^error: link 'link1': no option 'interface'.* Fix: set option 'interface'/,
    );
    expect(lines.slice(-2)).toEqual(['1 error, 1 warning', '']);
    expect(report([])).toBe('the configuration is good\n');
  });
});
