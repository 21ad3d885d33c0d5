import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_TRAFFIC, type Sample, trafficOf } from '../../../backend/src/status/rates.ts';

const at = (time: number, rx: number, tx = 0): Sample => ({
  time,
  bytes: new Map([['bond0', { rx, tx }]]),
});

describe('traffic', () => {
  it('is bytes so far, and bit/s over the interval', () => {
    expect(trafficOf('bond0', at(1_000, 100, 7), at(3_000, 1_100, 1_007))).toMatchObject({
      rx_bytes: 1_100,
      tx_bytes: 1_007,
      rx_rate: 4_000,
      tx_rate: 4_000,
    });
  });

  it('is nothing for a device that is not there', () => {
    expect(trafficOf('tap0', at(0, 1), at(1_000, 2))).toBe(NO_TRAFFIC);
    expect(trafficOf('bond0', null, null)).toBe(NO_TRAFFIC);
  });

  it('is packets, errors and drops where they were counted', () => {
    const more = { rx: [1, 2, 3], tx: [4, 5, 6] } as const;
    const counted: Sample = { time: 0, bytes: new Map([['bond0', { rx: 0, tx: 0, more }]]) };
    expect(trafficOf('bond0', null, counted)).toMatchObject({
      rx_packets: 1,
      rx_errors: 2,
      rx_dropped: 3,
      tx_packets: 4,
      tx_errors: 5,
      tx_dropped: 6,
    });
  });

  it('has no rate yet at the first look at a device', () => {
    const first = { rx_bytes: 500, tx_bytes: 3, rx_rate: 0, tx_rate: 0 };
    expect(trafficOf('bond0', null, at(1_000, 500, 3))).toMatchObject(first);
    const other: Sample = { time: 0, bytes: new Map() };
    expect(trafficOf('bond0', other, at(1_000, 500, 3))).toMatchObject(first);
  });

  it('has no rate over an interval in which a counter went back: the device was made anew', () => {
    expect(trafficOf('bond0', at(0, 10_000, 10), at(1_000, 200, 20))).toMatchObject({
      rx_bytes: 200,
      tx_bytes: 20,
      rx_rate: 0,
      tx_rate: 80,
    });
  });

  it('is never a number that is none, whatever the times are', () => {
    expect(trafficOf('bond0', at(1_000, 0), at(1_000, 500)).rx_rate).toBe(0);
    expect(trafficOf('bond0', at(2_000, 0), at(1_000, 500)).rx_rate).toBe(0);
    const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(number, number, number, number, (t1, t2, b1, b2) => {
        const { rx_rate } = trafficOf('bond0', at(t1, b1), at(t2, b2));
        expect(Number.isInteger(rx_rate) && rx_rate >= 0).toBe(true);
      }),
    );
  });
});
