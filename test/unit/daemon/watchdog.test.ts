import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { openJournal } from '../../../backend/src/daemon/journal.ts';
import { createLoop, type Loop } from '../../../backend/src/daemon/loop.ts';
import type { Answer } from '../../../backend/src/effects/probe.ts';
import { configOf } from '../../fakes/config.ts';
import { fakeMachine, type Machine } from '../../fakes/machine.ts';

const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };

let machine: Machine;
let config: Config;
let loop: Loop;
let timer: NodeJS.Timeout;
let answer: Answer;
let asked: string[];
let hooked: string[];
let acted: { argv: readonly string[]; reason: string | undefined }[];
let memory: unknown;
const journal = () => events.after(0).map(({ subject, text }) => `${subject}: ${text}`);
let events: ReturnType<typeof openJournal>;

beforeEach(async () => {
  vi.useFakeTimers({ now: 0 });
  machine = fakeMachine(2);
  Object.defineProperty(machine, 'now', { get: () => Date.now(), set: () => {} });
  config = configOf(2);
  config.bond.watchdog = {
    enabled: true,
    targets: ['10.0.0.1', '192.0.2.9'],
    period: 5,
    timeout: 30,
    action: ['/etc/bonding/last.sh', 'now'],
  };
  [asked, hooked, acted, memory] = [[], [], [], null];
  answer = { ok: true };
  await start();
});

afterEach(async () => {
  clearInterval(timer);
  await loop.close();
  vi.useRealTimers();
});

async function start(): Promise<void> {
  events = openJournal(() => 0);
  loop = createLoop({
    time: () => 1_800_000_000,
    version: '1',
    rim: machine.rim,
    files: FILES,
    abilities: machine.abilities,
    journal: events,
    log: () => {},
    loadConfig: () => ({ config: structuredClone(config), problems: [] }),
    prepare: async (_, abilities) => abilities,
    sample: () => ({ sample: { time: Date.now(), bytes: new Map() }, carrier: new Set() }),
    publish: () => {},
    hooks: {
      ready: () => true,
      run: async (event, env) => {
        hooked.push(`${event} ${env.BONDING_REASON} ${env.BONDING_LINKS_UP}`.trim());
        return null;
      },
    },
    watchdog: {
      ask: async (targets, device, seconds) => {
        asked.push(`${targets.join(',')} ${device} ${seconds}`);
        return answer;
      },
      act: async (argv, env) => {
        acted.push({ argv, reason: env.BONDING_REASON });
        return null;
      },
      recall: () => memory,
      remember: (value) => {
        memory = value;
      },
    },
  });
  timer = setInterval(() => loop.tick(), 1_000);
  void loop.reload();
  await pass(300);
  connect();
  await pass(300);
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const shown = () => loop.snapshot();
const fired = () => shown()?.problems.find(({ code }) => code === 'watchdog-fired')?.text;

/** Both tunnels say that they are connected. */
function connect(): void {
  for (const name of ['link0', 'link1']) machine.says(name, { kind: 'connected' });
  void loop.poke();
}

/** Tunnels that were started are connected a second later. */
async function lives(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 1_000) {
    await pass(1_000);
    for (const link of shown()?.links ?? [])
      if (!link.up && machine.kernel.actual().tunnels.has(link.name))
        machine.says(link.name, { kind: 'connected' });
    void loop.poke();
  }
}

