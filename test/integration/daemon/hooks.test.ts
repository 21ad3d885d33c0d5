import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { script } from '../../fakes/folder.ts';
import { shipped } from './bundle.ts';
import { type End, newEnd, until } from './end.ts';

const CONFIG = `config interface 'bond'
	option ipaddr '10.11.0.2'
	option peer_fingerprint '${Array(32).fill('AB').join(':')}'

config link 'link0'
	option interface 'wan0'
	option server '198.51.100.1'
`;

/** These tests make network namespaces. */
const asRoot = it.skipIf(process.getuid?.() !== 0);

const program = shipped();
let end: End;

beforeEach(() => {
  if (process.getuid?.() !== 0) return;
  end = newEnd(program.bundle);
  end.configure(CONFIG);
  mkdirSync(end.at('keys'), { mode: 0o700 });
  for (const event of ['preup', 'up', 'predown', 'down']) hook(event);
});

afterEach(async () => {
  if (process.getuid?.() === 0) await end.dispose();
});

/** Writes a script that notes that it ran; `more` is run after that. */
function hook(event: string, ...more: string[]): void {
  const line = `echo "$BONDING_EVENT $BONDING_REASON [$BONDING_LINKS_UP]" >> ${end.at('ran')}`;
  script(end.at('keys', `bonding-${event}.sh`), line, ...more);
}

const ran = (): string[] =>
  existsSync(end.at('ran')) ? readFileSync(end.at('ran'), 'utf8').trimEnd().split('\n') : [];
const isUp = (shown: { links: { up: boolean }[] }): boolean => shown.links.every(({ up }) => up);
const hasRun = (count: number) =>
  until(
    async () => ran().length >= count,
    () => `only ${ran().join()} ran`,
  );

describe('the user’s scripts', () => {
  asRoot('run around a start and around the end of the daemon, which waits for them', async () => {
    hook('down', 'sleep 1', `echo late >> ${end.at('ran')}`);
    const daemon = end.start();
    await end.statusWhen(isUp);
    await hasRun(2);
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    expect(ran()).toEqual([
      'preup start []',
      'up start [link0]',
      'predown shutdown [link0]',
      'down shutdown []',
      'late',
    ]);
    const lines = daemon.log().split('\n');
    const [preup, first] = [/bonding-preup\.sh$/, /^ip (link|tuntap) add/].map((pattern) =>
      lines.findIndex((line) => pattern.test(line)),
    );
    expect(preup).toBeGreaterThanOrEqual(0);
    expect(first).toBeGreaterThan(preup ?? 0);
  });

  asRoot('do not run when the next daemon adopts what runs, but when that ends', async () => {
    const first = end.start();
    await end.statusWhen(isUp);
    await hasRun(2);
    first.signal('SIGKILL');
    await first.ended();
    const second = end.start();
    await end.statusWhen(isUp);
    await sleep(1_500);
    expect(ran()).toHaveLength(2);
    second.signal('SIGTERM');
    await second.ended();
    expect(ran().slice(2)).toEqual(['predown shutdown [link0]', 'down shutdown []']);
  });

  asRoot('that fail or cannot be run are shown; the links come up all the same', async () => {
    hook('preup', 'echo "no disk" >&2', 'exit 3');
    chmodSync(end.at('keys', 'bonding-up.sh'), 0o644);
    const daemon = end.start();
    const shown = await end.statusWhen(
      (now) => isUp(now) && now.problems.filter(({ code }) => code.startsWith('hook-')).length > 1,
    );
    const texts = shown.problems.map(({ text }) => text).join('\n');
    expect(texts).toContain('bonding-preup.sh failed: exit code 3');
    expect(texts).toContain('bonding-up.sh is not executable');
    expect(daemon.log()).toContain('bonding-preup.sh: no disk');
  });

  asRoot('are among the commands of a dry run', () => {
    const words = ['plan', 'start', '--config', end.at('config'), '--key-folder', end.at('keys')];
    const folders = ['--run-folder', end.at('run'), '--ubus', end.at('ubus.sock')];
    const argv = [program.bundle, ...words, ...folders];
    const { stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    const lines = stdout.split('\n').filter((line) => line.includes('.sh'));
    expect(lines).toEqual(['preup', 'up'].map((event) => end.at('keys', `bonding-${event}.sh`)));
    expect(ran()).toEqual([]);
  });
});
