import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../../../backend/src/effects/lock.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

describe('the lock of a run folder', () => {
  it('is taken, and taken back', () => {
    const lock = lockFolder(folder.at());
    expect(existsSync(folder.at('daemon'))).toBe(true);
    lock.release();
    expect(existsSync(folder.at('daemon'))).toBe(false);
  });

  it('keeps a second daemon away, with its pid and what to do', async () => {
    const words = ['-e', 'setInterval(() => {}, 1e6)', 'bonding.cjs', 'daemon'];
    const other = spawn(process.execPath, words, { stdio: 'ignore' });
    await once(other, 'spawn');
    writeFileSync(folder.at('daemon'), `${other.pid}\n`);
    await expect
      .poll(() => {
        try {
          lockFolder(folder.at());
          return 'taken';
        } catch (error) {
          return String(error);
        }
      })
      .toMatch(new RegExp(`pid ${other.pid}.*--run-folder`));
    const gone = once(other, 'exit');
    other.kill('SIGKILL');
    await gone;
    expect(() => lockFolder(folder.at())).not.toThrow();
  });

  it('is not held by a process that was given a dead daemon’s pid', () => {
    writeFileSync(folder.at('daemon'), '1\n');
    expect(() => lockFolder(folder.at())).not.toThrow();
    writeFileSync(folder.at('daemon'), `${process.ppid}\n`);
    expect(() => lockFolder(folder.at())).not.toThrow();
    writeFileSync(folder.at('daemon'), 'nonsense');
    expect(() => lockFolder(folder.at())).not.toThrow();
  });
});
