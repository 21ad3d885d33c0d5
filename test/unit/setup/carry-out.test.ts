import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { carryOut, carryOutAll } from '../../../backend/src/setup/carry-out.ts';
import { printSteps, type Step } from '../../../backend/src/setup/steps.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
let said: string[];

beforeEach(() => {
  said = [];
});

const log = (line: string): void => void said.push(line);

/** On this machine itself, below the test's folder. */
function here(steps: readonly Step[]): ReturnType<typeof carryOut> {
  return carryOut(steps, { root: '', log });
}

/** All that is below the test's folder, with modes and texts. */
function tree(path = folder.path): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const mode = (statSync(file).mode & 0o7777).toString(8);
      return `${mode} ${file} ${entry.isFile() ? readFileSync(file, 'utf8') : ''}`;
    })
    .sort();
}

/** Files and folders that are there before: all that is below the folder then. */
function filled(): string[] {
  mkdirSync(folder.at('kept'));
  chmodSync(folder.at('kept'), 0o750);
  writeFileSync(folder.at('kept/a'), 'a');
  chmodSync(folder.at('kept/a'), 0o640);
  mkdirSync(folder.at('empty'));
  return tree();
}

function everything(): Step[] {
  return [
    { kind: 'folder', path: folder.at('made'), mode: 0o700 },
    { kind: 'file', path: folder.at('made/b'), mode: 0o600, text: 'b\n' },
    { kind: 'folder', path: folder.at('kept'), mode: 0o711 },
    { kind: 'file', path: folder.at('kept/a'), mode: 0o600, text: 'new\n' },
    { kind: 'copy', path: folder.at('made/c'), mode: 0o755, from: import.meta.filename },
    { kind: 'remove', path: folder.at('kept/a') },
    { kind: 'remove-empty', path: folder.at('kept') },
    { kind: 'remove-empty', path: folder.at('empty') },
    { kind: 'remove', path: folder.at('nothing') },
    { kind: 'remove-empty', path: folder.at('made') },
  ];
}

