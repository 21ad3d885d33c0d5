import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delta } from '../../../backend/src/status/delta.ts';
import { merge } from '../../../luci-ui/src/merge.ts';
import { SAMPLE_PROBLEM, sampleLink, sampleSnapshot } from './sample.ts';

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const link = fc
  .record({
    name: fc.constantFrom('link0', 'link1', '__proto__', 'constructor'),
    state: fc.constantFrom('up' as const, 'down' as const),
    since: fc.nat(3),
    rx_rate: fc.nat(3),
    share: fc.record({ rx: fc.constantFrom(0, 0.5), tx: fc.constantFrom(0, 0.5) }),
    server: fc.constantFrom(null, '203.0.113.7'),
    problem: fc.constantFrom(null, SAMPLE_PROBLEM),
  })
  .map(({ name, ...changes }) => sampleLink(name, changes));

const snapshot = fc
  .record({
    since: fc.nat(3),
    driver: fc.constantFrom(null, 'spread' as const),
    links: fc.array(link, { maxLength: 4 }),
    problems: fc.array(fc.constant(SAMPLE_PROBLEM), { maxLength: 2 }),
  })
  .map(sampleSnapshot);

describe('delta of the daemon, merge of the page', () => {
  test('merge(a, delta(a, b)) is b, through JSON, and a is left alone', () => {
    fc.assert(
      fc.property(snapshot, snapshot, (before, after) => {
        const kept = copy(before);
        const found = delta(before, after);
        expect(found).not.toBeNull();
        expect(merge(before, copy(found))).toEqual(after);
        expect(before).toEqual(kept);
      }),
      { numRuns: 500 },
    );
  });

  test('the same for any JSON objects, or null when their own fields differ', () => {
    // Few keys, so that two values often have some in common; `__proto__` as data, too.
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom(null, 0, 1, 'text', true),
        fc.array(tie('value'), { maxLength: 3 }),
        tie('object'),
      ),
      object: fc
        .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', '__proto__', '0'), tie('value')), {
          maxLength: 4,
          selector: ([key]) => key,
        })
        .map((entries) => Object.fromEntries(entries) as object),
    }));
    fc.assert(
      fc.property(tree.object, tree.object, (a, b) => {
        const before = a as object;
        const after = b as object;
        const found = delta(before, after);
        const sameFields = Object.keys(before).sort().join() === Object.keys(after).sort().join();
        expect(found !== null).toBe(sameFields);
        if (found) {
          expect(JSON.stringify(sorted(merge(before, copy(found))))).toBe(
            JSON.stringify(sorted(after)),
          );
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('only what changed is sent', () => {
    const before = sampleSnapshot();
    const after = copy(before);
    after.since = 61;
    Object.assign(after.links[1] ?? {}, { rx_rate: 9000, latency: null });
    expect(delta(before, after)).toEqual([
      [[], { since: 61 }],
      [['links', 1], { rx_rate: 9000, latency: null }],
    ]);
    expect(delta(before, copy(before))).toEqual([]);
  });

  test('what did not change stays the same object', () => {
    const before = sampleSnapshot();
    const after = { ...before, since: 61 };
    const merged = merge(before, delta(before, after)) as typeof before;
    expect(merged.links).toBe(before.links);
  });

  test.each([
    ['no list', { since: 1 }],
    ['an entry that is no pair', [7]],
    ['no path', [['since', {}]]],
    ['no fields', [[['bond'], null]]],
    ['a field that is not there', [[[], { speed: 1 }]]],
    ['a path that is not there', [[['links', 9], { since: 1 }]]],
    ['a path through a value', [[['state', 'x'], { since: 1 }]]],
    ['a path through the prototype', [[['constructor', 'prototype'], { polluted: 1 }]]],
    ['fields of a list', [[['links'], { length: 0 }]]],
    ['an inherited field', [[[], { toString: 1 }]]],
  ])('%s does not fit', (_name, bad) => {
    expect(merge(sampleSnapshot(), bad)).toBeNull();
    expect({}).not.toHaveProperty('polluted');
  });
});

/** The same value with its fields in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, inner]) => [key, sorted(inner)]);
}
