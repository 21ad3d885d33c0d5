import { describe, expect, test } from 'vitest';
import { isSnapshot } from '../../../luci-ui/src/check.ts';
import { createStore } from '../../../luci-ui/src/store.ts';
import { headline, phase } from '../../../luci-ui/src/words.ts';
import { SAMPLE_PROBLEM, sampleLink, sampleSnapshot } from './sample.ts';

describe('store', () => {
  test('begins empty, and keeps the last snapshot when the connection is lost', () => {
    const store = createStore();
    expect(store.snapshot.value).toBeNull();
    expect(store.headline.value).toBeNull();
    expect(store.problems.value).toEqual([]);
    const snapshot = sampleSnapshot();
    store.sink.snapshot(snapshot);
    store.sink.connection({ state: 'lost', reason: 'gone', since: 1 });
    expect(store.snapshot.value).toBe(snapshot);
    expect(store.connection.value.state).toBe('lost');
    expect(store.headline.value?.text).toBe('All 2 links carry traffic.');
  });

  test("a link's problem is not listed a second time", () => {
    const store = createStore();
    const other = { ...SAMPLE_PROBLEM, subject: 'ubus' };
    const links = [sampleLink('link1', { problem: SAMPLE_PROBLEM })];
    store.sink.snapshot(sampleSnapshot({ links, problems: [{ ...SAMPLE_PROBLEM }, other] }));
    expect(store.problems.value).toEqual([other]);
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
      [up, { ...down, interface: null, state: 'parked' }],
      '1 of 2 links carry traffic. link2 is taken out.',
      'fair',
    ],
    ['starting', [down], 'Bonding is starting. 0 of 1 link carries traffic.', 'fair'],
    ['starting', [], 'Bonding is starting. There is no link to carry traffic.', 'fair'],
    ['stopped', [off], 'Bonding is stopped.', 'off'],
    ['fallback', [down], 'No link carries traffic. It goes out without the bond.', 'bad'],
    ['down', [down], 'No link carries traffic.', 'bad'],
  ] as const)('%s', (state, links, text, tone) => {
    expect(headline(sampleSnapshot({ state, links: [...links] }))).toEqual({ text, tone });
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

describe('isSnapshot', () => {
  test('takes the sample, also with fields it does not know', () => {
    expect(isSnapshot({ ...sampleSnapshot(), more: 1 })).toBe(true);
  });

  test('takes a link without the field problem: ubus may leave a null out', () => {
    const { problem: _problem, ...rest } = sampleLink('x');
    expect(isSnapshot({ ...sampleSnapshot(), links: [rest] })).toBe(true);
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
    { ...sampleSnapshot(), links: Array.from({ length: 65 }, () => sampleLink('x')) },
  ])('refuses what the page could not draw (%#)', (value) => {
    expect(isSnapshot(value)).toBe(false);
  });
});
