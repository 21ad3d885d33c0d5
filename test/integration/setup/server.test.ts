import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeCode } from '../../../backend/src/join/code.ts';
import { script } from '../../fakes/folder.ts';
import { makePackages, ROOT, scratch } from '../../unit/package/make.ts';
import { shipped } from '../daemon/bundle.ts';

const program = shipped();
const packed = scratch();
const installer = join(packed, 'bonding-server.run');
let root = '';

beforeAll(() => {
  const { status, stderr } = makePackages(['--dist', join(ROOT, 'dist'), '--out', packed]);
  expect(status, stderr).toBe(0);
}, 60_000);

/** A machine that has nothing of ours. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bonding-root-'));
  for (const path of ['etc', 'etc/sysctl.d', 'usr', 'usr/bin', 'usr/lib', 'run'])
    mkdirSync(join(root, path));
  chmodSync(join(root, 'usr/lib'), 0o711);
  writeFileSync(join(root, 'etc/sysctl.d/10-theirs.conf'), 'kernel.sysrq = 0\n');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

function run(argv: readonly string[], env: Record<string, string> = {}): Ran {
  const [file = '', ...args] = argv;
  const { status, stdout, stderr } = spawnSync(file, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

function bonding(...words: string[]): Ran {
  return run([process.execPath, program.bundle, ...words, '--root', root]);
}

function install(...words: string[]): Ran {
  return run(['sh', installer, '--root', root, ...words]);
}

const INIT = ['server', 'init', '--name', 'home', '--public', '203.0.113.5', '--links', '2'];

/** Everything below the root: kind, mode, path, digest of the contents. */
function tree(): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const path = join(root, name);
      const found = lstatSync(path);
      return `${found.mode.toString(8)} ${name} ${found.isFile() ? digest(path) : ''}`;
    })
    .sort();
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12);
}

describe('a server', () => {
  test('is installed, has a router, and is as before after each way back', () => {
    const bare = tree();
    expect(install()).toMatchObject({ status: 0, stderr: '' });
    const withProgram = tree();
    expect(withProgram).not.toEqual(bare);

    const made = bonding(...INIT, '--lan', '192.168.1.0/24', '--json');
    expect(made).toMatchObject({ status: 0, stderr: '' });
    const { code } = JSON.parse(made.stdout) as { code: string };
    const decoded = decodeCode(code);
    expect(decoded).toMatchObject({ ok: true, code: { host: '203.0.113.5', port: 1194 } });
    const print = bonding('keys', '--name', 'home').stdout.trim();
    expect(decoded.ok && decoded.code.kind === 'online' && decoded.code.fingerprint).toBe(print);
    expect(bonding('server', 'list').stdout).toMatch(
      /home +0 +bond0 +1194 1195 +stopped +no, code until/,
    );

    const again = bonding('server', 'code', '--json');
    expect(again.status).toBe(0);
    expect(again.stdout).not.toContain(code);
    expect(bonding('server', 'remove', '--name', 'home', '--yes').status).toBe(0);
    expect(tree()).toEqual(withProgram);
    expect(install('--uninstall', '--yes').status).toBe(0);
    expect(tree()).toEqual(bare);
  });

  test('an uninstall takes the routers, too', () => {
    const bare = tree();
    install();
    bonding(...INIT);
    bonding('server', 'init', '--name', 'office', '--public', 'vps.example', '--links', '1');
    expect(bonding('server', 'list').stdout).toMatch(/office +1 +bond1 +1202 /);
    expect(bonding('server', 'uninstall', '--yes').status).toBe(0);
    expect(tree()).toEqual(bare);
  });

  test('an uninstall takes keys of no router, unless a daemon without an instance has them', () => {
    const bare = tree();
    install();
    expect(bonding('keys', 'show')).toMatchObject({ status: 1, stdout: '' });
    bonding('keys');
    bonding('keys', 'rotate');
    expect(bonding('server', 'uninstall', '--yes').status).toBe(0);
    expect(tree()).toEqual(bare);

    mkdirSync(join(root, 'etc/config'));
    writeFileSync(join(root, 'etc/config/bonding'), '');
    const print = bonding('keys').stdout;
    bonding('server', 'uninstall', '--yes');
    expect(bonding('keys').stdout).toBe(print);
  });

  test('--keep-keys leaves the keys, and the next installation finds them', () => {
    install();
    bonding(...INIT);
    const print = bonding('keys', '--name', 'home').stdout;
    expect(install('--uninstall', '--keep-keys', '--yes').status).toBe(0);
    expect(tree().filter((line) => / (usr|etc\/sysctl.d)\/.*bonding/.test(line))).toEqual([]);
    expect(install().stdout).toContain('kept from an earlier installation: home');
    expect(bonding('keys', '--name', 'home').stdout).toBe(print);
    expect(tree().some((line) => line.includes('90-bonding.conf'))).toBe(true);
  });

  test('an update keeps keys and routers, and takes files away that it no longer has', () => {
    install();
    bonding(...INIT);
    const path = join(root, 'usr/lib/bonding/installed.json');
    const old = JSON.parse(readFileSync(path, 'utf8')) as { version: string; files: object[] };
    old.version = '0.0.9';
    old.files.push({ path: '/usr/share/bonding/page/old.js', mode: 0o644, sha256: '' });
    writeFileSync(path, JSON.stringify(old));
    writeFileSync(join(root, 'usr/share/bonding/page/old.js'), '');
    writeFileSync(join(root, 'usr/lib/bonding/bonding.cjs'), 'old');
    const keys = tree().filter((line) => line.includes(' etc/bonding'));
    expect(install().stdout).toContain('in place of 0.0.9. Keys and routers are as they were.');
    expect(tree().filter((line) => line.includes(' etc/bonding'))).toEqual(keys);
    expect(tree().some((line) => line.includes('old.js '))).toBe(false);
    expect(readFileSync(join(root, 'usr/lib/bonding/bonding.cjs'), 'utf8')).not.toBe('old');
  });

  test('the program that was installed runs by its own name', () => {
    install();
    const path = join(root, 'usr/lib/bonding/bonding.cjs');
    const listed = run([process.execPath, path, 'server', 'list', '--root', root]);
    expect(listed).toMatchObject({ status: 0, stdout: expect.stringContaining('no router yet') });
  });
});

