import { describe, expect, it } from 'vitest';
import { cpuMeter } from '../../../backend/src/effects/speed/cpu.ts';
import { type Look, lookAt, readLook } from '../../../backend/src/effects/speed/look.ts';

const LOOK: Look = {
  busy: 0.5,
  tunnels: [{ rx: 1, tx: 2, bytes: 3 }, null],
  buffers: { rx: 6e6, tx: 4e6 },
};

describe('what one end sees', () => {
  it('has the counters of the tunnels that are tested, and the buffers of TCP', () => {
    const { busy, tunnels, buffers } = lookAt(['lo', null, 'no-such-device'], 0.25);
    expect(busy).toBe(0.25);
    expect(tunnels[0]).toEqual({
      rx: expect.any(Number),
      tx: expect.any(Number),
      bytes: expect.any(Number),
    });
    expect(tunnels.slice(1)).toEqual([null, null]);
    expect(buffers.rx).toBeGreaterThan(4_096);
    expect(buffers.tx).toBeGreaterThan(4_096);
  });

  it('comes over the wire as it is', () => {
    expect(readLook(JSON.parse(JSON.stringify({ look: LOOK })), 2)).toEqual(LOOK);
    expect(readLook(JSON.parse(JSON.stringify({ look: { ...LOOK, busy: null } })), 2)?.busy).toBe(
      null,
    );
  });

  it.each([
    ['the question', { look: true }],
    ['nothing', {}],
    ['of more tunnels', { look: { ...LOOK, tunnels: [null] } }],
    ['without tunnels', { look: { busy: 1 } }],
  ])('%s is none', (_name, line) => {
    expect(readLook(line, 2)).toBeNull();
  });

  it('takes nothing but numbers', () => {
    const tunnels = [{ rx: '1', tx: 2, bytes: 3 }, 'x'];
    const line = { look: { busy: 'all', tunnels, buffers: null } };
    const buffers = { rx: null, tx: null };
    expect(readLook(line, 2)).toEqual({ busy: null, tunnels: [null, null], buffers });
  });
});

describe('how busy a machine is', () => {
  it('is from 0 to 1, and full where we are', () => {
    const meter = cpuMeter([process.pid, 2 ** 30]);
    const until = performance.now() + 200;
    while (performance.now() < until);
    expect(meter()).toBeGreaterThan(0.5);
    expect(cpuMeter()()).toBeLessThanOrEqual(1);
  });
});
