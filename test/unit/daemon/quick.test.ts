import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { type Journal, openJournal } from '../../../backend/src/daemon/journal.ts';
import { createLoop, type Loop, type LoopDeps } from '../../../backend/src/daemon/loop.ts';
import { planOf } from '../../../backend/src/daemon/round.ts';
import type { LinkEvent } from '../../../backend/src/monitor/links.ts';
import { quickDiff } from '../../../backend/src/reconcile/diff.ts';
import { configOf } from '../../fakes/config.ts';
import { fakeMachine, type Machine } from '../../fakes/machine.ts';

const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };

let machine: Machine;
let config: Config;
let journal: Journal;
let loop: Loop;
/** Phases as rounds have found them. */
const found: (string | undefined)[][] = [];
/** How long the facts take to be read, ms. */
let reading: number;

beforeEach(() => vi.useFakeTimers({ now: 0 }));

afterEach(async () => {
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
    log: () => {},
    loadConfig: () => ({ config, problems: [] }),
    prepare: async (_, abilities) => abilities,
    sample: () => ({ sample: { time: Date.now(), bytes: new Map() }, carrier: new Set() }),
    publish: () => {},
    ...changes,
  });
}

/** A bond whose links are all up, with nothing left to do. */
async function goUp(count: number): Promise<void> {
  machine = fakeMachine(count);
  Object.defineProperty(machine, 'now', { get: () => Date.now(), set: () => {} });
  config = configOf(count);
  journal = openJournal(() => Math.floor(Date.now() / 1000));
  reading = 0;
  const { readFacts } = machine.rim;
  machine.rim.readFacts = async (abilities) => {
    const before = await readFacts(abilities);
    await sleep(reading);
    return before;
  };
  loop = newLoop({
    observed: () => void found.push([...loop.links().values()].map(({ phase }) => phase)),
  });
  void loop.reload();
  await pass(500);
  for (const { name } of config.links) machine.says(name, { kind: 'connected' });
  void loop.poke();
  await pass(500);
  expect(loop.state().settled).toBe(true);
  machine.ran.length = 0;
  machine.reads = 0;
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const sleep = (ms: number): Promise<void> | undefined =>
  ms === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, ms));
const beat = (link: number, silent: boolean): LinkEvent => {
  return { type: 'heartbeat', link: `link${link}`, silent };
};
const carriers = () =>
  config.links.map(({ tunnel }) => machine.kernel.actual().devices.get(tunnel)?.carrier);
const events = () => journal.after(0).map(({ subject, text }) => `${subject}: ${text}`);
const OFF = 'echo 0 > /sys/class/net/tap0/carrier';

/** What the links are now asks for nothing that the kernel does not have. */
function expectInForce(): void {
  const { links, wans, abilities, running } = loop.state();
  const input = { config, running, links, abilities, expected: new Set<string>(), files: FILES };
  const actual = machine.kernel.actual();
  const { desired } = planOf(input, { links, wans, actual, abilities }, Date.now());
  expect(quickDiff(desired, actual)).toEqual([]);
}

