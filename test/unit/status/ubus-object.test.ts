import { beforeEach, describe, expect, it } from 'vitest';
import type { History } from '../../../backend/src/status/history.ts';
import type { JoinAnswer } from '../../../backend/src/status/join-answer.ts';
import type { BondEvent, Snapshot } from '../../../backend/src/status/snapshot.ts';
import { NO_TEST, type TestResult, withSum } from '../../../backend/src/status/test-result.ts';
import {
  bondingMethods,
  fromTable,
  type ObjectHandlers,
  toTable,
} from '../../../backend/src/status/ubus-object.ts';
import { readMembers, type Typed } from '../../../backend/src/ubus/codec/blobmsg.ts';
import { decodeTable, encodeTable } from '../../../backend/src/ubus/codec/values.ts';
import { STATUS, type Table, UbusError } from '../../../backend/src/ubus/index.ts';
import { sampleLink, sampleSnapshot } from '../luci-ui/sample.ts';

/** What uhttpd adds to every call. */
const SESSION = { ubus_rpc_session: '00000000000000000000000000000000' };

let snapshot: Snapshot | null;
let calls: unknown[][];
let known: boolean;

beforeEach(() => {
  snapshot = sampleSnapshot();
  calls = [];
  known = true;
});

const note =
  <T>(name: string, answer: T) =>
  (...args: unknown[]): T => {
    calls.push([name, ...args]);
    return answer;
  };
const EVENT: BondEvent = { id: 7, time: 1_700_000_000, subject: "link 'link0'", text: 'up' };

const TEST: TestResult = {
  ...NO_TEST,
  id: 3,
  links: [{ name: 'link0', down: 3e9, up: 1, skipped: null }],
  bond: { down: 2.7e9, up: 1 },
};

const HISTORY: History = {
  span: 180,
  step: 1,
  time: 1_700_000_000,
  links: [
    {
      name: 'link0',
      rx: [null, 3e9, 0],
      tx: [1, null, 2],
      latency: [20, null, 20.5],
      packetloss: [null, 0, 3.3],
    },
  ],
};

const JOINED: JoinAnswer = {
  ok: false,
  name: 'home',
  diff: '--- a\n+++ b\n',
  notes: ['one', 'two'],
  applied: false,
  error: { code: 'join-code', text: 'no', fix: 'a new one' },
};

const handlers: ObjectHandlers = {
  snapshot: () => snapshot,
  history: note('history', HISTORY),
  diagnostics: note('diagnostics', Promise.resolve('==== versions ====')),
  events: note('events', [EVENT]),
  plan: note('plan', Promise.resolve('# nothing to do\n')),
  start: note('start', Promise.resolve()),
  stop: note('stop', Promise.resolve()),
  reload: note('reload', Promise.resolve()),
  link: async (name, action) => {
    calls.push(['link', name, action]);
    return known;
  },
  check: async () => ({ ok: true, text: 'the configuration is good\n' }),
  join: note('join', Promise.resolve(JOINED)),
  test: note('test', { id: 3, problem: null }),
  testResult: () => withSum(TEST),
  testStop: note('testStop', undefined),
};

/** Calls a method as the bus would; the answer is what goes over the wire. */
async function wire(method: string, data: Record<string, unknown> = {}): Promise<Buffer> {
  const found = bondingMethods(handlers)[method];
  if (found === undefined) throw new Error(`no method ${method}`);
  const call = { object: 'bonding', method, data: data as Table, user: 'root', group: 'root' };
  return encodeTable((await found.run(call)) ?? {});
}

async function statusOf(method: string, data: Record<string, unknown> = {}): Promise<number> {
  const thrown = await wire(method, data).then(
    () => null,
    (error: unknown) => error,
  );
  return thrown instanceof UbusError ? thrown.status : -1;
}

/** Path and wire type of every number; array indexes are left out of the path. */
function numbers(typed: Typed, path = ''): [string, string][] {
  switch (typed.type) {
    case 'table':
      return typed.value.flatMap((member) => numbers(member, `${path}/${member.name}`));
    case 'array':
      return typed.value.flatMap((entry) => numbers(entry, path));
    case 'int16':
    case 'int32':
    case 'int64':
    case 'double':
      return [[path, typed.type]];
    default:
      return [];
  }
}

