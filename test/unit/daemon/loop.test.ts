import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { type Journal, openJournal } from '../../../backend/src/daemon/journal.ts';
import { createLoop, type Loop, type LoopDeps } from '../../../backend/src/daemon/loop.ts';
import { RunError } from '../../../backend/src/effects/run.ts';
import type { Problem } from '../../../backend/src/errors.ts';
import { problem } from '../../../backend/src/errors.ts';
import type { Abilities } from '../../../backend/src/facts/actual.ts';
import { FALLBACK_AFTER } from '../../../backend/src/plan/plan.ts';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { configOf } from '../../fakes/config.ts';
import { fakeMachine, type Machine } from '../../fakes/machine.ts';

const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };
const BROKEN: Problem = problem('config-syntax', 'file /etc/config/bonding', {
  line: 3,
  column: 7,
  reason: 'unterminated quote',
});

let machine: Machine;
let file: { config: Config | null; problems: Problem[] };
let bytes: Map<string, { rx: number; tx: number }>;
let published: Snapshot[];
let logged: string[];
let journal: Journal;
let loop: Loop;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  machine = fakeMachine(2);
  Object.defineProperty(machine, 'now', { get: () => Date.now(), set: () => {} });
  file = { config: configOf(2), problems: [] };
  bytes = new Map();
  published = [];
  logged = [];
  journal = openJournal(() => Math.floor(Date.now() / 1000));
  loop = newLoop();
});

afterEach(async () => {
  await loop.close();
  vi.useRealTimers();
});

function newLoop(changes: Partial<LoopDeps> = {}): Loop {
  return createLoop({
    time: () => 1_800_000_000,
    version: '1.2.3',
    rim: machine.rim,
    files: FILES,
    abilities: machine.abilities,
    journal,
    log: (line) => void logged.push(line),
    loadConfig: () => file,
    prepare: async (_, abilities) => abilities,
    sample: (devices) => ({
      sample: {
        time: Date.now(),
        bytes: new Map([...bytes].filter(([name]) => devices.includes(name))),
      },
      carrier: new Set(devices.filter((name) => machine.kernel.actual().devices.has(name))),
    }),
    publish: (snapshot) => void published.push(snapshot),
    ...changes,
  });
}

/** Lets time pass; rounds that are due take place. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Reads the configuration and lets its rounds end. */
async function reload(): Promise<void> {
  void loop.reload();
  await pass(300);
}

async function goUp(): Promise<void> {
  await reload();
  for (const name of ['link0', 'link1']) machine.says(name, { kind: 'connected' });
  void loop.poke();
  await pass(200);
  expect(loop.snapshot()?.state).toBe('up');
}

/** Somebody flushes the firewall: one command is to be done. */
function dropNft(): void {
  const argv = ['nft', 'delete', 'table', 'inet', 'bonding'];
  machine.kernel.run({ kind: 'run', argv, stdin: null });
}

const events = () => journal.after(0).map(({ subject, text }) => `${subject}: ${text}`);
const codes = () => loop.snapshot()?.problems.map(({ code }) => code);

