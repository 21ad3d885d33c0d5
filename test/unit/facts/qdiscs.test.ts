import { describe, expect, it } from 'vitest';
import { ownOf } from '../../../backend/src/facts/own.ts';
import { mayBeShaped, readQdiscs } from '../../../backend/src/facts/qdiscs.ts';

/** `tc -j qdisc show` of iproute2 6.1 on Linux 6.1, two tunnels under a bond. */
const TBF = [
  { kind: 'noqueue', handle: '0:', dev: 'bond0', root: true, refcnt: 2, options: {} },
  {
    ...{ kind: 'tbf', handle: '6abc:', dev: 'tun0', root: true, refcnt: 2 },
    options: { rate: 618_750, burst: 1539, lat: 400_000 },
  },
  {
    ...{ kind: 'fq_codel', handle: '8005:', dev: 'tun0', parent: '6abc:1' },
    options: {
      ...{ limit: 10_240, flows: 1024, quantum: 1514, target: 19_999, interval: 199_999 },
      ...{ memory_limit: 33_554_432, drop_batch: 64 },
    },
  },
  {
    ...{ kind: 'tbf', handle: '6abd:', dev: 'tun1', root: true, refcnt: 2 },
    options: { rate: 123_750, burst: 1539, lat: 400_000 },
  },
];
const CAKE = [
  { kind: 'noqueue', handle: '0:', dev: 'lo', root: true, refcnt: 2, options: {} },
  {
    ...{ kind: 'cake', handle: '8001:', dev: 'tun0', root: true, refcnt: 2 },
    options: {
      ...{ bandwidth: 618_750, diffserv: 'besteffort', flowmode: 'triple-isolate', nat: false },
      ...{ wash: false, ingress: false, 'ack-filter': 'disabled', split_gso: true, rtt: 200_000 },
      ...{ raw: false, atm: 'noatm', overhead: 66, fwmark: '0' },
    },
  },
];

/** The same with netem, and with `delay 0us`. */
const NETEM = [8e-3, 0.012_5, 0].map((delay, at) => ({
  ...{ kind: 'netem', handle: '7000:', dev: `tun${at}`, root: true, refcnt: 2 },
  options: {
    limit: 4000,
    ...(delay > 0 ? { delay: { delay, jitter: 0, correlation: 0 } } : {}),
    ...{ ecn: false, gap: 0 },
  },
}));

describe('the qdiscs that limit a device', () => {
  it('are read with how long they hold packets back', () => {
    const read = [...readQdiscs(NETEM).values()];
    expect(read.map(({ delay }) => delay)).toEqual([8_000, 12_500, 0]);
    expect(read[0]).toEqual({
      ...{ device: 'tun0', kind: 'netem', handle: '7000', rate: 0, delay: 8_000 },
      ...{ leaf: null, target: 0 },
    });
  });

  it('are read with their rate, what is inside, and how long packets may wait', () => {
    expect([...readQdiscs(TBF).values()]).toEqual([
      {
        ...{ device: 'tun0', kind: 'tbf', handle: '6abc', rate: 4_950_000, delay: 0 },
        ...{ leaf: 'fq_codel', target: 20 },
      },
      {
        ...{ device: 'tun1', kind: 'tbf', handle: '6abd', rate: 990_000, delay: 0 },
        ...{ leaf: null, target: 0 },
      },
    ]);
    expect([...readQdiscs(CAKE).values()]).toEqual([
      {
        ...{ device: 'tun0', kind: 'cake', handle: '8001', rate: 4_950_000, delay: 0 },
        ...{ leaf: null, target: 10 },
      },
    ]);
  });

  it('are those at the root: one below somebody else’s is his', () => {
    const below = TBF.map((entry) => ({ ...entry, root: undefined, parent: '1:10' }));
    expect(readQdiscs(below).size).toBe(0);
  });

  it.each([[null], [undefined], ['text'], [[{}]], [[{ kind: 'tbf', root: true }]]])(
    'are none in %j',
    (raw) => {
      expect(readQdiscs(raw).size).toBe(0);
    },
  );

  it('are of no rate where none is said', () => {
    expect(readQdiscs([{ kind: 'cake', dev: 'tun0', root: true }]).get('tun0')).toEqual({
      ...{ device: 'tun0', kind: 'cake', handle: '', rate: 0, delay: 0 },
      ...{ leaf: null, target: 0 },
    });
  });
});

describe('whether to look', () => {
  const addr = (ifalias: string, qdisc: string): unknown => [
    { ifname: 'tun0', ifalias, qdisc },
    { ifname: 'eth0', qdisc: 'cake' },
  ];

  it('is said by the list of devices: only at a tunnel of ours', () => {
    expect(mayBeShaped(addr('bonding link0', 'tbf'), ownOf(0))).toBe(true);
    expect(mayBeShaped(addr('bonding link0', 'cake'), ownOf(0))).toBe(true);
    expect(mayBeShaped(addr('bonding link0', 'fq_codel'), ownOf(0))).toBe(false);
    expect(mayBeShaped(addr('bonding1 link0', 'tbf'), ownOf(0))).toBe(false);
    expect(mayBeShaped(null, ownOf(0))).toBe(false);
  });
});
