import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOptions } from '../../../backend/src/cli/options.ts';
import { NODE_OPTIONS } from '../../lab/guest/ends.ts';
import { FILES, SHELLS } from './files.ts';

const SCRIPTS = ['etc/init.d/bonding', 'etc/uci-defaults/60-bonding', 'usr/bin/bonding'];
const OTHERS = ['etc/config/bonding', 'lib/upgrade/keep.d/bondingd'];

const hasShellcheck = (process.env.PATH ?? '')
  .split(delimiter)
  .some((folder) => statSync(join(folder, 'shellcheck'), { throwIfNoEntry: false })?.isFile());

it('there are these files, and each has its mode', () => {
  const found = readdirSync(FILES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(FILES.length + 1));
  expect(found.sort()).toEqual([...SCRIPTS, ...OTHERS].sort());
  const executable = found.filter((file) => (statSync(join(FILES, file)).mode & 0o111) === 0o111);
  expect(executable).toEqual(SCRIPTS);
});

describe.each(SCRIPTS)('%s', (script) => {
  it.each(SHELLS.map((shell) => ({ shell })))('is read by $shell', ({ shell }) => {
    const [program, ...words] = shell;
    const { status, stderr } = spawnSync(program, [...words, '-n', join(FILES, script)]);
    expect([status, String(stderr)]).toEqual([0, '']);
  });

  it('starts with the line that OpenWrt runs it by', () => {
    const [first] = readFileSync(join(FILES, script), 'utf8').split('\n');
    expect(first).toBe(script.includes('init.d') ? '#!/bin/sh /etc/rc.common' : '#!/bin/sh');
  });

  it.runIf(hasShellcheck)('has nothing that shellcheck finds', () => {
    // dash has the `local` of BusyBox and nothing else beyond POSIX.
    const { stdout } = spawnSync('shellcheck', ['-s', 'dash', join(FILES, script)]);
    expect(String(stdout)).toBe('');
  });
});

it('sysupgrade keeps the folder of our keys and hooks', () => {
  const kept = readFileSync(join(FILES, 'lib/upgrade/keep.d/bondingd'), 'utf8').split('\n');
  expect(kept).toEqual([`${readOptions({}, []).keyFolder}/`, '']);
});

describe('usr/bin/bonding', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bonding-bin-'));
    const node = '#!/bin/sh\nfor word in "$@"; do echo "$word"; done\nexit 3\n';
    writeFileSync(join(folder, 'node'), node, { mode: 0o755 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(shell: (typeof SHELLS)[number], given: string[], path: string) {
    const [program, ...words] = shell;
    const argv = [...words, join(FILES, 'usr/bin/bonding'), ...given];
    return spawnSync(program, argv, { env: { PATH: path }, encoding: 'utf8' });
  }

  it.each(SHELLS.map((shell) => ({ shell })))(
    'starts node as the lab does, in $shell',
    ({ shell }) => {
      const quiet = NODE_OPTIONS.filter((option) => option !== '--jitless');
      for (const [options, words] of [
        [NODE_OPTIONS, ['daemon', '--page', '8080']],
        [quiet, ['link', 'a b', '*', '']],
        [quiet, []],
      ] as const) {
        const { stdout, status } = run(shell, [...words], `${folder}:${process.env.PATH}`);
        const expected = [...options, '/usr/lib/bonding/bonding.cjs', ...words];
        expect(stdout.split('\n').slice(0, -1)).toEqual(expected);
        expect(status).toBe(3);
      }
    },
  );
});