const numbersOf = (answer: Buffer) => numbers({ type: 'table', value: readMembers(answer) });
const types = async () => Object.fromEntries(numbersOf(await wire('status')));

describe('the object', () => {
  it('has the methods and arguments of its description', () => {
    const signatures = Object.entries(bondingMethods(handlers)).map(([name, { signature }]) => [
      name,
      signature,
    ]);
    expect(Object.fromEntries(signatures)).toEqual({
      status: {},
      events: { since: 'int32' },
      history: { span: 'int32' },
      diagnostics: { mask: 'boolean' },
      plan: { action: 'string' },
      start: {},
      stop: {},
      restart: {},
      reload: {},
      link: { name: 'string', action: 'string' },
      check: {},
      join: { code: 'string', apply: 'boolean', wans: 'array' },
      test: { link: 'string', links: 'array', seconds: 'int32' },
      test_result: {},
      test_stop: {},
    });
  });

  it.each([
    ...['status', 'events', 'plan', 'start', 'stop', 'restart', 'reload', 'check'],
    ...['test', 'test_result', 'test_stop', 'history', 'diagnostics', 'join'],
  ])('%s takes arguments it does not know, uhttpd’s session among them', async (method) => {
    await expect(wire(method, { ...SESSION, more: [1] })).resolves.toBeInstanceOf(Buffer);
  });
});

describe('status', () => {
  it('is the snapshot', async () => {
    expect(fromTable(decodeTable(await wire('status')))).toEqual(snapshot);
  });

  it('has one wire type for each number, however small or large it is', async () => {
    const huge = { rx_bytes: 2 ** 40, tx_bytes: 2 ** 40, rx_rate: 2 ** 33, tx_rate: 2 ** 33 };
    const tiny = { rx_bytes: 0, tx_bytes: 1, rx_rate: 0, tx_rate: 1 };
    const seen: Record<string, string>[] = [];
    for (const [counters, share, latency] of [
      [tiny, { rx: 0, tx: 1 }, 1],
      [huge, { rx: 0.25, tx: 0.75 }, 20.5],
    ] as const) {
      const base = sampleSnapshot();
      const link = sampleLink('link0', { ...counters, share, latency, jitter: 3, packetloss: 0 });
      snapshot = { ...base, bond: { ...base.bond, ...counters }, links: [link] };
      seen.push(await types());
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]).toMatchObject({
      '/since': 'int32',
      '/bond/mtu': 'int32',
      '/bond/rx_bytes': 'int64',
      '/bond/tx_bytes': 'int64',
      '/bond/rx_rate': 'int64',
      '/bond/tx_rate': 'int64',
      '/links/rx_bytes': 'int64',
      '/links/tx_rate': 'int64',
      '/links/share/rx': 'double',
      '/links/share/tx': 'double',
      '/links/latency': 'double',
      '/links/jitter': 'double',
      '/links/packetloss': 'double',
      '/links/routing_table': 'int32',
      '/watchdog/period': 'int32',
    });
  });

  it('has no data while there is no configuration', async () => {
    snapshot = null;
    expect(await statusOf('status')).toBe(STATUS.NO_DATA);
  });

  it('brings huge counters back as numbers', () => {
    expect(fromTable({ a: 2n ** 60n, b: [1n, 'x', null] })).toEqual({
      a: 2 ** 60,
      b: [1, 'x', null],
    });
    expect(toTable({ a: [1, { rx: 1 }] })).toEqual({
      a: [1, { rx: { forced: { type: 'double', value: 1 } } }],
    });
  });
});

describe('history', () => {
  it('keeps its gaps, and one wire type for each series', async () => {
    const answer = await wire('history', { span: 180 });
    expect(calls).toEqual([['history', 180]]);
    expect(fromTable(decodeTable(answer))).toEqual(HISTORY);
    expect(new Set(numbersOf(answer).map(([path, type]) => `${path} ${type}`))).toEqual(
      new Set([
        ...['/span int32', '/step int32', '/time int64'],
        ...['/links/rx int64', '/links/tx int64'],
        ...['/links/latency double', '/links/packetloss double'],
      ]),
    );
  });

  it('is the shortest where nothing is asked for', async () => {
    await wire('history');
    expect(calls).toEqual([['history', 0]]);
  });
});

