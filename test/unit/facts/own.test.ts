import { describe, expect, it } from 'vitest';
import { LINK_LIMIT, OWN_TABLES } from '../../../backend/src/config/numbers.ts';
import { readActual } from '../../../backend/src/facts/actual.ts';
import * as numbers from '../../../backend/src/plan/numbers.ts';
import { ABLE } from '../../fakes/config.ts';

const { INSTANCE_LIMIT, isAnyInstances, isInstanceNumber, linkAlias, ownOf } = numbers;
const all = Array.from({ length: INSTANCE_LIMIT }, (_, instance) => ownOf(instance));
/** What `first` stands for with all its links. */
const eight = (first: number): number[] =>
  Array.from({ length: LINK_LIMIT }, (_, index) => first + index);
const distinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

describe('what an instance owns', () => {
  it('is what there always was for the first', () => {
    expect(ownOf(0)).toEqual({
      instance: 0,
      protocol: '157',
      alias: 'bonding',
      nftTable: 'bonding',
      mainRule: 20_100,
      bondRule: 20_200,
      bondTable: 20_200,
      pathRule: 20_010,
      pathTable: 20_210,
      pathMark: 0xc0,
    });
    expect(ownOf(1)).toMatchObject({ protocol: '158', alias: 'bonding1', nftTable: 'bonding1' });
  });

  it('is nobody else’s', () => {
    expect(distinct(all.map(({ protocol }) => protocol))).toBe(true);
    expect(distinct(all.map(({ alias }) => alias))).toBe(true);
    expect(distinct(all.map(({ nftTable }) => nftTable))).toBe(true);
    expect(distinct(all.flatMap(({ pathMark }) => eight(pathMark)))).toBe(true);
    const tables = all.flatMap(({ bondTable, pathTable }) => [bondTable, ...eight(pathTable)]);
    expect(distinct(tables)).toBe(true);
    const { LINK_MARK_RULE, SOURCE_RULE, SERVER_RULE } = numbers;
    const priorities = [
      ...all.flatMap((own) => [own.mainRule, own.bondRule, ...eight(own.pathRule)]),
      ...[LINK_MARK_RULE, SOURCE_RULE, SERVER_RULE].flatMap(eight),
    ];
    expect(distinct(priorities)).toBe(true);
    expect(distinct(all.map(({ alias }) => linkAlias({ alias }, 'link0')))).toBe(true);
  });

  it('lies where it was promised: rules in our range, tables that no link may have, marks of a byte', () => {
    for (const { bondTable, pathTable, pathMark, pathRule } of all) {
      for (const table of [bondTable, ...eight(pathTable)]) {
        expect(table).toBeGreaterThanOrEqual(OWN_TABLES.first);
        expect(table).toBeLessThanOrEqual(OWN_TABLES.last);
      }
      expect(Math.max(...eight(pathMark))).toBeLessThanOrEqual(0xff);
      expect(Math.min(...eight(pathMark))).toBeGreaterThan(numbers.LINK_MARK + LINK_LIMIT - 1);
      expect(pathRule).toBeGreaterThan(20_000);
      // A main that knows the peer as a neighbour in a bond must not be asked before.
      expect(Math.max(...eight(pathRule))).toBeLessThan(numbers.MAIN_RULE);
    }
  });

  it('goes by the number in the facts, which older facts have not', () => {
    const raw = { addr: [], rule: [], route: [], nft: null, interfaces: null, tunnels: [] };
    const facts = { ...raw, sysctls: null, abilities: ABLE };
    expect(readActual({ ...facts, instance: 3 }).own).toEqual(ownOf(3));
    expect(readActual(facts).own).toEqual(ownOf(0));
    for (const instance of [8, -1, 1.5, Number.NaN])
      expect(readActual({ ...facts, instance }).own).toEqual(ownOf(0));
  });

  it('has a protocol of its own, and knows those of the others', () => {
    expect(['156', '157', '158', '164', '165'].map(isAnyInstances)).toEqual([
      ...[false, true, true, true, false],
    ]);
    expect(['kernel', '', undefined, 157].map(isAnyInstances)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect([0, 7, 8, -1, 0.5, '1'].map(isInstanceNumber)).toEqual([
      ...[true, true, false, false, false, false],
    ]);
  });
});
