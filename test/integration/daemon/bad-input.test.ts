import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { shipped } from './bundle.ts';

const FINGERPRINT = Array(32).fill('AB').join(':');
const BOND = `config interface 'bond'
	option ipaddr '10.0.0.2'
	option peer_fingerprint '${FINGERPRINT}'
`;
const NOBODY = 65_534;
const CASES = resolve(import.meta.dirname, '../../cases/plan');

const program = shipped();

/** The program as it ships, with a time limit. */
function bonding(argv: string[], more: { uid?: number; input?: string } = {}) {
  const user = more.uid === undefined ? {} : { uid: more.uid, gid: more.uid };
  return spawnSync(process.execPath, [program.bundle, ...argv], {
    cwd: program.folder,
    encoding: 'utf8',
    timeout: 10_000,
    env: { PATH: process.env.PATH ?? '' },
    input: more.input ?? '',
    ...user,
  });
}

/** `bonding check` of a text. */
function check(text: string): SpawnSyncReturns<string> {
  writeFileSync(join(program.folder, 'config'), text);
  return bonding(['check', '--config', join(program.folder, 'config')]);
}

/** A link with these options over good ones. */
function link(index: number, options: Record<string, string | null> = {}): string {
  const all: Record<string, string | null> = {
    interface: `wan${index}`,
    server: '198.51.100.1',
    ...options,
  };
  const lines = Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `\toption ${name} '${value}'\n`);
  return `\nconfig link 'link${index}'\n${lines.join('')}`;
}

describe('bonding check', () => {
  it('finds nothing wrong with a good file', () => {
    expect(check(BOND + link(0) + link(1))).toMatchObject({
      status: 0,
      stdout: 'the configuration is good\n',
      stderr: '',
    });
  });

  it.each<[string, string, number, RegExp]>([
    [
      'broken UCI, by line and column',
      `${BOND}${link(0)}\toption server 'no end\n`,
      1,
      /error: file \S+\/config: line 8, column \d+: .*Fix: mend that line/,
    ],
    [
      'an option before any section',
      `option x '1'\n${BOND}`,
      1,
      /error: file \S+: line 1, column \d+: /,
    ],
    [
      'an unknown option, and the one that is meant',
      BOND + link(0, { servr: 'x' }),
      0,
      /warning: link 'link0': .*unknown option 'servr' is ignored; did you mean 'server'\?.* Fix: /,
    ],
    [
      'a link without WAN',
      BOND + link(0, { interface: null }) + link(1),
      1,
      /error: link 'link0': .*no option 'interface' .*; link skipped \(line 5\)\. Fix: set option 'interface'/,
    ],
    [
      'a tunnel name that is taken',
      BOND + link(0, { tunnel: 'tap7' }) + link(1, { tunnel: 'tap7' }),
      1,
      /error: link 'link1': .*option 'tunnel' is tap7, which link 'link0' has already; link skipped/,
    ],
    [
      'the bond’s own name for a tunnel',
      BOND + link(0, { tunnel: 'bond0' }),
      1,
      /error: link 'link0': .*option 'tunnel' is bond0, which the bond has already/,
    ],
    [
      'a port that is taken',
      BOND + link(0) + link(1, { remote_port: '1194' }),
      1,
      /error: link 'link1': .*option 'remote_port' is 1194, which link 'link0' has already/,
    ],
    [
      'a port out of range',
      BOND + link(0, { remote_port: '65536' }) + link(1),
      1,
      /error: link 'link0': .*option 'remote_port' is '65536', not .*link skipped/,
    ],
    [
      'an address that is not in the netmask',
      BOND.replace(
        '\n',
        "\n\toption netmask '255.255.255.0'\n\toption remote_ipaddr '10.9.0.1'\n",
      ) + link(0),
      1,
      /error: interface 'bond': .*'remote_ipaddr' is '10\.9\.0\.1', no host of 10\.0\.0\.0\/24; nothing is started/,
    ],
    ['no bond', link(0), 1, /error: configuration: there is no section config interface 'bond'/],
    [
      'nobody to trust',
      BOND.replace(/\toption peer_fingerprint.*\n/, '') + link(0),
      1,
      /error: interface 'bond': no option 'peer_fingerprint'.*Fix: on the router: bonding join/,
    ],
    [
      'a ninth link',
      BOND + Array.from({ length: 9 }, (_, i) => link(i)).join(''),
      1,
      /error: link 'link8': .*a bond has at most 8 links; link skipped/,
    ],
  ])('%s', (_, text, code, message) => {
    const result = check(text);
    expect(result.stdout).toMatch(message);
    expect(result.status).toBe(code);
    expect(result.stderr).toBe('');
    // one thing is wrong, so one thing is said, and the count
    expect(result.stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
  });

  it('names the line of an option', () => {
    expect(check(BOND + link(0, { servr: 'x' })).stdout).toMatch(/\bline 8\b/);
  });

  it('keeps the eight links that fit, and the link that is right', () => {
    writeFileSync(
      join(program.folder, 'config'),
      BOND + Array.from({ length: 9 }, (_, i) => link(i)).join(''),
    );
    const facts = join(program.folder, 'facts.json');
    copyFileSync(join(CASES, 'router-two-lines/facts.json'), facts);
    const argv = ['plan', '--config', join(program.folder, 'config'), '--facts', facts];
    const { stdout, status } = bonding(argv);
    expect(status).toBe(0);
    expect(stdout.match(/^ip tuntap add /gm)).toHaveLength(8);
  });

  it.each([
    ['nonsense', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) >> 3))],
    ['zeros', Buffer.alloc(4096)],
    ['a megabyte', Buffer.alloc(1024 * 1024, 'x')],
    ['ten thousand sections', Buffer.from("config link\n\toption a 'b'\n".repeat(10_000))],
  ])('%s: says what is wrong in a screenful, quickly', (_, bytes) => {
    writeFileSync(join(program.folder, 'config'), bytes);
    const result = bonding(['check', '--config', join(program.folder, 'config')]);
    expect(result.status).toBe(1);
    expect(result.stdout).toMatch(/^error: /);
    expect(result.stdout.length).toBeLessThan(64 * 1024);
    expect(result.stderr).toBe('');
  });

  it('a file that is not there, a folder, one that may not be read', () => {
    const none = bonding(['check', '--config', join(program.folder, 'none')]);
    expect(none.status).toBe(1);
    expect(none.stdout).toContain(`the file ${join(program.folder, 'none')} does not exist`);
    expect(bonding(['check', '--config', program.folder]).stdout).toContain('cannot be read');
    if (process.getuid?.() !== 0) return;
    writeFileSync(join(program.folder, 'private'), BOND, { mode: 0o600 });
    const refused = bonding(['check', '--config', join(program.folder, 'private')], {
      uid: NOBODY,
    });
    expect(refused.status).toBe(1);
    expect(refused.stdout).toMatch(/cannot be read \(EACCES.*Fix: run as root/);
  });
});

