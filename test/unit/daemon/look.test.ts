import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { openJournal } from '../../../backend/src/daemon/journal.ts';
import { createLoop, type Loop } from '../../../backend/src/daemon/loop.ts';
import type { NftTable } from '../../../backend/src/facts/actual.ts';
import { configOf } from '../../fakes/config.ts';
import { fakeMachine, type Machine } from '../../fakes/machine.ts';

let machine: Machine;
let config: Config;
let loop: Loop;
/** What nft would list, and how often it was asked. */
let counted: number;
let asked: number;
/** Holds nft's answer back. */
let answer: Promise<void>;

beforeEach(async () => {
  vi.useFakeTimers({ now: 5_000 });
  machine = fakeMachine(2);
  Object.defineProperty(machine, 'now', { get: () => Date.now(), set: () => {} });
  config = configOf(2, 'server');
  const web = { name: 'web', enabled: true, proto: 'tcp' as const, address: '192.168.1.2' };
  config.forwards = [{ ...web, first: 80, last: 80, port: null }];
  counted = 7;
  asked = 0;
  answer = Promise.resolve();
  loop = createLoop({
    time: () => 1_800_000_000,
    version: '1.2.3',
    rim: machine.rim,
    files: { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } },
    abilities: machine.abilities,
    journal: openJournal(() => 0),
    log: () => {},
    loadConfig: () => ({ config, problems: [] }),
    prepare: async (_, abilities) => abilities,
    sample: () => ({ sample: { time: Date.now(), bytes: new Map() }, carrier: new Set() }),
    publish: () => {},
    readNft,
  });
  void loop.reload();
  await pass(300);
});

afterEach(async () => {
  await loop.close();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

async function readNft(): Promise<NftTable | null> {
  asked += 1;
  const counters = new Map([['forward web tcp', counted]]);
  await answer;
  return { digest: 'bonding 12345678', rules: 3, counters };
}

const connections = () => loop.snapshot()?.forwards.map((forward) => forward.connections);

describe('a look at the counters of forwards', () => {
  it('is taken when somebody looks, and not by a tick', async () => {
    await pass(10_000);
    loop.tick();
    expect(asked).toBe(0);
    await loop.look();
    expect(connections()).toEqual([7]);
  });

  it('is not taken twice within a second', async () => {
    await loop.look();
    counted = 8;
    await loop.look();
    expect([asked, connections()]).toEqual([1, [7]]);
    await pass(1_000);
    await loop.look();
    expect([asked, connections()]).toEqual([2, [8]]);
  });

  it('is not taken where nothing is forwarded, or nothing runs', async () => {
    void loop.setRunning(false);
    await pass(300);
    await loop.look();
    config.forwards = [];
    void loop.setRunning(true);
    await pass(300);
    await loop.look();
    expect(asked).toBe(0);
  });

  it('that fails, or comes after a round, changes nothing', async () => {
    answer = Promise.reject(new Error('no nft'));
    await loop.look();
    expect(connections()).toEqual([0]);
    await pass(1_000);
    let open = (): void => {};
    answer = new Promise((resolve) => {
      open = resolve;
    });
    const looking = loop.look();
    void loop.poke();
    await pass(300);
    open();
    await looking;
    expect([asked, connections()]).toEqual([2, [0]]);
  });
});