describe('--plan', () => {
  test.each([
    ['an installation', () => install('--plan')],
    ['an installation with packages', () => install('--plan', '--packages')],
    ['init', () => bonding(...INIT, '--plan')],
  ])('of %s changes nothing and says what would be', (_, look) => {
    const bare = tree();
    const { status, stdout } = look();
    expect(status).toBe(0);
    expect(stdout).toMatch(/^(mkdir|apt-get)/);
    expect(tree()).toEqual(bare);
  });

  test('shows no secret, and the removals change nothing', () => {
    expect(bonding(...INIT, '--plan').stdout).not.toMatch(/BEGIN|bonding1_/);
    install();
    bonding(...INIT);
    const full = tree();
    for (const words of [['remove', '--name', 'home'], ['uninstall']]) {
      const { status, stdout } = bonding('server', ...words, '--plan');
      expect(status).toBe(0);
      expect(stdout).toContain('rm -r /etc/bonding/home');
    }
    expect(install('--uninstall', '--plan').stdout).toContain('rm -r /usr/bin/bonding');
    expect(tree()).toEqual(full);
  });
});

describe('what goes wrong changes nothing', () => {
  test('a second router of the same name', () => {
    bonding(...INIT);
    const full = tree();
    const { status, stderr } = bonding(...INIT);
    expect(status).toBe(1);
    expect(stderr).toContain('bonding server code --name home');
    expect(tree()).toEqual(full);
  });

  test('init that fails half way leaves nothing', () => {
    // The folders and keys can be made; then a folder stands where a file has to be.
    mkdirSync(join(root, 'etc/sysctl.d/90-bonding.conf.making'), { mode: 0o755 });
    writeFileSync(join(root, 'etc/sysctl.d/90-bonding.conf.making/x'), '');
    const bare = tree();
    const { status, stderr } = bonding(...INIT);
    expect(status).toBe(1);
    expect(stderr).toContain('/etc/sysctl.d/90-bonding.conf');
    expect(stderr).toContain('nothing has been changed');
    expect(tree()).toEqual(bare);
  });

  test('an installation that fails half way leaves nothing', () => {
    mkdirSync(join(root, 'usr/bin/bonding'));
    const bare = tree();
    expect(install().status).not.toBe(0);
    expect(tree()).toEqual(bare);
  });

  test('a removal without a yes', () => {
    bonding(...INIT);
    const full = tree();
    const { status, stderr } = bonding('server', 'remove', '--name', 'home');
    expect(status).toBe(1);
    expect(stderr).toContain('--yes');
    expect(bonding('server', 'remove', '--name', 'nobody', '--yes').status).toBe(1);
    expect(bonding('server', 'remove', '--yes').stderr).toContain('--name');
    expect(bonding('server', 'nonsense').status).toBe(2);
    expect(tree()).toEqual(full);
  });

  test('half an installer, and a changed one', () => {
    const bare = tree();
    const bytes = readFileSync(installer);
    const broken = join(packed, 'broken.run');
    const last = bytes.length - 100;
    const changed = Buffer.from(bytes);
    changed[last] = (changed[last] ?? 0) ^ 1;
    for (const wrong of [bytes.subarray(0, last), changed]) {
      writeFileSync(broken, wrong);
      expect(run(['sh', broken, '--root', root])).toMatchObject({
        status: 1,
        stderr: 'bonding-server.run: this file is damaged or not whole; fetch it again\n',
      });
    }
    expect(tree()).toEqual(bare);
  });
});

