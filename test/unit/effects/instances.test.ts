import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  findInstance,
  instanceOf,
  isInstanceName,
  listInstances,
  openInstance,
  refuseTwin,
} from '../../../backend/src/effects/instances.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

/** The folder of an instance; null: without a number. */
function make(name: string, number: string | null): void {
  mkdirSync(folder.at('etc/bonding', name), { recursive: true });
  if (number !== null) writeFileSync(folder.at('etc/bonding', name, 'number'), number);
}

describe('the instances of a machine', () => {
  it('are none where there is no folder', () => {
    expect(listInstances(folder.path)).toEqual([]);
    expect(findInstance('home', folder.path)).toBeNull();
  });

  it('have their things in folders of their own', () => {
    expect(instanceOf('home', 2)).toEqual({
      name: 'home',
      number: 2,
      folder: '/etc/bonding/home',
      configPath: '/etc/bonding/home/config',
      keyFolder: '/etc/bonding/home',
      runFolder: '/run/bonding/home',
      ubusPath: '/run/bonding/home/ubus.sock',
      pagePort: 8472,
    });
  });

  it('are listed by number; what is none is left out', () => {
    make('office', '0\n');
    make('home', '1');
    make('attic', '1');
    make('broken', 'x');
    make('empty', null);
    make('Capital', '3');
    // The keys of a daemon without instances are in the same folder.
    writeFileSync(folder.at('etc/bonding/bonding.key'), 'a key');
    const names = listInstances(folder.path).map(({ name, number }) => `${name} ${number}`);
    expect(names).toEqual(['office 0', 'attic 1', 'home 1']);
    expect(findInstance('home', folder.path)).toEqual(instanceOf('home', 1, folder.path));
    expect(findInstance('broken', folder.path)).toBeNull();
  });

  it.each(['home', 'a', '7', 'a-b', 'x'.repeat(32)])('may be called %j', (name) => {
    expect(isInstanceName(name)).toBe(true);
  });

  it.each(['', '-a', 'A', 'a b', 'a/b', '..', '.', 'ä', 'a\n', 'x'.repeat(33)])(
    'may not be called %j',
    (name) => {
      expect(isInstanceName(name)).toBe(false);
      expect(findInstance(name, folder.path)).toBeNull();
      expect(() => openInstance(name, folder.path)).toThrow("is no router's name");
    },
  );

  it('that are missing are said, with those that there are', () => {
    expect(() => openInstance('home', folder.path)).toThrow(
      "there is no router 'home' here (there is none); make it with: bonding server init",
    );
    make('office', '0');
    expect(() => openInstance('home', folder.path)).toThrow('(there is: office)');
  });

  it.each([null, '', '8', '-1', '1.5', '01', 'one', '1 2'])(
    'with the number %j are not opened',
    (n) => {
      make('home', n);
      const file = folder.at('etc/bonding/home/number');
      expect(() => openInstance('home', folder.path)).toThrow(`${file} has no number from 0 to 7`);
    },
  );
});

describe('two of one number', () => {
  let running: ChildProcess | null = null;

  afterEach(async () => {
    if (running === null || running.exitCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
    running = null;
  });

  /** A process with these words on its command line; its pid goes into `file`. */
  async function runs(words: string[], file: string): Promise<void> {
    running = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', ...words], {
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    await once(running, 'spawn');
    mkdirSync(folder.at(file, '..'), { recursive: true });
    writeFileSync(folder.at(file), `${running.pid}\n`);
  }

  const asked = (name: string | null, number: number): string => {
    try {
      refuseTwin(name, number, folder.path);
      return 'alone';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('are no trouble while one runs', async () => {
    make('home', '1');
    make('copy', '1');
    make('office', '0');
    expect(asked('copy', 1)).toBe('alone');
    await runs(['bonding.cjs', 'daemon'], 'run/bonding/office/daemon');
    expect(asked('copy', 1)).toBe('alone');
    expect(asked('office', 0)).toBe('alone');
  });

  it('do not run side by side: the second names the first', async () => {
    make('home', '1');
    make('copy', '1');
    await runs(['bonding.cjs', 'daemon'], 'run/bonding/home/daemon');
    await expect.poll(() => asked('copy', 1)).toContain("number 1 is taken: router 'home'");
    expect(asked('copy', 1)).toContain(folder.at('etc/bonding/copy/number'));
    expect(asked('home', 1)).toBe('alone');
  });

  it('nor beside the tunnels that a killed one has left', async () => {
    make('home', '1');
    make('copy', '1');
    const conf = folder.at('run/bonding/home/link0.conf');
    await runs(['--', '--config', conf], 'run/bonding/home/link0.pid');
    expect(asked('copy', 1)).toBe('alone');
    writeFileSync(conf, 'dev tap0\n');
    await expect.poll(() => asked('copy', 1)).toContain("router 'home'");
  });

  it('number 0 is also that of the daemon without instances', async () => {
    make('home', '0');
    await runs(['bonding.cjs', 'daemon'], 'var/run/bonding/daemon');
    await expect.poll(() => asked('home', 0)).toContain('the daemon of /etc/config/bonding');
    expect(asked('home', 1)).toBe('alone');
    expect(asked(null, 0)).toBe('alone');
    mkdirSync(folder.at('run/bonding/home'), { recursive: true });
    writeFileSync(folder.at('run/bonding/home/daemon'), `${running?.pid}\n`);
    expect(asked(null, 0)).toContain("router 'home'");
  });
});