describe('diagnostics', () => {
  it.each([
    [{}, false],
    [{ mask: true }, true],
    [{ mask: 1 }, true],
  ])('%o', async (args, mask) => {
    expect(fromTable(decodeTable(await wire('diagnostics', args)))).toEqual({
      text: '==== versions ====',
    });
    expect(calls).toEqual([['diagnostics', mask]]);
  });
});

describe('link', () => {
  it.each(['up', 'down', 'reconnect'])('takes %s', async (action) => {
    await wire('link', { name: 'link0', action, ...SESSION });
    expect(calls).toEqual([['link', 'link0', action]]);
  });

  it('answers NOT_FOUND for a link that is not there, or not named', async () => {
    known = false;
    expect(await statusOf('link', { name: 'link9', action: 'up' })).toBe(STATUS.NOT_FOUND);
    expect(await statusOf('link', { action: 'up' })).toBe(STATUS.NOT_FOUND);
  });

  it.each([{ action: 'sideways' }, {}, { action: 3 }, { action: 'UP' }])(
    'answers INVALID_ARGUMENT for %j, and does nothing',
    async (args) => {
      expect(await statusOf('link', { name: 'link0', ...args })).toBe(STATUS.INVALID_ARGUMENT);
      expect(calls).toEqual([]);
    },
  );
});

describe('the other methods', () => {
  it('events: those after an id, all of them without one; Unix time as int64', async () => {
    const answer = await wire('events', { since: 3 });
    expect(decodeTable(answer)).toEqual({ events: [EVENT] });
    expect(numbersOf(answer)).toContainEqual(['/events/time', 'int64']);
    await wire('events');
    expect(calls).toEqual([
      ['events', 3],
      ['events', 0],
    ]);
    expect(await statusOf('events', { since: 'yesterday' })).toBe(STATUS.INVALID_ARGUMENT);
  });

  it('plan: a start unless a stop is asked for; nothing else', async () => {
    expect(decodeTable(await wire('plan'))).toEqual({ text: '# nothing to do\n' });
    await wire('plan', { action: 'stop' });
    expect(await statusOf('plan', { action: 'dance' })).toBe(STATUS.INVALID_ARGUMENT);
    expect(calls).toEqual([
      ['plan', 'start'],
      ['plan', 'stop'],
    ]);
  });

  it('restart: stops, then starts', async () => {
    await wire('restart');
    expect(calls).toEqual([['stop'], ['start']]);
  });

  it('start, stop and reload: do that, and answer without data', async () => {
    for (const name of ['start', 'stop', 'reload']) expect(await wire(name)).toHaveLength(0);
    expect(calls).toEqual([['start'], ['stop'], ['reload']]);
  });

  it('test: begins one of the links that are named, one or several', async () => {
    expect(decodeTable(await wire('test', SESSION))).toEqual({ id: 3, problem: null });
    await wire('test', { link: 'link1', seconds: 2 });
    await wire('test', { links: ['link0', 'link1'] });
    await wire('test_stop');
    expect(calls).toEqual([
      ['test', [], undefined],
      ['test', ['link1'], 2],
      ['test', ['link0', 'link1'], undefined],
      ['testStop'],
    ]);
    expect(await statusOf('test', { seconds: 'long' })).toBe(STATUS.INVALID_ARGUMENT);
  });

  it('test_result: the result, whatever its rates', async () => {
    expect(fromTable(decodeTable(await wire('test_result')))).toEqual(withSum(TEST));
  });

  it('check: what `bonding check` prints', async () => {
    expect(decodeTable(await wire('check'))).toEqual(await handlers.check());
  });
});

describe('join', () => {
  it('answers with what would change, or why not, and nothing is applied unless that is said', async () => {
    expect(fromTable(decodeTable(await wire('join', { code: 'bonding1_x' })))).toEqual(JOINED);
    expect(calls).toEqual([['join', 'bonding1_x', false, []]]);
    await wire('join', { code: 'c', apply: true, wans: ['wan', 'lte'], ...SESSION });
    expect(calls[1]).toEqual(['join', 'c', true, ['wan', 'lte']]);
  });
});