describe('the loop', () => {
  it('has nothing to show before there is a configuration', async () => {
    expect(loop.snapshot()).toBeNull();
    loop.tick();
    file = { config: null, problems: [BROKEN] };
    await reload();
    expect(loop.snapshot()).toBeNull();
    expect(published).toEqual([]);
    expect(machine.reads).toBe(0);
    expect(logged).toEqual([`bonding: ${BROKEN.subject}: ${BROKEN.text}`]);
    expect(await loop.userAction('link0', 'down')).toBe(false);
  });

  it('starts, comes up, and writes down what changed', async () => {
    await goUp();
    expect(events()).toEqual([
      "bond 'bond0': starting",
      "link 'link0': up",
      "link 'link1': up",
      "bond 'bond0': up",
    ]);
    expect(published.at(-1)).toEqual(loop.snapshot());
    expect(loop.snapshot()).toMatchObject({ version: '1.2.3', since: 0 });
    await pass(5_000);
    expect(loop.snapshot()?.since).toBe(5);
  });

  it('says how long traffic is carried without a break, and what the lines measure', async () => {
    await loop.close();
    const figures = { latency: 20.5, jitter: 1, packetloss: 0 };
    loop = newLoop({ figuresOf: () => figures });
    await reload();
    expect(loop.snapshot()?.bond.uptime).toBeNull();
    await goUp();
    expect(loop.snapshot()?.links[1]).toMatchObject(figures);
    await pass(5_000);
    machine.says('link1', { kind: 'lost', reason: 'ping-restart', text: '' });
    void loop.poke();
    await pass(1_000);
    expect(loop.snapshot()).toMatchObject({ state: 'degraded', bond: { uptime: 6 } });
    void loop.setRunning(false);
    await pass(300);
    expect(loop.snapshot()).toMatchObject({ state: 'stopped', bond: { uptime: null } });
    void loop.setRunning(true);
    await goUp();
    expect(loop.snapshot()?.bond.uptime).toBe(0);
  });

  it('reads nothing while nothing happens', async () => {
    await goUp();
    const { reads } = machine;
    await pass(60_000);
    expect(machine.reads).toBe(reads);
  });

  it('does not lose what the user does while a round is under way', async () => {
    await goUp();
    dropNft();
    let answer: Promise<boolean> | null = null;
    machine.during = () => {
      machine.during = () => {};
      answer = loop.userAction('link1', 'down');
    };
    void loop.poke();
    await pass(150);
    expect(answer).not.toBeNull();
    await pass(200);
    expect(await answer).toBe(true);
    expect(loop.snapshot()?.links.map(({ state }) => state)).toEqual(['up', 'parked']);
    expect(machine.kernel.actual().tunnels.has('link1')).toBe(false);
  });

  it('answers that there is no such link', async () => {
    await goUp();
    expect(await loop.userAction('link7', 'down')).toBe(false);
  });

  it('reconnects a link at once although its tunnel takes its time to end', async () => {
    await goUp();
    machine.rim.apply = new Proxy(machine.rim.apply, {
      apply: async (apply, self, args) => {
        await new Promise((resolve) => setTimeout(resolve, 1_200));
        return Reflect.apply(apply, self, args);
      },
    });
    machine.ran.length = 0;
    void loop.userAction('link0', 'reconnect');
    await pass(3_000);
    expect(machine.ran).toEqual([
      // The other link gets all packets, first of all.
      'nft -f -',
      expect.stringMatching(/^kill \d+ /),
      expect.stringMatching(/^openvpn --config link0.conf/),
    ]);
    expect(codes()).toEqual([]);
    expect(events().filter((line) => line.includes('system'))).toEqual([]);
  });

  it('keeps the last good configuration, shows what is wrong, and takes it back', async () => {
    await goUp();
    machine.ran.length = 0;
    file = { config: null, problems: [BROKEN] };
    await reload();
    expect(loop.snapshot()?.problems).toEqual([BROKEN]);
    expect(loop.snapshot()?.state).toBe('up');
    expect(machine.ran).toEqual([]);
    expect(events()).toContain(`${BROKEN.subject}: ${BROKEN.text}`);
    file = { config: configOf(2), problems: [] };
    await reload();
    expect(codes()).toEqual([]);
    expect(events()).toContain(`${BROKEN.subject}: no longer: ${BROKEN.text}`);
    expect(machine.ran).toEqual([]);
  });

  it('takes a link out that is in the configuration no more', async () => {
    await goUp();
    file = { config: configOf(1), problems: [] };
    await reload();
    expect(loop.snapshot()?.links.map(({ name }) => name)).toEqual(['link0']);
    expect([...machine.kernel.actual().tunnels.keys()]).toEqual(['link0']);
    expect(machine.kernel.actual().devices.has('tap1')).toBe(false);
    expect(loop.snapshot()?.state).toBe('up');
  });

  it('does not lose what was found out about the driver while a round was under way', async () => {
    const trial = { type: 'tap', mode: 'balance-rr', takes: 'active-backup' } as const;
    let found: Partial<Abilities> = { trial, openvpn: '2.5.1' };
    loop = newLoop({ prepare: async (_, able) => ({ ...able, ...found }) });
    machine.during = () => {
      machine.during = () => {};
      found = { trial: { ...trial, takes: 'balance-rr' }, openvpn: '2.6.1' };
      void loop.reload();
    };
    await reload();
    await pass(500);
    expect(loop.state().abilities).toMatchObject(found);
  });

  it('tries the driver again when it was loaded anew, and only then', async () => {
    let tries = 0;
    const tried = async (_: Config, able: Abilities): Promise<Abilities> => {
      tries += 1;
      return { ...able, driverLoad: machine.abilities.driverLoad };
    };
    loop = newLoop({ prepare: tried });
    await goUp();
    expect(tries).toBe(1);
    machine.abilities.driverLoad = 2;
    void loop.poke();
    await pass(1_000);
    expect(tries).toBe(2);
    void loop.poke();
    await pass(1_000);
    expect(tries).toBe(2);
  });

  it('prepares one configuration at a time, also after one that went wrong', async () => {
    let [now, most, calls] = [0, 0, 0];
    loop = newLoop({
      prepare: async (_, able) => {
        calls += 1;
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 100));
        now -= 1;
        if (calls === 1) throw new Error('no');
        return able;
      },
    });
    const first = loop.reload().catch((error: Error) => error.message);
    void loop.reload();
    void loop.reload();
    await pass(2_000);
    expect([await first, most, calls]).toEqual(['no', 1, 3]);
    expect(loop.snapshot()?.state).toBe('starting');
  });

  it('stops, leaves the machine as found, and starts again', async () => {
    const found = machine.kernel.dump();
    await goUp();
    void loop.setRunning(false);
    await pass(300);
    expect(machine.kernel.dump()).toBe(found);
    expect(loop.snapshot()?.state).toBe('stopped');
    void loop.setRunning(true);
    await pass(300);
    expect(machine.kernel.actual().tunnels.size).toBe(2);
    expect(loop.snapshot()?.state).toBe('starting');
  });

  it('clears away what an earlier daemon left, even when the file is broken now', async () => {
    const found = machine.kernel.dump();
    await goUp();
    await loop.close();
    loop = newLoop();
    file = { config: null, problems: [BROKEN] };
    await reload();
    expect(machine.kernel.actual().tunnels.size).toBe(2);
    void loop.setRunning(false);
    await pass(300);
    expect(machine.kernel.dump()).toBe(found);
  });
});

