import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type Loaded, load } from '../../../backend/src/config/load.ts';
import type { OptionSpec } from '../../../backend/src/config/option.ts';
import { OPENVPN_SECTION } from '../../../backend/src/config/schema.ts';
import type { Role } from '../../../backend/src/config/types.ts';
import { tryOptions } from '../../../backend/src/effects/try-options.ts';
import { lineOf } from '../../../backend/src/openvpn/probe.ts';
import { HOWTO_FLAGS, HOWTO_PARAMS } from '../../fakes/howto-names.ts';

/** Every option that the HOWTO passed on to OpenVPN: what is written for it, or what is said. */
const NAMES = [...HOWTO_FLAGS, ...HOWTO_PARAMS];

/** A good value for each option with a value that is passed on. */
const VALUES: Readonly<Record<string, string>> = {
  askpass: '/etc/openvpn/pass.txt',
  auth: 'SHA256',
  ca: '/etc/openvpn/ca.crt',
  cert: '/etc/openvpn/router.crt',
  connect_retry: '2 10',
  connect_timeout: '10',
  crl_verify: '/etc/openvpn/crl.pem',
  down: '/bin/true',
  engine: 'dynamic',
  hand_window: '30',
  ipchange: '/bin/true',
  keepalive: '5 30',
  key: '/etc/openvpn/router.key',
  mtu_disc: 'maybe',
  nice: '-20',
  ping: '3',
  ping_restart: '12',
  pkcs12: '/etc/openvpn/router.p12',
  rcvbuf: '212992',
  remote_cert_eku: '1.3.6.1.5.5.7.3.1',
  remote_cert_ku: 'a0',
  remote_cert_tls: 'server',
  reneg_bytes: '67108864',
  reneg_pkts: '100000',
  reneg_sec: '3600',
  replay_window: '256 60',
  resolv_retry: '30',
  route_up: '/bin/true',
  script_security: '2',
  setenv: 'PLACE home',
  shaper: '1000000',
  sndbuf: '212992',
  tls_auth: '/etc/openvpn/ta.key 1',
  tls_cipher: 'TLS-ECDHE-ECDSA-WITH-AES-256-GCM-SHA384',
  tls_timeout: '3',
  tls_verify: '/bin/true',
  tmp_dir: '/tmp',
  tran_window: '900',
  txqueuelen: '1000',
  up: '/bin/true',
  verb: '2',
};

/** Options that are only of use together with another. */
const WITH: Readonly<Record<string, Record<string, string>>> = {
  cert: { key: '/k' },
  key: { cert: '/c' },
};

function loadWith(
  options: Record<string, string | string[]>,
  role: Role = 'router',
  bond: Record<string, string> = {},
): Loaded {
  const type = role === 'router' ? 'openvpn' : 'openvpn-server';
  return load({
    sections: [
      {
        type: 'interface',
        name: 'bond',
        anonymous: false,
        options: { role, ipaddr: '10.0.0.2', ...bond },
      },
      {
        type: 'link',
        name: 'link0',
        anonymous: false,
        options: role === 'router' ? { interface: 'wan0', server: '192.0.2.1' } : {},
      },
      { type, name: 'cfg1', anonymous: true, options },
    ],
  });
}

function entryOf(name: string): OptionSpec {
  const entry = OPENVPN_SECTION.options.find((option) => option.name === name);
  if (entry === undefined) throw new Error(`no entry for ${name}`);
  return entry;
}

const goodValue = (name: string): string => VALUES[name] ?? '1';
const written = ({ config }: Loaded): string[] => config?.openvpn.options.map(lineOf) ?? [];
const kindOf = (name: string): string | undefined => entryOf(name).policy?.kind;
const passed = NAMES.filter((name) => kindOf(name) === 'pass');
const notWritten = NAMES.filter((name) => ['ours', 'gone'].includes(kindOf(name) ?? ''));

it('each name of the HOWTO is passed on, set by bonding, dropped, or dev_type', () => {
  expect(NAMES).toHaveLength(172);
  expect([...passed, ...notWritten, 'dev_type'].sort()).toEqual([...NAMES].sort());
  expect(passed.filter((name) => kindOf(name) === 'pass' && !(name in VALUES))).toEqual(
    HOWTO_FLAGS.filter((name) => passed.includes(name)),
  );
});

