import { describe, expect, it } from 'vitest';
import { concerns } from '../../../backend/src/facts/kernel-line.ts';

/** As iproute2 6.1 prints them. */
const LINES = {
  link: '3: v0@v1: <NO-CARRIER,BROADCAST,MULTICAST,UP,M-DOWN> mtu 1500 qdisc noqueue state DOWN \\    link/ether 3a:ad:70:df:fb:d8 brd ff:ff:ff:ff:ff:ff',
  gone: 'Deleted 3: v0@NONE: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN',
  address:
    '3: v0    inet 10.1.0.2/24 scope global v0\\       valid_lft forever preferred_lft forever',
  route: 'Deleted 10.9.0.0/16 via 10.1.0.1 dev v0 table 20101 ',
};

describe('concerns', () => {
  it.each(Object.entries(LINES))('tells our devices from others: %s', (_name, line) => {
    expect(concerns(line, new Set(['v0']))).toBe(true);
    expect(concerns(line, new Set(['v1', 'wlan0']))).toBe(false);
  });

  it('takes every rule', () => {
    expect(concerns('20101:\tfrom 10.1.0.2 lookup 20101', new Set())).toBe(true);
    expect(concerns('Deleted 20101:\tfrom 10.1.0.2 lookup 20101', new Set())).toBe(true);
  });

  it('makes nothing of anything else', () => {
    for (const line of ['', 'x', 'unreachable 10.0.0.0/8 metric 4', ' dev '])
      expect(concerns(line, new Set(['v0']))).toBe(false);
  });
});