describe('when something fails', () => {
  it('tries again after 1, 2, 5, 15, 30 seconds, and not at all once it worked', async () => {
    await goUp();
    dropNft();
    const tries: number[] = [];
    machine.refuse = () => {
      tries.push(Date.now());
      return 'busy';
    };
    void loop.poke();
    await pass(100);
    expect(codes()).toEqual(['command-failed']);
    const from = tries.shift() ?? 0;
    await pass(90_000);
    const waits = tries.map((time, i) => Math.round((time - (tries[i - 1] ?? from)) / 1_000));
    expect(waits).toEqual([1, 2, 5, 15, 30, 30]);
    expect(events().filter((line) => line.includes('busy'))).toHaveLength(1);

    machine.refuse = () => null;
    await pass(31_000);
    expect(codes()).toEqual([]);
    const { reads } = machine;
    await pass(60_000);
    expect(machine.reads).toBe(reads);
  });

  it('names the program when the system cannot be read, and recovers', async () => {
    const { readFacts } = machine.rim;
    machine.rim.readFacts = () =>
      Promise.reject(new RunError(['nft', '-j', 'list'], 1, 'no such thing'));
    await reload();
    expect(loop.snapshot()?.problems[0]?.text).toBe('`nft -j list` failed: no such thing');
    const { reads } = machine;
    expect(reads).toBe(0);
    machine.rim.readFacts = readFacts;
    await pass(1_500);
    expect(codes()).toEqual([]);
    expect(machine.kernel.actual().tunnels.size).toBe(2);
  });

  it('falls back some time after the last link was lost', async () => {
    await goUp();
    for (const name of ['link0', 'link1'])
      machine.says(name, { kind: 'lost', reason: 'ping-restart', text: 'ping-restart' });
    void loop.poke();
    await pass(200);
    expect(loop.snapshot()?.state).toBe('down');
    expect(machine.kernel.actual().routes.some((route) => route.table === '20200')).toBe(true);
    await pass(FALLBACK_AFTER);
    expect(loop.snapshot()?.state).toBe('fallback');
    expect(machine.kernel.actual().routes.some((route) => route.table === '20200')).toBe(false);
  });

  it('shows and logs a condition of the surroundings once, and takes it back', async () => {
    await goUp();
    const away = problem('ubus-absent', 'ubus', { socket: '/s', reason: 'ENOENT' });
    for (let i = 0; i < 50; i += 1) loop.surroundings('ubus', structuredClone(away));
    expect(codes()).toEqual(['ubus-absent']);
    expect(logged.filter((line) => line.includes('/s'))).toHaveLength(1);
    loop.surroundings('ubus', null);
    expect(codes()).toEqual([]);
    expect(events().at(-1)).toBe(`ubus: no longer: ${away.text}`);
  });
});

describe('rates', () => {
  it('are those between two ticks', async () => {
    await goUp();
    bytes.set('bond0', { rx: 1_000, tx: 500 });
    await pass(1_000);
    loop.tick();
    bytes.set('bond0', { rx: 126_000, tx: 500 });
    bytes.set('tap0', { rx: 0, tx: 0 });
    await pass(1_000);
    loop.tick();
    expect(loop.snapshot()?.bond).toMatchObject({
      rx_bytes: 126_000,
      tx_bytes: 500,
      rx_rate: 1_000_000,
      tx_rate: 0,
    });
  });

  it('do not come from two ticks in a row', async () => {
    await goUp();
    bytes.set('bond0', { rx: 0, tx: 0 });
    await pass(1_000);
    loop.tick();
    bytes.set('bond0', { rx: 125_000, tx: 0 });
    await pass(1_000);
    loop.tick();
    bytes.set('bond0', { rx: 135_000, tx: 0 });
    await pass(10);
    loop.tick();
    expect(loop.snapshot()?.bond.rx_rate).toBe(1_000_000);
  });
});