describe.each(passed)('%s is passed on', (name) => {
  const plain = name.replaceAll('_', '-');
  const flag = HOWTO_FLAGS.includes(name);

  it('in the spelling of OpenVPN, once, without complaint', () => {
    const loaded = loadWith({ ca: '/ca', [name]: goodValue(name), ...WITH[name] });
    const found = written(loaded).filter((line) => line.split(' ')[0] === plain);
    expect(found).toEqual([flag ? plain : `${plain} ${goodValue(name)}`]);
    expect(loaded.problems).toEqual([]);
  });
});

it.each(passed.filter((name) => HOWTO_FLAGS.includes(name)))(
  "%s is not written with '0', for which the HOWTO wrote it too",
  (name) => {
    const loaded = loadWith({ ca: '/ca', [name]: '0' });
    expect(written(loaded)).not.toContain(name.replaceAll('_', '-'));
    expect(loaded.problems).toEqual([]);
  },
);

describe.each(notWritten)('%s is not written', (name) => {
  it('and that is said, with what is done instead', () => {
    const plain = name.replaceAll('_', '-');
    const loaded = loadWith({ ca: '/ca', [name]: 'something else' });
    expect(written(loaded).filter((line) => line.split(' ')[0] === plain)).toEqual([]);
    expect(loaded.problems).toHaveLength(1);
    const [found] = loaded.problems;
    expect(found?.code).toBe(kindOf(name) === 'ours' ? 'option-ours' : 'option-gone');
    expect(found?.text).toContain(`option '${name}' is `);
    expect(found?.fix.length).toBeGreaterThan(10);
  });

  it("with '0' nothing is asked for, and nothing said", () => {
    expect(loadWith({ ca: '/ca', [name]: '0' }).problems).toEqual([]);
  });
});