describe('the verdict on a line', () => {
  it('is in the kernel before anything is read; a round follows and finds it right', async () => {
    await goUp(2);
    void loop.take([beat(0, true)]);
    await pass(0);
    expect(machine.ran).toEqual(['nft -f -', OFF]);
    expect(machine.reads).toBe(0);
    expect(carriers()).toEqual([false, true]);
    await pass(300);
    expect(machine.reads).toBe(1);
    expect(machine.ran).toHaveLength(2);
    expect(loop.snapshot()?.problems).toEqual([]);
    expect(loop.snapshot()?.links[0]).toMatchObject({
      state: 'down',
      problem: { code: 'link-silent' },
    });
    expect(events()).toContain("link 'link0': down: no heartbeats, taken out");

    await pass(2_000);
    void loop.take([beat(0, false)]);
    await pass(0);
    expect(machine.ran.slice(2)).toEqual([
      'nft delete table netdev bonding',
      'echo 1 > /sys/class/net/tap0/carrier',
    ]);
    await pass(300);
    expectInForce();
    expect(events()).toContain("link 'link0': up: heartbeats are back after 2.3 s");
  });

  it('does not wait for the facts that a round is reading, which then plans with it', async () => {
    await goUp(2);
    reading = 400;
    void loop.poke();
    await pass(300);
    void loop.take([beat(0, true)]);
    await pass(1);
    expect(carriers()).toEqual([false, true]);
    // What the round has read is older: it says the same once more, and that is all.
    await pass(5_000);
    expect(carriers()).toEqual([false, true]);
    expectInForce();
    expect(loop.snapshot()?.problems).toEqual([]);
  });

  it('waits for the chain that a round is loading, and is not taken back by that round', async () => {
    await goUp(3);
    machine.takes = (line) => sleep(line === 'nft -f -' ? 200 : 0);
    machine.says('link2', { kind: 'lost', reason: 'ping-restart', text: '' });
    void loop.poke();
    await pass(150);
    expect(machine.ran).toEqual([]);
    void loop.take([beat(0, true)]);
    await pass(201);
    // Ours has begun when that had ended; the round, which has ended since, has not forgotten it.
    expect(machine.ran).toEqual(['nft -f -']);
    expect(loop.state().links.get('link0')?.phase).toBe('down');
    expect(loop.state().links.get('link2')?.phase).toBe('down');
    await pass(150);
    expect(machine.ran).toEqual(['nft -f -', 'nft -f -', OFF]);
    await pass(5_000);
    expect(machine.ran).toHaveLength(3);
    expectInForce();
    expect(events().filter((line) => line.includes('system'))).toEqual([]);
  });

  it('a round that finds a line gone says so before its commands, not when they are done', async () => {
    await goUp(2);
    machine.takes = (line) => sleep(line.startsWith('kill') ? 1_000 : 0);
    const wan = machine.wans?.get('wan0');
    if (wan) wan.up = false;
    found.length = 0;
    void loop.poke();
    await pass(200);
    // Its heartbeats must end here: its source rule is gone, they would take the other line.
    expect(found).toEqual([['waiting', 'up']]);
    expect(loop.state().links.get('link0')?.phase).toBe('up');
    await pass(2_000);
    expect(loop.state().links.get('link0')?.phase).toBe('waiting');
  });

  it('makes one change of what is said in one moment', async () => {
    await goUp(3);
    void loop.take([beat(0, true)]);
    void loop.take([beat(1, true)]);
    await pass(0);
    expect(machine.ran).toEqual(['nft -f -', OFF, 'echo 0 > /sys/class/net/tap1/carrier']);
  });

  it('does nothing to a bond that is stopped, or is being stopped', async () => {
    await goUp(2);
    machine.takes = (line) => sleep(line.startsWith('kill') ? 500 : 0);
    void loop.setRunning(false);
    await pass(200);
    void loop.take([beat(0, true)]);
    await pass(5_000);
    expect(machine.ran.filter((line) => /carrier|nft -f/.test(line))).toEqual([]);
    expect(loop.state().settled).toBe(true);
    expect(machine.kernel.actual().devices.has('bond0')).toBe(false);
  });

  it('a carrier that a killed daemon held off is given back', async () => {
    await goUp(2);
    void loop.take([beat(0, true)]);
    await pass(0);
    expect(carriers()).toEqual([false, true]);
    await loop.close();
    // The next daemon has heard nothing yet, and reads the logs from their beginning.
    const next = newLoop();
    for (const { name } of config.links) machine.says(name, { kind: 'connected' });
    void next.reload();
    await pass(500);
    expect(carriers()).toEqual([true, true]);
    expect(machine.kernel.actual().spread).toBeNull();
    await next.close();
  });
});

describe('whatever comes when', () => {
  const said = fc.record({
    wait: fc.nat(700),
    link: fc.nat(2),
    what: fc.constantFrom('silent', 'alive', 'lost', 'connected', 'poke', 'reload'),
  });
  const times = fc.record({ reading: fc.nat(400), nft: fc.nat(60), ip: fc.nat(60) });

  interface Times {
    reading: number;
    nft: number;
    ip: number;
  }

  /** Links whose logs have said something. */
  const told = new Set<number>();

  async function judged(silent: boolean, link: number, { nft }: Times): Promise<void> {
    void loop.take([beat(link, silent)]);
    // One chain that is being loaded, and ours.
    await pass(2 * nft + 1);
    const { connected } = loop.state().links.get(`link${link}`) ?? {};
    // What its log has said may be taken up by a round in this very moment, and go before.
    if (connected === true && !told.has(link)) expect(carriers()[link]).toBe(!silent);
  }

  function says(what: string, link: number): void {
    const lost = { kind: 'lost', reason: 'ping-restart', text: '' } as const;
    if (what !== 'lost' && what !== 'connected') return;
    machine.says(`link${link}`, what === 'lost' ? lost : { kind: what });
    told.add(link);
  }

  async function happens(what: string, link: number, given: Times): Promise<void> {
    if (what === 'silent' || what === 'alive') return judged(what === 'silent', link, given);
    says(what, link);
    void (what === 'reload' ? loop.reload() : loop.poke());
  }

  function slowDown(given: Times): void {
    reading = given.reading;
    machine.takes = (line) => {
      const program = line.split(' ')[0];
      return sleep(program === 'nft' ? given.nft : program === 'ip' ? given.ip : 0);
    };
  }

  it('every verdict is in force at once, stays so, and nobody is blamed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(said, { maxLength: 12 }), times, async (steps, given) => {
        await goUp(3);
        slowDown(given);
        told.clear();
        for (const { wait, link, what } of steps) {
          await pass(wait);
          await happens(what, link, given);
        }
        await pass(5_000);
        expectInForce();
        expect(loop.state()).toMatchObject({ settled: true, roundProblems: [] });
        expect(events().filter((line) => line.includes('system'))).toEqual([]);
        await loop.close();
      }),
      { numRuns: 40 },
    );
  }, 30_000);
});
