import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { isSnapshot } from '../../../luci-ui/src/check.ts';
import { createStore, type Moments, momentsOf } from '../../../luci-ui/src/store.ts';
import type { Daemon } from '../../../luci-ui/src/transport.ts';
import { division, gravity, headline, phase, tunnelState } from '../../../luci-ui/src/words.ts';
import { SAMPLE_PROBLEM, sampleLink, sampleSnapshot } from './sample.ts';

const DAEMON: Daemon = { call: () => Promise.resolve(null), mayWrite: true };

describe('store', () => {
  test('begins empty, and keeps the last snapshot when the connection is lost', () => {
    const store = createStore(DAEMON);
    expect(store.snapshot.value).toBeNull();
    expect(store.headline.value).toBeNull();
    expect(store.problems.value).toEqual([]);
    const snapshot = sampleSnapshot();
    store.sink.snapshot(snapshot);
    store.sink.connection({ state: 'lost', trouble: 'silent', reason: 'gone', since: 1 });
    expect(store.snapshot.value).toBe(snapshot);
    expect(store.connection.value.state).toBe('lost');
    expect(store.headline.value?.text).toBe('All 2 links carry traffic.');
  });

  test("a link's problem is not listed a second time", () => {
    const store = createStore(DAEMON);
    const other = { ...SAMPLE_PROBLEM, subject: 'ubus' };
    const links = [sampleLink('link1', { problem: SAMPLE_PROBLEM })];
    store.sink.snapshot(sampleSnapshot({ links, problems: [{ ...SAMPLE_PROBLEM }, other] }));
    expect(store.problems.value).toEqual([other]);
  });
});

describe('events', () => {
  const event = (id: number, time: number) => ({ id, time, subject: 'bond', text: `${id}` });
  const ids = (...lists: ReturnType<typeof event>[][]): number[] => {
    const store = createStore(DAEMON);
    for (const list of lists) store.sink.events(list);
    return store.events.value.map(({ id }) => id);
  };

  test('some may come twice, and the older ones after one that was told at once', () => {
    expect(ids([event(3, 30)], [event(1, 10), event(2, 20), event(3, 30)], [event(4, 40)])).toEqual(
      [1, 2, 3, 4],
    );
  });

  test('nothing new leaves the list as it is, so that nothing is drawn', () => {
    const store = createStore(DAEMON);
    store.sink.events([event(1, 10)]);
    const before = store.events.value;
    store.sink.events([event(1, 10)]);
    expect(store.events.value).toBe(before);
  });

  test.each([
    ['with ids that are known with other times', [event(1, 99), event(2, 100)], [1, 2]],
    ['with an id that is lower but later', [event(3, 99)], [3]],
  ])('a daemon that has started anew: %s', (_name, fresh, left) => {
    expect(ids([event(1, 10), event(2, 20), event(5, 50)], fresh)).toEqual(left);
  });

  test('the newest 200 are kept', () => {
    const many = Array.from({ length: 250 }, (_, index) => event(index + 1, index + 1));
    const kept = ids(many.slice(0, 150), many);
    expect(kept).toHaveLength(200);
    expect([kept[0], kept[199]]).toEqual([51, 250]);
  });
});

describe('moments', () => {
  const at = (since: number, now: number, old: Moments = new Map(), state = 'down' as const) =>
    momentsOf([sampleLink('lte', { since, state })], old, now);

  test('do not wander with the seconds that a snapshot takes to come', () => {
    const first = at(60, 1_000_000);
    expect(first.get('lte')).toEqual({ state: 'down', at: 940_000 });
    expect(at(61, 1_001_900, first).get('lte')).toBe(first.get('lte'));
    expect(at(61, 1_000_100, first).get('lte')).toBe(first.get('lte'));
  });

  test('are new with the state, and when the clock was set', () => {
    const first = at(60, 1_000_000);
    expect(momentsOf([sampleLink('lte', { since: 0 })], first, 941_000).get('lte')?.at).toBe(
      941_000,
    );
    expect(at(61, 9_000_000, first).get('lte')?.at).toBe(8_939_000);
    expect(momentsOf([], first, 0).size).toBe(0);
  });
});