describe('what OpenVPN on this machine says', () => {
  const said = spawnSync('openvpn', ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const version = /^OpenVPN (\S+)/.exec(said)?.[1];

  it.skipIf(version === undefined)('it takes every option that is passed on', async () => {
    const both = passed.filter((name) => !['ping', 'ping_restart', 'pkcs12'].includes(name));
    for (const names of [both, ['ping', 'ping_restart', 'pkcs12']]) {
      const options = Object.fromEntries(names.map((name) => [name, goodValue(name)]));
      const { config } = loadWith(options);
      if (config === null) throw new Error('no configuration');
      const trial = await tryOptions(config, version ?? '');
      for (const name of names.filter((one) => one !== 'remote_cert_tls')) {
        expect(trial.lines.join('\n')).toContain(name.replaceAll('_', '-'));
      }
      // An engine is a matter of how OpenVPN was built.
      expect(trial.refused.filter(({ line }) => !line.startsWith('engine'))).toEqual([]);
    }
  });
});

describe('options with a story', () => {
  it("up_delay '1' asks for the bare up-delay that every tunnel has", () => {
    expect(loadWith({ ca: '/ca', up_delay: '1' }).problems).toEqual([]);
    expect(loadWith({ ca: '/ca', up_delay: '2' }).problems[0]?.text).toContain('without a value');
  });

  it.each<[Role, string]>([
    ['router', 'remote-cert-tls server'],
    ['server', 'remote-cert-tls client'],
  ])('ns_cert_type: with an authority, a %s checks %s instead', (role, line) => {
    const loaded = loadWith({ ca: '/ca', ns_cert_type: 'server' }, role);
    expect(written(loaded)).toContain(line);
    expect(loaded.problems[0]?.text).toContain("by 'remote_cert_tls', which is on by itself");
  });

  it('fragment and mssfix: the MTU of the bond stands in for both', () => {
    const loaded = loadWith({ ca: '/ca', fragment: '1400', mssfix: '1' });
    expect(loaded.problems.map(({ code }) => code)).toEqual(['option-ours', 'option-ours']);
    expect(loaded.problems[0]?.text).toContain("option 'mtu' of section 'bond'");
  });

  it.each([
    ['comp_lzo', '1', 'compression leaks'],
    ['secret', '/etc/openvpn/static.key', '2.7 refuses static keys'],
    ['management', '/var/run/openvpn.sock unix', 'has no management socket'],
    ['key_method', '2', '2.5 and later do not start with it'],
    ['fast_io', '1', '2.7 ignores it'],
  ])('%s is dropped, with the reason', (name, value, why) => {
    expect(loadWith({ ca: '/ca', [name]: value }).problems[0]?.text).toContain(why);
  });

  it('a list is a line for each, where OpenVPN takes several', () => {
    const loaded = loadWith({ ca: '/ca', setenv: ['A1 x', 'B1 y'] });
    expect(written(loaded)).toEqual(expect.arrayContaining(['setenv A1 x', 'setenv B1 y']));
  });

  it('of a list where OpenVPN takes one the last is written, and that is said', () => {
    const loaded = loadWith({ ca: '/ca', tran_window: ['600', '900'] });
    expect(written(loaded)).toContain('tran-window 900');
    expect(loaded.problems.map(({ code }) => code)).toEqual(['option-many']);
  });

  it('several sections are read as one, the later ones win', () => {
    const base = loadWith({});
    expect(base.config).not.toBeNull();
    const sections = [
      {
        type: 'interface',
        name: 'bond',
        anonymous: false,
        options: { ipaddr: '10.0.0.2' },
      },
      { type: 'openvpn', name: 'a', anonymous: true, options: { ca: '/ca', verb: '2', nice: '1' } },
      { type: 'openvpn', name: 'b', anonymous: true, options: { verb: '4' } },
    ];
    const loaded = load({ sections });
    expect(written(loaded)).toEqual(expect.arrayContaining(['ca /ca', 'nice 1', 'verb 4']));
    expect(written(loaded)).not.toContain('verb 2');
  });
});

describe('list extra', () => {
  const extra = (...lines: string[]): Loaded => loadWith({ ca: '/ca', extra: lines });

  it('passes on what the table does not have', () => {
    expect(written(extra('tls-cert-profile preferred'))).toContain('tls-cert-profile preferred');
  });

  it('is the same as the option where the table has it: one line, its rules', () => {
    const loaded = extra('keepalive 5 30', '--tran-window 900', 'mlock');
    const lines = written(loaded).filter((line) => /^(keepalive|tran|mlock)/.test(line));
    expect(lines.sort()).toEqual(['keepalive 5 30', 'mlock', 'tran-window 900']);
    expect(loaded.problems).toEqual([]);
    expect(extra('persist-tun').problems[0]?.code).toBe('option-ours');
    expect(extra('verb 11').problems[0]?.code).toBe('option-default');
  });

  it('has the last word over the option', () => {
    const loaded = loadWith({ ca: '/ca', verb: '2', extra: ['verb 4'] });
    expect(written(loaded)).toContain('verb 4');
    expect(loaded.problems.map(({ code }) => code)).toEqual(['option-many']);
  });

  it.each([
    ...['setenv opt persist-tun', 'opt persist-tun', 'setenv  opt --persist-tun'],
    ...[
      '--setenv opt persist-tun',
      'setenv opt setenv opt persist-tun',
      'setenv "opt" persist-tun',
    ],
  ])('is not deceived by %s', (line) => {
    const loaded = extra(line);
    expect(written(loaded).join()).not.toContain('persist-tun');
    expect(loaded.problems[0]?.text).toContain("'persist_tun'");
  });

  it('nor by option setenv', () => {
    const loaded = loadWith({ ca: '/ca', setenv: ['A1 x', 'opt persist-tun'] });
    expect(written(loaded)).toContain('setenv A1 x');
    expect(written(loaded).join()).not.toContain('persist-tun');
  });

  it.each([
    ...['config /etc/shadow', 'cd /', 'daemon', 'version', 'help', 'show-ciphers', 'writepid /x'],
    ...[
      'genkey secret /x',
      'management-hold',
      'log /x',
      'mktun',
      'ifconfig-ipv6 a b',
      'bind-dev x',
    ],
  ])('refuses what acts at once or is not for a tunnel: %s', (line) => {
    const loaded = extra(line);
    expect(written(loaded).map((one) => one.split(' ')[0])).not.toContain(line.split(' ')[0]);
    expect(loaded.problems).toHaveLength(1);
  });
});
