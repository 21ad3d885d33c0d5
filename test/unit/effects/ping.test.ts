import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { follow } from '../../../backend/src/effects/follow.ts';
import { openPings, type Ping } from '../../../backend/src/effects/ping.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
const TARGET = { source: '10.1.0.2', server: '198.51.100.1', period: 2 };
const COMMAND = 'ping -n -i 2 -s 16 -I 10.1.0.2 198.51.100.1';

let lines: string[];
let ended: number;

beforeEach(() => {
  lines = [];
  ended = 0;
  programsIn(folder.path);
});

/** A `ping` that shows how it was called, and lives until it is killed. */
function living(): void {
  script(folder.at('ping'), 'echo "$0 $*"', 'exec sleep 1000');
}
const start = (): Ping =>
  openPings(folder.path).start(
    TARGET,
    (line) => void lines.push(line),
    () => {
      ended += 1;
    },
  );
const noted = (): string => readFileSync(folder.at('pings'), 'utf8');
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/cmdline`);

describe('a ping', () => {
  it('is called with words that both dialects know, written down, and ended by its pid', async () => {
    living();
    const ping = start();
    await vi.waitFor(() => expect(lines).toEqual([`${folder.at('ping')} ${COMMAND.slice(5)}`]));
    const pid = Number(noted().split(' ')[0]);
    expect(noted()).toBe(`${pid} ${COMMAND}\n`);
    expect(isAlive(pid)).toBe(true);
    ping.end();
    expect(existsSync(folder.at('pings'))).toBe(false);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
    expect(ended).toBe(0);
  });

  it('that ends by itself says so, once, and is forgotten', async () => {
    script(folder.at('ping'), 'echo one', 'exit 1');
    start();
    await vi.waitFor(() => expect(ended).toBe(1));
    expect(lines).toEqual(['one']);
    expect(existsSync(folder.at('pings'))).toBe(false);
  });
});

describe('a program that is followed', () => {
  it('and is not there has ended, and has no pid', async () => {
    const over = vi.fn();
    const { pid } = follow(['bonding-no-such-program'], () => {}, over);
    await vi.waitFor(() => expect(over).toHaveBeenCalled());
    expect(pid).toBeNull();
    expect(over.mock.calls).toEqual([['spawn bonding-no-such-program ENOENT']]);
  });
});

describe('the lines of a program', () => {
  it('are whole, however they come, and one without an end is none', async () => {
    const print = ['printf "a\\n\\nb \\303"', 'sleep 0.2', 'printf "\\251 c\\nd\\nhalf"'];
    script(folder.at('prints'), ...print);
    const over = vi.fn();
    follow(['prints'], (line) => void lines.push(line), over);
    await vi.waitFor(() => expect(over).toHaveBeenCalledWith('exit code 0'));
    expect(lines).toEqual(['a', '', 'b é c', 'd']);
  });
});

describe('what a killed daemon has left behind', () => {
  it('is ended at the next start', async () => {
    // No script: a kernel shows the shell of one, and we look for `ping` itself.
    const left = spawn('sleep', ['1000'], { argv0: 'ping', stdio: 'ignore' });
    const gone = new Promise((resolve) => left.once('exit', (_, signal) => resolve(signal)));
    writeFileSync(folder.at('pings'), `${left.pid} ping 1000\n`);
    openPings(folder.path);
    expect(await gone).toBe('SIGTERM');
    expect(existsSync(folder.at('pings'))).toBe(false);
  });

  it.each([
    ['another program that has its pid now', `${process.pid} ${COMMAND}\n`],
    ['nobody', `4194305 ${COMMAND}\n`],
    ['no pid', `-1 ${COMMAND}\nnonsense\n\n${process.pid} \n`],
  ])('is not %s', (_, text) => {
    writeFileSync(folder.at('pings'), text);
    openPings(folder.path);
    expect(existsSync(folder.at('pings'))).toBe(false);
  });
});