describe('headline', () => {
  const down = sampleLink('link2', { interface: 'lte', state: 'down', slave: false });
  const off = sampleLink('link3', { enabled: false, state: 'disabled', slave: false });
  const up = sampleLink('link0');

  test.each([
    ['up', [up, up, off], 'All 2 links carry traffic.', 'good'],
    ['up', [up], 'The only link carries traffic.', 'good'],
    ['degraded', [up, up, down, off], '2 of 3 links carry traffic. lte is down.', 'fair'],
    [
      'degraded',
      [up, { ...down, slave: true }],
      '1 of 2 links carry traffic. lte is down.',
      'fair',
    ],
    [
      'degraded',
      [up, { ...down, interface: null, state: 'parked' }],
      '1 of 2 links carry traffic. link2 is taken out.',
      'fair',
    ],
    [
      'up',
      [up, { ...up, slave: false, interface: 'lte' }],
      '1 of 2 links carry traffic. lte is up but not in the bond.',
      'fair',
    ],
    [
      'up',
      [{ ...up, slave: false }],
      '0 of 1 link carries traffic. wan is up but not in the bond.',
      'bad',
    ],
    ['starting', [down], 'Bonding is starting. 0 of 1 link carries traffic.', 'fair'],
    ['starting', [], 'Bonding is starting. There is no link to carry traffic.', 'fair'],
    ['stopped', [off], 'Bonding is stopped.', 'off'],
    ['fallback', [down], 'No link carries traffic. It goes out without the bond.', 'bad'],
    ['down', [down], 'No link carries traffic.', 'bad'],
  ] as const)('%s', (state, links, text, tone) => {
    expect(headline(sampleSnapshot({ state, links: [...links] }))).toEqual({ text, tone });
  });

  test.each([
    ['down', 'lte is down since 14:02.'],
    ['waiting', 'lte has waited for its line since 14:02.'],
    ['parked', 'lte was taken out at 14:02.'],
    ['connecting', 'lte is connecting.'],
    ['up', 'lte is up but not in the bond.'],
  ] as const)('a time of day, where it says something: %s', (state, text) => {
    const snapshot = sampleSnapshot({ state: 'degraded', links: [up, { ...down, state }] });
    const words = headline(snapshot, new Map([['link2', '14:02']]));
    expect(words.text).toBe(`1 of 2 links carry traffic. ${text}`);
  });

  test("the store's has the time of day", () => {
    const store = createStore(DAEMON);
    store.sink.snapshot(sampleSnapshot({ state: 'degraded', links: [up, { ...down, since: 0 }] }));
    expect(store.headline.value?.text).toMatch(/lte is down since \d\d:\d\d\.$/);
  });

  test('a state this page does not know is shown as it is', () => {
    const snapshot = { ...sampleSnapshot(), state: 'dreaming' } as never;
    expect(headline(snapshot).text).toBe('dreaming');
    expect(phase({ ...up, state: 'humming' } as never).text).toBe('humming');
  });

  test('up, but not in the bond, is not good', () => {
    expect(phase({ ...up, slave: false })).toEqual({ text: 'Up', tone: 'fair' });
  });
});

describe('words', () => {
  test.each([
    [null, 'balance-rr', 'nothing runs'],
    ['bond-tap', 'balance-rr', 'all lines at once'],
    ['spread', '', 'all lines at once'],
    ['active-backup', 'balance-rr', 'one line at a time'],
    ['bond-tap', 'active-backup', 'one line at a time'],
    ['bond-tap', '802.3ad', 'each connection on one line'],
    ['bond-tap', 'broadcast', 'every packet on every line'],
    ['bond-tun', 'quantum', 'bond-tun'],
  ] as const)('driver %s in mode %s: %s', (driver, mode, text) => {
    expect(division(driver, mode)).toBe(text);
  });

  test('a problem is as grave as it says, also in a word', () => {
    const words = (['error', 'warning', 'info'] as const).map((severity) => gravity(severity));
    expect(words.map(({ text }) => text)).toEqual(['Error', 'Warning', 'Note']);
    expect(new Set(words.map(({ tone }) => tone)).size).toBe(3);
  });

  test('what OpenVPN says; what is not known as it is', () => {
    const tunnel = { time: 1, peer: null, cipher: null };
    expect(tunnelState({ ...tunnel, state: 'auth' })).toBe('authenticating');
    expect(tunnelState({ ...tunnel, state: 'dancing' as never })).toBe('dancing');
  });
});

const FORWARD: Snapshot['forwards'][number] = {
  name: 'web',
  proto: 'tcp',
  port: '80',
  dest_ip: '192.168.1.10',
  dest_port: '80',
  enabled: true,
  active: true,
  connections: 3,
};

describe('isSnapshot', () => {
  test('takes the sample, also with fields it does not know', () => {
    expect(isSnapshot({ ...sampleSnapshot(), more: 1 })).toBe(true);
  });

  test('takes a link without the field problem: ubus may leave a null out', () => {
    const { problem: _problem, ...rest } = sampleLink('x');
    expect(isSnapshot({ ...sampleSnapshot(), links: [rest] })).toBe(true);
  });

  test('takes a server with forwards, and a daemon that does not know of them', () => {
    const { forwards: _unknown, ...older } = sampleSnapshot();
    expect(isSnapshot(older)).toBe(true);
    expect(isSnapshot({ ...older, forwards: [FORWARD] })).toBe(true);
  });

  test.each([
    null,
    7,
    'text',
    [],
    {},
    { ...sampleSnapshot(), links: null },
    { ...sampleSnapshot(), bond: null },
    { ...sampleSnapshot(), state: 3 },
    { ...sampleSnapshot(), links: [null] },
    { ...sampleSnapshot(), links: [{ ...sampleLink('x'), share: null }] },
    { ...sampleSnapshot(), links: [{ ...sampleLink('x'), problem: 'bad' }] },
    { ...sampleSnapshot(), problems: [{}] },
    { ...sampleSnapshot(), forwards: {} },
    { ...sampleSnapshot(), forwards: [{ ...FORWARD, port: 80 }] },
    { ...sampleSnapshot(), forwards: [{ ...FORWARD, connections: null }] },
    { ...sampleSnapshot(), forwards: Array.from({ length: 257 }, () => FORWARD) },
    { ...sampleSnapshot(), links: Array.from({ length: 65 }, () => sampleLink('x')) },
  ])('refuses what the page could not draw (%#)', (value) => {
    expect(isSnapshot(value)).toBe(false);
  });
});