describe('the installer', () => {
  test('two runs make the same bytes', () => {
    const other = join(packed, 'other');
    const made = makePackages(['--dist', join(ROOT, 'dist'), '--out', other], {
      umask: '077',
      env: { TZ: 'Asia/Tokyo' },
    });
    expect(made.status, made.stderr).toBe(0);
    expect(readFileSync(join(other, 'bonding-server.run')).equals(readFileSync(installer))).toBe(
      true,
    );
  }, 60_000);

  test.each([['dash'], ['busybox', 'sh'], ['bash']])('runs in %s %s', (...shell) => {
    const there = run(['sh', '-c', 'command -v "$0"', shell[0] ?? '']).status === 0;
    if (!there) return;
    const argv = [...shell, installer, '--root', root];
    expect(run([...shell, '-n', join(ROOT, 'server-package/installer.sh')]).status).toBe(0);
    expect(run(argv)).toMatchObject({ status: 0, stderr: '' });
    expect(run([...argv, '--uninstall', '--yes']).status).toBe(0);
  });

  test.each([
    ['v12.22.9', 'Node v12.22.9 is too old, 18 or later is needed. Ubuntu 22.04 brings 12'],
    ['nonsense', "node --version says 'nonsense'"],
  ])('says what to do with node %s', (version, text) => {
    const bin = join(packed, `bin-${version}`);
    mkdirSync(bin, { recursive: true });
    script(join(bin, 'node'), `echo ${version}`);
    const env = { PATH: `${bin}${delimiter}${process.env.PATH}` };
    const { status, stderr } = run(['sh', installer, '--root', root], env);
    expect(status).toBe(1);
    expect(stderr).toContain(text);
  });

  test('names packages that are missing, and installs only those, when asked', () => {
    const bin = join(packed, 'bin-apt');
    mkdirSync(bin, { recursive: true });
    script(join(bin, 'dpkg-query'), '[ "$4" = nftables ] && exit 1', 'printf installed');
    script(join(bin, 'apt-get'), `echo "$@" >> ${join(packed, 'apt')}`);
    const env = { PATH: `${bin}${delimiter}${process.env.PATH}` };
    const plan = run(['sh', installer, '--root', root, '--plan', '--packages'], env);
    expect(plan.stdout).toContain('apt-get install -y --no-install-recommends nftables\n');
    run(['sh', installer, '--root', root], env);
    expect(() => readFileSync(join(packed, 'apt'))).toThrow();
    expect(run(['sh', installer, '--root', root, '--packages'], env).status).toBe(0);
    expect(readFileSync(join(packed, 'apt'), 'utf8')).toBe(
      'install -y --no-install-recommends nftables\n',
    );
  });

  test('refuses what makes no sense, and has a help', () => {
    expect(install('--keep-keys').stderr).toContain('--uninstall');
    expect(install('--nonsense').stderr).toContain('--help');
    expect(run(['sh', installer, '--root', join(root, 'none')]).stderr).toContain('not a folder');
    expect(run(['sh', installer, '--help']).stdout).toContain('--packages');
    const piped = spawnSync('sh', ['-s', '--', '--plan'], { input: readFileSync(installer) });
    expect(piped.status).not.toBe(0);
    expect(piped.stderr.toString()).toContain('as a file first');
  });
});

describe('keys', () => {
  test('a change of keys, as the user does it', () => {
    bonding(...INIT);
    const before = bonding('keys', '--name', 'home').stdout.trim();
    const shown = bonding('keys', 'rotate');
    expect(shown.stdout).toContain('uci add_list bonding.bond.peer_fingerprint=');
    expect(bonding('keys').stdout.trim()).toBe(before);
    const { prepared } = JSON.parse(bonding('keys', 'show', '--json').stdout) as {
      prepared: { fingerprint: string };
    };
    expect(shown.stdout).toContain(prepared.fingerprint);
    const done = bonding('keys', 'rotate', '--finish');
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout).toContain('A join code from before does not work any more');
    expect(bonding('keys').stdout.trim()).toBe(prepared.fingerprint);
    expect(bonding('keys', 'show').stdout).toContain(`before: ${before}`);
    expect(bonding('keys', 'rotate', '--finish')).toMatchObject({ status: 1 });
    expect(bonding('keys', 'rotate', '--cancel')).toMatchObject({ status: 1 });
    expect(bonding('keys', 'nonsense')).toMatchObject({ status: 2 });
  });
});