describe('steps', () => {
  it('are carried out, with the modes that they name under any umask', async () => {
    filled();
    const mask = process.umask(0o077);
    try {
      await carryOutAll(everything(), { root: '', log });
    } finally {
      process.umask(mask);
    }
    expect(tree().map((line) => line.replaceAll(folder.path, '').split(' ', 2).join(' '))).toEqual([
      '600 /made/b',
      '700 /made',
      '755 /made/c',
    ]);
    expect(said).toEqual([]);
  });

  it('are all taken back, also after the last', async () => {
    const was = filled();
    const carried = await here(everything());
    expect(tree()).not.toEqual(was);
    await carried.undo();
    expect(tree()).toEqual(was);
    expect(said).toEqual([]);
  });

  it.each([
    ['a program that fails', { kind: 'run', argv: ['false'], why: '', must: true }],
    [
      'a program that is not there',
      { kind: 'run', argv: ['no-such-program'], why: '', must: true },
    ],
    ['a folder that is not there', { kind: 'file', path: '/no/such/x', mode: 0o600, text: '' }],
    [
      'a setting that is not there',
      { kind: 'kernel', path: '/proc/sys/none', text: '1', before: '0' },
    ],
    ['a source that is not there', { kind: 'copy', path: '/tmp', mode: 0o600, from: '/no/such' }],
  ] as [string, Step][])('%s: nothing is left of those before', async (_, bad) => {
    const was = filled();
    await expect(here([...everything(), bad])).rejects.toThrow(/; nothing has been changed$/);
    expect(tree()).toEqual(was);
  });

  it('an emptied folder and those around it go at the end, but not what somebody has filled meanwhile', async () => {
    mkdirSync(folder.at('outer/inner'), { recursive: true });
    mkdirSync(folder.at('busy'));
    writeFileSync(folder.at('outer/inner/a'), 'a');
    const carried = await here([
      { kind: 'remove', path: folder.at('outer/inner/a') },
      { kind: 'remove-empty', path: folder.at('outer/inner') },
      { kind: 'remove-empty', path: folder.at('outer') },
      { kind: 'remove-empty', path: folder.at('busy') },
    ]);
    // Nothing of them has moved: a folder on a lower layer of an overlay cannot (EXDEV).
    expect(existsSync(folder.at('outer/inner'))).toBe(true);
    writeFileSync(folder.at('busy/b'), 'b');
    carried.keep();
    expect(readdirSync(folder.path)).toEqual(['busy']);
  });

  it('a program that need not work is told of, and the rest goes on', async () => {
    await here([
      { kind: 'run', argv: ['false'], why: '', must: false },
      { kind: 'file', path: folder.at('x'), mode: 0o600, text: 'x' },
    ]);
    expect(said).toEqual(['false: exit code 1']);
    expect(existsSync(folder.at('x'))).toBe(true);
  });

  it('a program that failed half way is taken back too, in reverse order', async () => {
    const note = (word: string): string[] => ['sh', '-c', `echo ${word} >> ${folder.at('log')}`];
    const run = (word: string): Step => ({
      ...{ kind: 'run', argv: note(word), why: '', must: true, undo: note(`un${word}`) },
    });
    const bad: Step = { kind: 'run', argv: ['false'], why: '', must: true, undo: note('unbad') };
    await expect(here([run('one'), run('two'), bad])).rejects.toThrow('false');
    expect(readFileSync(folder.at('log'), 'utf8')).toBe('one\ntwo\nunbad\nuntwo\nunone\n');
  });

  it('Ctrl-C between two steps takes back what was done', async () => {
    const was = filled();
    const interrupt: Step = {
      kind: 'run',
      argv: ['sh', '-c', `kill -INT ${process.pid}; sleep 0.2`],
      why: '',
      must: true,
    };
    await expect(here([...everything(), interrupt])).rejects.toThrow('interrupted');
    expect(tree()).toEqual(was);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('below a root nothing of this machine is touched', async () => {
    const root = folder.path;
    await carryOutAll(
      [
        { kind: 'folder', path: '/etc', mode: 0o755 },
        { kind: 'run', argv: ['touch', folder.at('ran')], why: '', must: true },
        { kind: 'kernel', path: folder.at('etc/kernel'), text: '1', before: '0' },
        { kind: 'end', pid: process.pid, seconds: 1, why: '' },
      ],
      { root, log },
    );
    expect(tree().map((line) => line.replace(root, ''))).toEqual(['755 /etc ']);
  });

  it('end a daemon and wait for it', async () => {
    const { spawn } = await import('node:child_process');
    const child = spawn('sh', [
      '-c',
      'trap "sleep 0.3; exit 0" TERM; while :; do sleep 0.05; done; : daemon',
    ]);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const pid = child.pid ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 100));
    await here([{ kind: 'end', pid, seconds: 5, why: '' }]);
    await ended;
    // One that has ended already is no error.
    await here([{ kind: 'end', pid, seconds: 1, why: '' }]);
  });
});

it('steps are shown as a person would type them, secrets not at all', () => {
  const steps: Step[] = [
    { kind: 'folder', path: '/etc/bonding', mode: 0o700 },
    { kind: 'file', path: '/etc/bonding/key', mode: 0o600, text: 'SECRET', secret: true },
    { kind: 'file', path: '/etc/x', mode: 0o644, text: 'one\ntwo\n' },
    { kind: 'run', argv: ['systemctl', 'daemon-reload'], why: 'read the unit', must: true },
    { kind: 'kernel', path: '/proc/sys/x', text: '1', before: '0' },
    { kind: 'remove', path: '/etc/y' },
  ];
  expect(printSteps(steps)).toBe(`mkdir -m 0700 /etc/bonding
write /etc/bonding/key (0600), not shown
write /etc/x (0644):
    one
    two
systemctl daemon-reload  # read the unit
echo 1 > /proc/sys/x (now 0)
rm -r /etc/y
`);
});