describe('bonding plan', () => {
  const files = (name: string) => ['--config', `${name}.uci`, '--facts', `${name}.json`];

  beforeAll(() => {
    copyFileSync(join(CASES, 'router-two-lines/config.uci'), join(program.folder, 'two.uci'));
    copyFileSync(join(CASES, 'router-two-lines/facts.json'), join(program.folder, 'two.json'));
  });

  it.skipIf(process.getuid?.() !== 0)('needs no privileges, and touches nothing', () => {
    const result = bonding(['plan', ...files('two')], { uid: NOBODY });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/^ip link add bond0 /);
    expect(result.stdout).toContain("openvpn --config link1.conf   # tunnel of link 'link1'");
    const stop = bonding(['plan', 'stop', ...files('two')], { uid: NOBODY });
    expect(stop).toMatchObject({ status: 0, stdout: '# nothing to do\n' });
  });

  it.skipIf(process.getuid?.() !== 0)('also where the key folder is shut to others', () => {
    const keyFolder = join(program.folder, 'shut');
    mkdirSync(keyFolder, { mode: 0o700 });
    writeFileSync(join(keyFolder, 'bonding-preup.sh'), '#!/bin/sh\n', { mode: 0o700 });
    const argv = ['plan', ...files('two'), '--key-folder', keyFolder];
    expect(bonding(argv).stdout).toContain('bonding-preup.sh');
    const result = bonding(argv, { uid: NOBODY });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/^ip link add bond0 /);
  });

  it.skipIf(process.getuid?.() !== 0)('d_start and d_stop: this machine, no privileges', () => {
    const runFolder = join(program.folder, 'none', 'run');
    const argv = ['--config', 'two.uci', '--run-folder', runFolder, '--ubus', 'none.sock'];
    const start = bonding(['d_start', ...argv], { uid: NOBODY });
    expect(start).toMatchObject({ status: 0, stderr: '' });
    expect(start.stdout).toMatch(/^ip link add bond0 /m);
    expect(start.stdout).toContain("WAN 'wan' cannot be used: there is no such interface");
    const stop = bonding(['d_stop', ...argv], { uid: NOBODY });
    expect(stop).toMatchObject({ status: 0, stdout: '# nothing to do\n' });
    expect(existsSync(runFolder)).toBe(false);
  });

  it('reads facts from standard input', () => {
    const input = JSON.stringify({ tunnels: [], abilities: { tun: true, bonding: true } });
    const result = bonding(['plan', '--config', 'two.uci', '--facts', '-'], { input });
    expect(result.status).toBe(0);
    expect(result.stdout).toContain("WAN 'wan' cannot be used: there is no such interface");
  });

  it.each(['{', '{}', '[]', 'null'])('says that %s are no facts, without a stack', (input) => {
    const result = bonding(['plan', '--config', 'two.uci', '--facts', '-'], { input });
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/^bonding: facts from -: \S.*\n$/);
    expect(result.stdout).toBe('');
  });

  it('says what is wrong with the configuration, and plans what is left of it', () => {
    writeFileSync(join(program.folder, 'half.uci'), BOND + link(0, { interface: null }) + link(1));
    const argv = ['plan', '--config', 'half.uci', '--facts', 'two.json'];
    const result = bonding(argv);
    expect(result.status).toBe(0);
    expect(result.stderr).toContain("error: link 'link0'");
    expect(result.stdout).toContain('ip tuntap add dev tap1');
    expect(result.stdout).not.toContain('tap0');
  });
});

describe('bonding without a daemon', () => {
  it.each([[['status']], [['status', '--json']], [['stop']], [['events']], [['link', 'a', 'up']]])(
    '%j: exit code 1, and how to start it',
    (argv) => {
      const result = bonding([...argv, '--ubus', join(program.folder, 'none.sock')]);
      expect(result.status).toBe(1);
      expect(result.stdout).toBe('');
      expect(result.stderr).toContain(`nobody answers at ${join(program.folder, 'none.sock')}`);
      expect(result.stderr).toContain('(/etc/init.d/bonding start)');
    },
  );

  it('a command that is none: exit code 2, without a stack', () => {
    for (const argv of [['nonsense'], ['constructor'], ['status', '--nonsense']]) {
      const result = bonding(argv);
      expect(result.status).toBe(2);
      expect(result.stderr).toMatch(/^bonding: .*see: bonding help\n$/s);
      expect(result.stderr).not.toContain('    at ');
    }
  });
});