describe('the watchdog', () => {
  it('asks out of the bond, and shows when the last reply came', async () => {
    await pass(12_000);
    expect(asked.slice(0, 2)).toEqual(['10.0.0.1,192.0.2.9 bond0 2', '10.0.0.1,192.0.2.9 bond0 2']);
    expect(shown()?.watchdog).toMatchObject({ enabled: true, fired: 0 });
    expect(shown()?.watchdog.last_reply).toBeLessThan(6);
    expect(fired()).toBeUndefined();
  });

  it('climbs its ladder: all tunnels, then the action; the bond stays; a reply ends it', async () => {
    await pass(20_000);
    answer = { ok: false };
    machine.ran.length = 0;
    await lives(35_000);
    expect(machine.ran.filter((line) => /^(kill|openvpn) /.test(line))).toHaveLength(4);
    expect(machine.ran.filter((line) => /^ip link (add|delete)/.test(line))).toEqual([]);
    expect(fired()).toMatch(
      /^no reply from 10.0.0.1 or 192.0.2.9 for 3\d s: all tunnels are restart/,
    );
    expect(fired()).toContain('in 30 s next: the action is run');
    expect(acted).toEqual([]);
    await lives(31_000);
    expect(acted).toEqual([{ argv: ['/etc/bonding/last.sh', 'now'], reason: 'watchdog' }]);
    expect(JSON.stringify(shown())).not.toContain('last.sh');
    expect(shown()?.watchdog.fired).toBe(2);
    expect(memory).toMatchObject({ rung: 3, pause: 60_000 });
    answer = { ok: true };
    await lives(10_000);
    expect(fired()).toBeUndefined();
    expect(memory).toBeNull();
    expect(journal().at(-1)).toBe('watchdog: 10.0.0.1 or 192.0.2.9 answers again');
    expect(hooked).toEqual(['preup start', 'up start link0 link1']);
  });

  it('connects first the links alone that are down', async () => {
    await pass(20_000);
    answer = { ok: false };
    machine.says('link1', { kind: 'lost', reason: 'ping-restart', text: '' });
    void loop.poke();
    machine.ran.length = 0;
    await pass(35_000);
    expect(machine.ran.filter((line) => line.startsWith('openvpn '))).toEqual([
      expect.stringContaining('link1.conf'),
    ]);
    expect(fired()).toContain('the links that were down are connected anew');
  });

  it('leaves parked links alone', async () => {
    await pass(20_000);
    answer = { ok: false };
    void loop.userAction('link1', 'down');
    await lives(60_000);
    expect(shown()?.links.map(({ state }) => state)).toEqual(['up', 'parked']);
  });

  it('restarts everything itself where the action would restart it too', async () => {
    config.bond.watchdog.action = ['/etc/init.d/bonding', 'restart'];
    void loop.reload();
    await pass(20_000);
    answer = { ok: false };
    await lives(40_000);
    machine.ran.length = 0;
    hooked.length = 0;
    await lives(30_000);
    expect(acted).toEqual([]);
    expect(machine.ran.some((line) => line.startsWith('ip link delete bond0'))).toBe(true);
    expect(machine.ran.some((line) => line.startsWith('ip link add bond0'))).toBe(true);
    expect(hooked).toEqual([
      'predown watchdog link0 link1',
      'down watchdog',
      'preup watchdog',
      'up watchdog link0 link1',
    ]);
    expect(fired()).toContain('everything is stopped and started, by the daemon itself');
    expect(memory).toMatchObject({ rung: 3, pause: 60_000 });
    const { fired: count } = shown()?.watchdog ?? {};
    await lives(25_000);
    expect(shown()?.watchdog.fired).toBe(count);
  });

  it('does nothing while the WANs are down, stopped or switched off', async () => {
    await pass(20_000);
    answer = { ok: false };
    for (const wan of machine.wans?.values() ?? []) wan.up = false;
    void loop.poke();
    await pass(600_000);
    expect(shown()?.watchdog.fired).toBe(0);
    for (const wan of machine.wans?.values() ?? []) wan.up = true;
    void loop.setRunning(false);
    await pass(600_000);
    expect(shown()?.watchdog.fired).toBe(0);
    config.bond.watchdog.enabled = false;
    void loop.reload();
    void loop.setRunning(true);
    await pass(600_000);
    expect(shown()?.watchdog.fired).toBe(0);
  });

  it('says that it is blind where there is no ping', async () => {
    answer = { ok: null, reason: 'there is no program ping' };
    await pass(200_000);
    expect(shown()?.problems.map(({ code }) => code)).toEqual(['watchdog-blind']);
    expect(shown()?.watchdog.fired).toBe(0);
    answer = { ok: true };
    await pass(10_000);
    expect(shown()?.problems).toEqual([]);
  });

  it('goes on where the last daemon stopped, and starts anew when the user starts', async () => {
    clearInterval(timer);
    await loop.close();
    memory = { rung: 2, pause: 900_000, due: Date.now() + 900_000 };
    answer = { ok: false };
    await start();
    await lives(300_000);
    expect(shown()?.watchdog.fired).toBe(0);
    await loopRestart();
    expect(memory).toBeNull();
    await lives(60_000);
    expect(shown()?.watchdog.fired).toBe(1);
  });

  it.each([{}, 'x', { rung: 1, pause: 1, due: 1e15 }, { rung: '1', pause: 1, due: 0 }])(
    'does not believe a memory that cannot be: %j',
    async (nonsense) => {
      clearInterval(timer);
      await loop.close();
      memory = nonsense;
      answer = { ok: false };
      await start();
      await lives(60_000);
      expect(shown()?.watchdog.fired).toBe(1);
    },
  );
});

describe('the scripts', () => {
  it('are told why: the user, a reload, the end', async () => {
    hooked.length = 0;
    await loopRestart();
    connect();
    await pass(500);
    expect(hooked).toEqual([
      'predown user link0 link1',
      'down user',
      'preup user',
      'up user link0 link1',
    ]);
    hooked.length = 0;
    config.enabled = false;
    void loop.reload();
    await pass(500);
    config.enabled = true;
    void loop.reload();
    await pass(500);
    expect(hooked.slice(0, 3)).toEqual([
      'predown reload link0 link1',
      'down reload',
      'preup reload',
    ]);
    void loop.setRunning(false, 'shutdown');
    await pass(500);
    await loop.hooksEnded();
    expect(hooked.at(-1)).toBe('down shutdown');
  });
});

async function loopRestart(): Promise<void> {
  void loop.setRunning(false).then(() => loop.setRunning(true));
  await pass(1_000);
}
