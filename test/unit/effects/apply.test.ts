import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { apply } from '../../../backend/src/effects/apply.ts';
import type { TunnelFolder } from '../../../backend/src/effects/tunnels.ts';
import type { Command } from '../../../backend/src/reconcile/commands.ts';
import { script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

/** What happened, in order. */
let done: string[];
let logged: string[];
let tunnels: TunnelFolder;

beforeEach(() => {
  done = [];
  logged = [];
  tunnels = {
    path: folder.path,
    list: () => [],
    logOf: (link) => link,
    isAlive: () => true,
    start: async (link, config) => {
      done.push(`start ${link} with ${config}`);
    },
    stop: async (link, pid) => {
      done.push(`stop ${link} ${pid}`);
      await sleep(20);
      done.push(`stopped ${link}`);
    },
  };
});

const go = (...commands: Command[]) =>
  apply(commands, { tunnels, log: (line) => logged.push(line) });
const write = (name: string): Command => ({ kind: 'write', path: folder.at(name), text: 'x' });
const stop = (link: string): Command => ({ kind: 'stop-tunnel', link, pid: 7 });
const start = (link: string): Command => ({ kind: 'start-tunnel', link, config: 'conf' });

/** A program `name` that prints `text` on stderr and fails; without text it works. */
function tool(name: string, text = ''): Command {
  script(folder.at(name), text === '' ? 'cat > "$1"' : `echo "${text}" >&2; exit 2`);
  return { kind: 'run', argv: [folder.at(name), folder.at(`${name}.out`)], stdin: 'text' };
}

/** The same under a bare name, as the plan has it. */
function bare(name: string, ...words: string[]): Command {
  return { kind: 'run', argv: [name, ...words], stdin: null };
}

describe('applying commands', () => {
  it('does each kind, in order', async () => {
    expect(await go(start('link0'), write('file'), tool('tool'), stop('link1'))).toEqual([]);
    expect(readFileSync(folder.at('file'), 'utf8')).toBe('x');
    expect(readFileSync(folder.at('tool.out'), 'utf8')).toBe('text');
    expect(done).toEqual(['start link0 with conf', 'stop link1 7', 'stopped link1']);
  });

  it('says each command before it does it', async () => {
    await go(stop('link1'), start('link0'));
    expect(logged).toEqual([
      "kill 7   # tunnel of link 'link1'",
      "openvpn --config link0.conf   # tunnel of link 'link0'",
    ]);
  });

  it('ends tunnels side by side, but does nothing else meanwhile', async () => {
    await go(stop('a'), stop('b'), start('c'), stop('d'));
    expect(done).toEqual([
      'stop a 7',
      'stop b 7',
      'stopped a',
      'stopped b',
      'start c with conf',
      'stop d 7',
      'stopped d',
    ]);
  });

  it('does the rest when one fails, and names what failed and why', async () => {
    const problems = await go(tool('bad', 'RTNETLINK answers: File exists'), start('link0'));
    expect(done).toEqual(['start link0 with conf']);
    expect(problems).toMatchObject([{ code: 'command-failed', severity: 'error' }]);
    expect(problems[0]?.text).toContain(folder.at('bad'));
    expect(problems[0]?.text).toContain('RTNETLINK answers: File exists');
  });

  it('has a problem for each that failed', async () => {
    const problems = await go(tool('one', 'oops'), tool('two', 'oh'), write('no/such/folder'));
    expect(problems.map(({ code }) => code)).toEqual(Array(3).fill('command-failed'));
  });

  it('names the program that is missing', async () => {
    const [found] = await go(bare('no-such-program', 'x'));
    expect(found?.text).toContain('`no-such-program x` failed: program not found');
  });

  it.each([
    'RTNETLINK answers: Operation not permitted',
    'Error: Permission denied',
    'connect: EPERM',
  ])('takes %j for a lack of permission, said once', async (text) => {
    const problems = await go(tool('one', text), tool('two', text), tool('three', 'Cannot find'));
    expect(problems).toMatchObject([{ code: 'no-permission', subject: 'system' }]);
    expect(problems[0]?.text).toBe(
      `\`${folder.at('one')} ${folder.at('one.out')}\` was refused: the daemon must run as root`,
    );
    expect(problems[0]?.fix).toContain('sudo');
  });

  it('names the module that is missing, and not what fails for want of it', async () => {
    const problems = await go(
      { kind: 'run', argv: ['modprobe', 'no_such_module', 'max_bonds=0'], stdin: null },
      tool('ip', 'Error: Unknown device type.'),
      start('link0'),
    );
    expect(problems).toMatchObject([{ code: 'module-missing' }]);
    expect(problems[0]?.text).toContain('no_such_module');
    expect(problems[0]?.fix).toContain('kmod-no_such_module');
    expect(done).toEqual(['start link0 with conf']);
  });
});
