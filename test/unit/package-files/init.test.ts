import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../backend/src/cli/commands.ts';
import { lockFolder } from '../../../backend/src/effects/lock.ts';
import { FILES, SHELLS } from './files.ts';

/**
 * What rc.common of OpenWrt 24.10 does with an init script that uses procd, each call of a function of
 * procd.sh printed; any other that the script calls is unknown to the shell, which says so on stderr.
 */
const RC_COMMON = `
initscript=$1
action=$2
shift 2
say() { printf '%s' "$1"; shift; for word in "$@"; do printf ' <%s>' "$word"; done; printf '\\n'; }
ALL_COMMANDS='start stop restart reload status boot shutdown'
extra_command() { ALL_COMMANDS="$ALL_COMMANDS $1"; [ -n "$2" ] || say 'no help'; }
. "$initscript"
PROG=$FAKE_PROG
LOCK=$FAKE_LOCK
procd_open_instance() { say procd_open_instance "$@"; }
procd_set_param() { say procd_set_param "$@"; }
procd_close_instance() { say procd_close_instance "$@"; }
procd_send_signal() { say procd_send_signal "$@"; }
procd_add_reload_trigger() { say procd_add_reload_trigger "$@"; }
procd_kill() { say procd_kill "$@"; }
start() { start_service "$@" && service_triggers; }
stop() { procd_kill bonding "$1"; service_stopped; }
restart() { stop "$@"; start "$@"; }
boot() { start "$@"; }
shutdown() { stop; }
reload() { reload_service "$@"; }
status() { status_service "$@"; }
case "$action" in
	_numbers) say numbers "$USE_PROCD" "$START" "$STOP" $ALL_COMMANDS ;;
	*) "$action" "$@" ;;
esac
`;

let folder = '';
let children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonding-init-'));
  writeFileSync(join(folder, 'rc.common'), RC_COMMON);
  const program = '#!/bin/sh\nfor word in "$@"; do echo "word $word"; done\nexit 4\n';
  writeFileSync(join(folder, 'bonding'), program, { mode: 0o755 });
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(folder, { recursive: true, force: true });
});

const LOCK_NAME = 'daemon';
const SCRIPT = join(FILES, 'etc/init.d/bonding');

function argvOf(shell: readonly string[], words: string[]): string[] {
  return [...shell.slice(1), join(folder, 'rc.common'), SCRIPT, ...words];
}

function environment(): NodeJS.ProcessEnv {
  const own = { FAKE_PROG: join(folder, 'bonding'), FAKE_LOCK: join(folder, LOCK_NAME) };
  return { PATH: process.env.PATH, ...own };
}

describe.each(SHELLS.map((shell) => ({ shell })))('init.d/bonding in $shell', ({ shell }) => {
  function run(...words: string[]): { lines: string[]; status: number | null } {
    const argv = argvOf(shell, words);
    const options = { env: environment(), encoding: 'utf8' } as const;
    const { stdout, stderr, status } = spawnSync(shell[0], argv, options);
    expect(stderr).toBe('');
    return { lines: stdout.split('\n').slice(0, -1), status };
  }

  it('is run by procd, starts late, stops early, and has the commands of the HOWTO', () => {
    const { lines } = run('_numbers');
    const first = 'start> <stop> <restart> <reload> <status> <boot> <shutdown';
    expect(lines).toEqual([`numbers <1> <95> <10> <${first}> <d_start> <d_stop> <test>`]);
  });

  it('starts the daemon, for ever, and hears of changes of the file', () => {
    expect(run('start').lines).toEqual([
      'procd_open_instance',
      `procd_set_param <command> <${join(folder, 'bonding')}> <daemon>`,
      'procd_set_param <respawn> <3600> <5> <0>',
      'procd_set_param <file> </usr/lib/bonding/bonding.cjs>',
      'procd_set_param <stdout> <1>',
      'procd_set_param <stderr> <1>',
      'procd_set_param <term_timeout> <75>',
      'procd_close_instance',
      'procd_add_reload_trigger <bonding>',
    ]);
  });

  it('reloads by the signal that the daemon reloads at, and nothing goes down', () => {
    expect(run('reload').lines).toEqual(['procd_send_signal <bonding> <*> <HUP>']);
  });

  it.each([
    ['status', ['--json'], ['status', '--json']],
    ['d_start', [], ['plan', 'start']],
    ['d_stop', ['--json'], ['plan', 'stop', '--json']],
    ['test', ['dsl', '--seconds', '2', 'a b'], ['test', 'dsl', '--seconds', '2', 'a b']],
  ])('%s asks the program, and ends as it does', (command, given, asked) => {
    const { lines, status } = run(command, ...given);
    expect(lines).toEqual(asked.map((word) => `word ${word}`));
    expect(status).toBe(4);
    expect(Object.keys(COMMANDS)).toContain(asked[0]);
  });

  it('stop returns when the daemon has ended', async () => {
    const argv = ['-e', 'setTimeout(() => {}, 60_000)', 'bonding', 'daemon'];
    const daemon = spawn(process.execPath, argv);
    writeFileSync(join(folder, LOCK_NAME), `${daemon.pid}\n`);
    const stop = spawn(shell[0], argvOf(shell, ['stop']), { env: environment() });
    children = [daemon, stop];
    let ended = false;
    const stopped = once(stop, 'exit').then(([code]) => {
      ended = true;
      return code as number | null;
    });
    await once(stop.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(ended).toBe(false);
    daemon.kill('SIGKILL');
    expect(await stopped).toBe(0);
  });

  it.each([
    ['there is none', ''],
    ['one that is gone has left its number', '4194304\n'],
    ['its number is that of another program now', '1\n'],
  ])('stop returns at once where %s', (_, text) => {
    if (text !== '') writeFileSync(join(folder, LOCK_NAME), text);
    const began = performance.now();
    expect(run('stop')).toEqual({ lines: ['procd_kill <bonding> <>'], status: 0 });
    expect(performance.now() - began).toBeLessThan(900);
  });
});

it('looks for the daemon where the daemon writes itself down', () => {
  const lock = lockFolder(folder);
  expect(readdirSync(folder)).toContain(LOCK_NAME);
  expect(readFileSync(join(folder, LOCK_NAME), 'utf8')).toBe(`${process.pid}\n`);
  lock.release();
  expect(readFileSync(SCRIPT, 'utf8')).toContain(`\nLOCK=/var/run/bonding/${LOCK_NAME}\n`);
});
