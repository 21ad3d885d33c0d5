import { describe, expect, it } from 'vitest';
import type { Qdisc } from '../../../backend/src/facts/qdiscs.ts';
import { type Desired, NOTHING } from '../../../backend/src/plan/desired.ts';
import type { DesiredQdisc } from '../../../backend/src/plan/shaping.ts';
import { printCommand } from '../../../backend/src/reconcile/commands.ts';
import { diffQdiscs } from '../../../backend/src/reconcile/qdiscs.ts';
import { fakeKernel } from '../../fakes/kernel.ts';

const HAVE: Qdisc = {
  ...{ device: 'tun0', kind: 'tbf', handle: '6abc', rate: 8e6, delay: 0 },
  leaf: 'fq_codel',
  target: 20,
};
const WANT: DesiredQdisc = {
  ...HAVE,
  words: [
    ['root', 'handle', '6abc:', 'tbf', 'rate', '8000000bit'],
    ['parent', '6abc:1', 'fq_codel'],
  ],
};
const NETEM = { kind: 'netem', handle: '7000', rate: 0, leaf: null, target: 0 } as const;
const SET = [
  'tc qdisc replace dev tun0 root handle 6abc: tbf rate 8000000bit',
  'tc qdisc replace dev tun0 parent 6abc:1 fq_codel',
];

/** The commands for `want` where `have` is, on a tunnel device with that alias. */
function commands(
  want: DesiredQdisc[],
  have: Qdisc[],
  { alias = 'bonding link0', remade = [] as string[], instance = 0 } = {},
): string[] {
  const kernel = fakeKernel({ devices: ['tun0'] });
  kernel.run({
    kind: 'run',
    argv: ['ip', 'link', 'set', 'dev', 'tun0', 'alias', alias],
    stdin: null,
  });
  const actual = {
    ...kernel.actual(instance),
    qdiscs: new Map(have.map((qdisc) => [qdisc.device, qdisc])),
  };
  const desired: Desired = { ...NOTHING, qdiscs: want };
  return diffQdiscs(desired, actual, new Set(remade)).map(printCommand);
}

describe('the qdiscs of the tunnels', () => {
  it('are set where there is none, or another one', () => {
    expect(commands([WANT], [])).toEqual(SET);
    expect(commands([WANT], [{ ...HAVE, kind: 'cake', leaf: null }])).toEqual(SET);
    expect(commands([WANT], [{ ...HAVE, handle: '6abd' }])).toEqual(SET);
    expect(commands([WANT], [{ ...HAVE, rate: 7e6 }])).toEqual(SET);
    expect(commands([WANT], [{ ...HAVE, leaf: 'bfifo' }])).toEqual(SET);
  });

  it('are changed in place where only the time is another one that packets may wait', () => {
    expect(commands([WANT], [{ ...HAVE, target: 40 }])).toEqual(SET.slice(1));
    const cake = { kind: 'cake', leaf: null } as const;
    const want: DesiredQdisc = {
      ...{ ...HAVE, ...cake },
      words: [['root', 'handle', '6abc:', 'cake', 'rtt', '400ms']],
    };
    expect(commands([want], [{ ...HAVE, ...cake, target: 40 }])).toEqual([
      'tc qdisc replace dev tun0 root handle 6abc: cake rtt 400ms',
    ]);
  });

  it('stay as they are', () => {
    expect(commands([WANT], [HAVE])).toEqual([]);
  });

  it('come anew with a device that is made anew', () => {
    expect(commands([WANT], [HAVE], { remade: ['tun0'] })).toEqual(SET);
  });

  it('go when they are wanted no longer, but not with a device that goes', () => {
    expect(commands([], [HAVE])).toEqual(['tc qdisc del dev tun0 root']);
    expect(commands([], [HAVE], { remade: ['tun0'] })).toEqual([]);
  });

  it('that hold packets back are changed in place, and take turns with shapers', () => {
    const delayOf = (delay: number): Qdisc => ({ ...HAVE, ...NETEM, delay });
    const want = (delay: number): DesiredQdisc => ({
      ...delayOf(delay),
      words: [['root', 'handle', '7000:', 'netem', 'delay', `${delay}us`]],
    });
    const set = ['tc qdisc replace dev tun0 root handle 7000: netem delay 9000us'];
    expect(commands([want(9_000)], [delayOf(9_000)])).toEqual([]);
    expect(commands([want(9_000)], [delayOf(8_000)])).toEqual(set);
    expect(commands([want(9_000)], [HAVE])).toEqual(set);
    expect(commands([WANT], [delayOf(9_000)])).toEqual(SET);
    expect(commands([], [delayOf(9_000)])).toEqual(['tc qdisc del dev tun0 root']);
    expect(commands([], [{ ...delayOf(9_000), handle: '8003' }])).toEqual([]);
  });

  it('of others stay: the user has put one on our tunnel, or the tunnel is not ours', () => {
    expect(commands([], [{ ...HAVE, handle: '1' }])).toEqual([]);
    expect(commands([], [{ ...HAVE, handle: '0', kind: 'cake', leaf: null }])).toEqual([]);
    expect(commands([], [HAVE], { alias: 'bonding1 link0' })).toEqual([]);
    expect(commands([], [HAVE], { alias: 'bonding1 link0', instance: 1 })).toHaveLength(1);
  });
});
