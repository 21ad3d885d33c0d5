import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import type { Config, LinkConfig, Role } from '../../../backend/src/config/types.ts';
import { doubtfulLines, lineOf } from '../../../backend/src/openvpn/probe.ts';
import { render } from '../../../backend/src/openvpn/render.ts';
import { parseWithLines, type UciSection } from '../../../backend/src/uci/index.ts';

/**
 * The HOWTO's own sample of /etc/config/bonding (test/cases/config/howto-router and howto-server):
 * each of its options either does what it says, or `bonding check` says what becomes of it.
 */
const text = (role: Role): string =>
  readFileSync(join(import.meta.dirname, `../../cases/config/howto-${role}/config.uci`), 'utf8');

/** What the configuration makes of an option of the bond, for comparison with the file. */
const BOND: Readonly<Record<string, (config: Config) => string>> = {
  role: ({ role }) => role,
  ifname: ({ bond }) => bond.ifname,
  ipaddr: ({ bond }) => bond.address,
  netmask: ({ bond }) => (bond.prefix === 24 ? '255.255.255.0' : ''),
  remote_ipaddr: ({ bond }) => bond.peer,
  watchdog: ({ bond }) => (bond.watchdog.enabled ? '1' : '0'),
  watchdog_ip: ({ bond }) => bond.watchdog.targets.join(' '),
  watchdog_period: ({ bond }) => String(bond.watchdog.period),
  watchdog_timeout: ({ bond }) => String(bond.watchdog.timeout),
  watchdog_action: ({ bond }) => bond.watchdog.action?.join(' ') ?? '',
};

const LINK: Readonly<Record<string, (link: LinkConfig) => string>> = {
  interface: (link) => link.interface ?? '',
  tunnel: (link) => link.tunnel,
  local_port: (link) => String(link.localPort),
  remote_port: (link) => String(link.remotePort || link.localPort),
  server: (link) => link.server ?? '',
};

/** Options that ask for what every tunnel has: the lines that they stand for. */
const ALIKE: Readonly<Record<string, string>> = {
  client: 'tls-client',
  tls_client: 'tls-client',
  server: 'tls-server',
  tls_server: 'tls-server',
  proto: 'proto udp4',
  up_delay: 'up-delay',
};

function tunnelOf(config: Config): string[] {
  const { role, bond, openvpn } = config;
  const [link] = config.links;
  if (link === undefined) throw new Error('no link');
  const identity = { certificate: '/c', key: '/k' };
  const place = { role, link, localAddress: null, mark: null, identity, series: 206 };
  const { deviceType, mtu, peerFingerprint } = bond;
  const input = { ...place, deviceType, mtu, peerFingerprint, options: openvpn.options };
  return render(input).split('\n');
}

/** Whether the option does what it says. */
function takesEffect(config: Config, section: UciSection, name: string, value: string): boolean {
  const { type } = section;
  if (type === 'interface') return BOND[name]?.(config) === value;
  if (type === 'link') {
    const link = config.links.find((one) => one.name === section.name);
    return link !== undefined && LINK[name]?.(link) === value;
  }
  if (name === 'dev_type') return config.bond.deviceType === value;
  const plain = name.replaceAll('_', '-');
  const lines = tunnelOf(config);
  return (
    lines.includes(ALIKE[name] ?? `${plain} ${value}`) || (value === '1' && lines.includes(plain))
  );
}

describe.each<[Role, string]>([
  ['router', 'openvpn'],
  ['server', 'openvpn-server'],
])("the HOWTO's sample on a %s", (role, type) => {
  const { package: pkg, lineOf: line, repeated } = parseWithLines(text(role));
  const { config, problems } = load(pkg, line, repeated);
  const read = pkg.sections.filter((one) => ['interface', 'link', type].includes(one.type));
  const options = read.flatMap((section) =>
    Object.entries(section.options).map(([name, value]) => ({ section, name, value })),
  );

  it('can be used: no errors, both links', () => {
    expect(config?.links.map(({ name }) => name)).toEqual(['link0', 'link1']);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it.each(options.map(({ section, name, value }) => [section.type, section.name, name, value]))(
    '%s %s: %s %s takes effect or is explained',
    (_, sectionName, name, value) => {
      const section = read.find((one) => one.name === sectionName);
      if (config === null || section === undefined) throw new Error('no configuration');
      const subject =
        type === section.type ? `section '${type}'` : `${section.type} '${section.name}'`;
      const explained = problems.filter(
        (found) =>
          found.subject === subject &&
          (found.text.includes(`'${name}' is`) || new RegExp(`: .*\\b${name}\\b`).test(found.text)),
      );
      const works = takesEffect(config, section, String(name), String(value));
      expect(works || explained.length > 0, 'neither done nor explained').toBe(true);
      if (!works) expect(explained[0]?.fix.length).toBeGreaterThan(8);
    },
  );

  it('says that replay_window stands there twice, and takes the last', () => {
    expect(problems.map((found) => found.text).join('\n')).toContain(
      "'replay_window' is given several times; the last, '256 60', is used",
    );
    expect(config?.openvpn.options.map(lineOf)).toContain('replay-window 256 60');
  });

  it('leaves nothing doubtful that this series of OpenVPN is known to refuse', () => {
    if (config === null) throw new Error('no configuration');
    const lines = doubtfulLines(config, '2.6.14').join('\n');
    expect(lines).not.toMatch(/key-method|comp-lzo|ns-cert-type|fast-io|up-delay/);
    expect(lines).toContain('tls-auth /etc/openvpn/ta.key');
  });
});

it('the server listens where the router calls, whatever its local port, on all addresses', () => {
  const changed = text('server').replace("option remote_port '1195'", "option remote_port '2195'");
  const { package: pkg } = parseWithLines(changed);
  const { config } = load(pkg);
  expect(config?.links.map((link) => [link.interface, link.localPort])).toEqual([
    [null, 1194],
    [null, 2195],
  ]);
});
