import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { watchdogRim } from '../../../backend/src/daemon/scripts.ts';
import { findHook, hookPath, runHook } from '../../../backend/src/effects/hooks.ts';
import { askAll } from '../../../backend/src/effects/probe.ts';
import { runScript } from '../../../backend/src/effects/run.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
const path = () => hookPath(folder.path, 'up');

/** Runs the up hook; the log it left beside what is wrong. */
async function up(env: Record<string, string> = {}, limit?: number) {
  const lines: string[] = [];
  const found = await runHook(path(), env, (line) => void lines.push(line), limit);
  return { lines, found };
}

describe('a hook', () => {
  it('that is not there is no news', async () => {
    expect(await up()).toEqual({ lines: [], found: null });
    mkdirSync(path());
    expect(await up()).toEqual({ lines: [], found: null });
    expect(findHook(folder.path, 'up')).toBeNull();
  });

  it('is run with its environment, its output line by line in the log', async () => {
    script(path(), 'echo "$BONDING_EVENT on $BONDING_BOND, $# words"', 'printf "last" >&2');
    const { lines, found } = await up({ BONDING_EVENT: 'up', BONDING_BOND: 'bond0' });
    expect(found).toBeNull();
    expect(lines).toEqual([path(), 'bonding-up.sh: up on bond0, 0 words', 'bonding-up.sh: last']);
    expect(findHook(folder.path, 'up')).toBe(path());
  });

  it('that is not executable is a problem that says how to mend it', async () => {
    script(path(), 'echo no');
    chmodSync(path(), 0o644);
    const { lines, found } = await up();
    expect(lines).toEqual([]);
    expect(found?.code).toBe('hook-not-executable');
    expect(found?.fix).toContain(`chmod +x ${path()}`);
  });

  it('that fails is a problem with its exit code', async () => {
    script(path(), 'exit 3');
    expect((await up()).found?.text).toContain('exit code 3');
  });

  it('without a first line is run by sh, as the HOWTO’s were', async () => {
    writeFileSync(path(), 'echo "hello $0"\n');
    chmodSync(path(), 0o755);
    expect((await up()).lines.at(-1)).toBe(`bonding-up.sh: hello ${path()}`);
  });

  it('that hangs is killed with all it has started', async () => {
    script(path(), 'echo begun', `(sleep 2; touch ${folder.at('late')}) &`, 'sleep 60');
    const begin = performance.now();
    const { lines, found } = await up({}, 400);
    expect(performance.now() - begin).toBeLessThan(1_900);
    expect(lines).toContain('bonding-up.sh: begun');
    expect(found?.text).toContain('took longer than 0.4 s and was killed');
    await sleep(2_200);
    expect(existsSync(folder.at('late'))).toBe(false);
  });

  it('may leave something running, and is not waited for then', async () => {
    script(path(), `(sleep 1; touch ${folder.at('late')}) &`);
    const begin = performance.now();
    expect((await up()).found).toBeNull();
    expect(performance.now() - begin).toBeLessThan(900);
    await sleep(1_200);
    expect(existsSync(folder.at('late'))).toBe(true);
  });

  it('that prints without end does not fill the log', async () => {
    script(path(), 'head -c 2000000 /dev/zero | tr "\\0" "x"', 'seq 1 5000', 'printf "a\\033[1m"');
    const { lines } = await up();
    expect(lines.length).toBeLessThanOrEqual(101);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1_100);
    expect(lines.join('')).not.toContain('\x1b');
  });
});

describe('the watchdog’s action', () => {
  const rim = (lines: string[] = []) =>
    watchdogRim(folder.path, (line, severity = 'info') => void lines.push(`${severity} ${line}`));

  it('is run as it is, its end and its last lines are told', async () => {
    script(folder.at('act'), 'for i in 1 2 3 4 5; do echo "$i $1"; done', 'exit 7');
    const lines: string[] = [];
    expect(await rim(lines).act([folder.at('act'), 'a b; c'], {})).toBe(
      'exit code 7; 3 a b; c; 4 a b; c; 5 a b; c',
    );
    expect(lines.at(-1)).toBe('warning watchdog_action: exit code 7');
    script(folder.at('act'), 'exit 0');
    expect(await rim(lines).act([folder.at('act')], {})).toBeNull();
    expect(lines.at(-1)).toBe('info watchdog_action: exit code 0');
    expect(await rim().act([folder.at('nothing')], {})).toBe('program not found');
  });

  it('lives in a process group of its own: what ends us leaves it alone', async () => {
    script(folder.at('act'), `ps -o pgid= -p $$ > ${folder.at('group')}; echo $$`);
    const lines: string[] = [];
    await runScript([folder.at('act')], { env: {}, limit: 5_000, onLine: (l) => lines.push(l) });
    expect(readFileSync(folder.at('group'), 'utf8').trim()).toBe(lines[0]);
  });

  it('what is remembered is there for the next daemon, and gone when taken back', () => {
    const memory = { rung: 2, pause: 60_000, due: 5 };
    rim().remember(memory);
    expect(rim().recall()).toEqual(memory);
    writeFileSync(folder.at('watchdog.json'), '{"rung":');
    expect(rim().recall()).toBeNull();
    rim().remember(null);
    rim().remember(null);
    expect(rim().recall()).toBeNull();
  });
});

describe('asking', () => {
  it('is one address after the other until one answers, with words any ping takes', async () => {
    script(
      folder.at('ping'),
      `echo "$*" >> ${folder.at('asked')}`,
      'case "$*" in *.2) exit 0;; esac; exit 1',
    );
    programsIn(folder.path);
    expect(await askAll(['192.0.2.1', '192.0.2.2', '192.0.2.3'], 'bond0', 3)).toEqual({ ok: true });
    expect(readFileSync(folder.at('asked'), 'utf8').trim().split('\n')).toEqual([
      '-q -c 1 -W 3 -I bond0 192.0.2.1',
      '-q -c 1 -W 3 -I bond0 192.0.2.2',
    ]);
    expect(await askAll(['192.0.2.1'], 'bond0', 1)).toEqual({ ok: false });
  });

  it.skipIf(process.getuid?.() !== 0)('the real ping answers for ourselves', async () => {
    expect(await askAll(['127.0.0.1'], 'lo', 1)).toEqual({ ok: true });
    expect(await askAll(['127.0.0.1'], 'nosuch0', 1)).toEqual({ ok: false });
  });
});
