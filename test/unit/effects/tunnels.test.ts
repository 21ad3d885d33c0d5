import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTunnelFolder, type TunnelFolder } from '../../../backend/src/effects/tunnels.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
const others: ChildProcess[] = [];
let tunnels: TunnelFolder;

/** Stays until SIGTERM, as OpenVPN does, and says what it was called with. */
const WILLING = ['echo "$@"', 'trap "echo goodbye; exit 0" TERM', 'while :; do sleep 0.05; done'];
/** Does not end by SIGTERM. */
const STUBBORN = ['trap "" TERM', 'while :; do sleep 0.05; done'];

beforeEach(() => {
  programsIn(folder.path);
  script(folder.at('openvpn'), ...WILLING);
  tunnels = openTunnelFolder(folder.at('run'), 300);
});

afterEach(() => {
  for (const { pid } of tunnels.list()) process.kill(pid, 'SIGKILL');
  for (const child of others.splice(0)) child.kill('SIGKILL');
});

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 3_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited 3 s in vain');
    await sleep(10);
  }
}

/** Starts the stand-in and waits until it listens to signals. */
async function start(link: string, config = `conf of ${link}\n`): Promise<number> {
  await tunnels.start(link, config);
  const found = tunnels.list().find((tunnel) => tunnel.link === link);
  if (found === undefined) throw new Error(`tunnel ${link} does not run`);
  await sleep(100);
  return found.pid;
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const files = () => readdirSync(tunnels.path).sort();
const isRunning = (pid: number) => existsSync(`/proc/${pid}/exe`);

describe('the run folder', () => {
  it('is made with its parents, for root alone', () => {
    const { path } = openTunnelFolder(folder.at('a', 'b'));
    expect(modeOf(path)).toBe('700');
    expect(() => openTunnelFolder(path)).not.toThrow();
  });

  it('says what to do when it cannot be made', () => {
    writeFileSync(folder.at('file'), '');
    expect(() => openTunnelFolder(folder.at('file', 'run'))).toThrow(/run folder .*--run-folder/);
  });
});

describe('starting a tunnel', () => {
  it('writes configuration, pid and log for root alone, and nothing else', async () => {
    const pid = await start('link0');
    expect(files()).toEqual(['link0.conf', 'link0.log', 'link0.pid']);
    expect(files().map((name) => modeOf(`${tunnels.path}/${name}`))).toEqual(['600', '600', '600']);
    expect(readFileSync(`${tunnels.path}/link0.conf`, 'utf8')).toBe('conf of link0\n');
    expect(readFileSync(`${tunnels.path}/link0.pid`, 'utf8')).toBe(`${pid}\n`);
    expect(tunnels.logOf('link0')).toBe(`${tunnels.path}/link0.log`);
    await until(() => readFileSync(tunnels.logOf('link0'), 'utf8').includes('--config'));
    expect(readFileSync(tunnels.logOf('link0'), 'utf8')).toBe(
      `--machine-readable-output --config ${tunnels.path}/link0.conf\n`,
    );
  });

  it('begins a new log, in a file of its own', async () => {
    await start('link0');
    await tunnels.stop('link0', tunnels.list()[0]?.pid ?? 0);
    writeFileSync(tunnels.logOf('link0'), 'an older one\n');
    const older = statSync(tunnels.logOf('link0')).ino;
    await start('link0');
    const { ino } = statSync(tunnels.logOf('link0'));
    expect(ino).not.toBe(older);
    expect(readFileSync(tunnels.logOf('link0'), 'utf8')).not.toContain('an older one');
  });

  it('has its output appended, so that the log can be cut while it runs', async () => {
    const pid = await start('link0');
    await until(() => readFileSync(tunnels.logOf('link0'), 'utf8') !== '');
    writeFileSync(tunnels.logOf('link0'), '');
    process.kill(pid, 'SIGTERM');
    await until(() => !isRunning(pid));
    expect(readFileSync(tunnels.logOf('link0'), 'utf8')).toBe('goodbye\n');
  });

  it('ends one with the same configuration whose pid was never written down', async () => {
    const stray = await start('link0');
    rmSync(`${tunnels.path}/link0.pid`);
    expect(tunnels.list()).toEqual([]);
    const pid = await start('link0');
    await until(() => !isRunning(stray));
    expect(tunnels.list().map((tunnel) => tunnel.pid)).toEqual([pid]);
  });

  it('runs in a session of its own, with no ear for the terminal', async () => {
    const pid = await start('link0');
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    expect(Number(stat[3])).toBe(pid);
  });

  it('rejects when the run folder is gone', async () => {
    rmSync(tunnels.path, { recursive: true });
    await expect(tunnels.start('link0', 'conf\n')).rejects.toThrow(/ENOENT.*run/);
    mkdirSync(tunnels.path);
  });
});

describe('the list', () => {
  it('has the tunnels that run, with their configurations', async () => {
    const pids = [await start('link0'), await start('link1', 'other\n')];
    expect(tunnels.list().sort((a, b) => a.link.localeCompare(b.link))).toEqual([
      { link: 'link0', pid: pids[0], config: 'conf of link0\n' },
      { link: 'link1', pid: pids[1], config: 'other\n' },
    ]);
    // the next daemon finds the same
    expect(openTunnelFolder(tunnels.path).list()).toHaveLength(2);
  });

  it('has none that ended, though their files are there', async () => {
    const pid = await start('link0');
    process.kill(pid, 'SIGKILL');
    await until(() => tunnels.list().length === 0);
    expect(files()).toContain('link0.pid');
    expect(tunnels.isAlive({ link: 'link0', pid, config: '' })).toBe(false);
  });

  it('has no other program that was given the same pid', async () => {
    const other = spawn('sleep', ['60']);
    others.push(other);
    const pid = other.pid ?? 0;
    writeFileSync(`${tunnels.path}/link0.conf`, 'conf\n');
    writeFileSync(`${tunnels.path}/link0.pid`, `${pid}\n`);
    expect(tunnels.list()).toEqual([]);
    await tunnels.stop('link0', pid);
    expect(isRunning(pid)).toBe(true);
    expect(files()).toEqual([]);
  });

  it('has no tunnel of another link whose name begins alike', async () => {
    const pid = await start('link0');
    writeFileSync(`${tunnels.path}/link.conf`, 'conf\n');
    writeFileSync(`${tunnels.path}/link.pid`, `${pid}\n`);
    expect(tunnels.list().map(({ link }) => link)).toEqual(['link0']);
  });

  it.each(['', 'x', '0', '-1', '1', '1.5', '99999999999999999999'])(
    'takes the pid file %j for no tunnel',
    (text) => {
      writeFileSync(`${tunnels.path}/link0.conf`, 'conf\n');
      writeFileSync(`${tunnels.path}/link0.pid`, text);
      expect(tunnels.list()).toEqual([]);
    },
  );
});

describe('stopping a tunnel', () => {
  it('lets it say goodbye, and takes its files away', async () => {
    const pid = await start('link0');
    await start('link1');
    await tunnels.stop('link0', pid);
    expect(isRunning(pid)).toBe(false);
    expect(files()).toEqual(['link1.conf', 'link1.log', 'link1.pid']);
  });

  it('kills one that does not end, and resolves only when it is gone', async () => {
    script(folder.at('openvpn'), ...STUBBORN);
    const pid = await start('link0');
    const begin = performance.now();
    await tunnels.stop('link0', pid);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(300);
    expect(isRunning(pid)).toBe(false);
    expect(files()).toEqual([]);
  });

  it('is fine with one that has ended by itself', async () => {
    const pid = await start('link0');
    process.kill(pid, 'SIGKILL');
    await until(() => !isRunning(pid));
    await tunnels.stop('link0', pid);
    expect(files()).toEqual([]);
  });
});
