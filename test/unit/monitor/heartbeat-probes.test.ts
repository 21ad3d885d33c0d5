import { describe, expect, it } from 'vitest';
import { hear } from '../../../backend/src/monitor/heartbeat-hear.ts';
import type { HeartbeatPacket } from '../../../backend/src/monitor/heartbeat-packet.ts';
import { stateOf } from '../../../backend/src/monitor/heartbeat-report.ts';
import {
  newSession,
  resetLine,
  type Session,
  setLines,
} from '../../../backend/src/monitor/heartbeat-session.ts';
import { tick } from '../../../backend/src/monitor/heartbeat-tick.ts';
import { goodHeartbeat as packet } from './good-heartbeat.ts';
import { type LineInput, twoEnds } from './two-ends.ts';

const NONE = () => null;

/** A server with one link that has heard its router at 10 ms. */
function server(interval = 100): Session {
  const session = newSession('server');
  setLines(session, [{ name: 'a', id: 1194, interval, out: false, largest: 1492 }], 0);
  hear(session, packet({ sent: 5_000, interval }), NONE, 10);
  return session;
}

const probe = (more: Partial<HeartbeatPacket> = {}): HeartbeatPacket =>
  packet({ probe: true, size: 1_464, ...more });

/** What its next heartbeat says. */
function said(session: Session, now: number): HeartbeatPacket | undefined {
  return tick(session, NONE, now).find((one) => !one.probe);
}

/** Two ends and a line of this MTU each way, beside a whole one. */
function world(up: number, down: number, more: LineInput = {}) {
  const narrow = { largest: 1492, ...more, up: { ...more.up, mtu: up } };
  return twoEnds([
    { ...narrow, down: { ...more.down, mtu: down } },
    { ...more, largest: 1492 },
  ]);
}

describe('a probe that comes', () => {
  it('is told for two seconds, with its headers, in the heartbeats that follow', () => {
    const session = server();
    expect(hear(session, probe({ sent: 5_100 }), NONE, 20)).toBe(false);
    expect(said(session, 100)).toMatchObject({ probed: 1492, seq: 1, hears: true });
    expect(said(session, 2_000)).toMatchObject({ probed: 1492 });
    expect(said(session, 2_100)).toMatchObject({ probed: 0 });
  });

  it('is told in three heartbeats where those are seldom', () => {
    const session = server(10_000);
    hear(session, probe({ sent: 5_100 }), NONE, 20);
    expect([10_000, 20_000, 30_000].map((at) => said(session, at)?.probed)).toEqual([
      ...[1492, 1492, 1492],
    ]);
    expect(said(session, 40_000)?.probed).toBe(0);
  });

  it('is no heartbeat: nothing else follows from it', () => {
    const session = server();
    const before = JSON.stringify(session);
    const odd = { seq: 99, hears: false, out: true, poll: true, interval: 9_000, txPackets: 7 };
    hear(session, probe({ ...odd, sent: 5_500 }), NONE, 20);
    const [line] = session.lines;
    expect(line?.probe).toEqual({ size: 1492, at: 20 });
    if (line !== undefined) line.probe = null;
    expect(JSON.stringify(session)).toBe(before);
    expect(hear(session, packet({ seq: 2 }), NONE, 30)).toBe(true);
  });

  it('says nothing when it is old, of another link, or the first that comes', () => {
    const session = server();
    hear(session, packet({ seq: 2, sent: 105_100 }), NONE, 10_020);
    hear(session, probe({ sent: 5_100 }), NONE, 10_030);
    hear(session, probe({ sent: 55_000 }), NONE, 10_030);
    hear(session, probe({ sent: 105_100, link: 1195 }), NONE, 10_030);
    expect(session.lines[0]?.probe).toBeNull();
    const fresh = newSession('server');
    setLines(fresh, [{ name: 'a', id: 1194, interval: 100, out: false }], 0);
    hear(fresh, probe(), NONE, 10);
    expect(fresh.lines[0]?.probe).toBeNull();
  });

  it('is forgotten with the line', () => {
    const session = server();
    hear(session, probe({ sent: 5_100 }), NONE, 20);
    resetLine(session, 'a');
    expect(said(session, 100)).toMatchObject({ probed: 0 });
  });
});

describe('probes that go', () => {
  it('have no number of their own, and are as long as they ask', () => {
    const session = server();
    const sent: HeartbeatPacket[] = [];
    for (let now = 10; now < 4_000; now += 10) {
      sent.push(...tick(session, NONE, now));
      if (now % 100 === 50)
        hear(session, packet({ seq: 2 + now, sent: 5_000 + 10 * now }), NONE, now);
    }
    const beats = sent.filter((one) => !one.probe).map(({ seq }) => seq);
    expect(beats).toEqual(beats.map((_, i) => i + 1));
    const probes = sent.filter((one) => one.probe);
    expect(probes.map(({ size }) => size)).toEqual([1_464]);
    expect(probes[0]).toMatchObject({ link: 1194, echo: 0, txPackets: 0, probed: 0 });
  });

  it('do not go to a peer that does not hear us, nor where nobody wants to know', () => {
    const deaf = server();
    const idle = newSession('server');
    setLines(idle, [{ name: 'a', id: 1194, interval: 100, out: false }], 0);
    for (let now = 10; now < 9_000; now += 10) {
      const all = [...tick(deaf, NONE, now), ...tick(idle, NONE, now)];
      expect(all.filter((one) => one.probe)).toEqual([]);
      const beat = { seq: 2 + now, sent: 5_000 + 10 * now };
      hear(deaf, packet({ ...beat, hears: false }), NONE, now);
      hear(idle, packet(beat), NONE, now);
    }
  });

  it('find what comes through, each way for itself', () => {
    const ends = world(1400, 1472);
    ends.run(15_000);
    const paths = (end: 'router' | 'server') =>
      [0, 1].map((i) => {
        const { session, clock } = ends.sides[end];
        return stateOf(session, `link${i}`, ends.now() * clock.rate + clock.offset)?.pathMtu;
      });
    expect(paths('router')).toEqual([1400, 1492]);
    expect(paths('server')).toEqual([1472, 1492]);
    expect(ends.found.every(({ verdict }) => verdict === 'alive')).toBe(true);
  });

  it('cost the figures nothing: no loss, no death, beside lines that are full', () => {
    const busy = { rate: 200, traffic: () => 150 };
    const ends = world(1300, 1300, { up: busy, down: busy });
    ends.run(20_000);
    ends.samples('router');
    ends.run(1_000);
    for (const sample of ends.samples('router'))
      expect(sample).toMatchObject({ loss: 0, beatsLostTx: 0 });
    expect(ends.found.filter(({ verdict }) => verdict !== 'alive')).toEqual([]);
  });

  it('wait for a line that is dead, and then find what it has', () => {
    const ends = world(1400, 1400);
    ends.run(4_000);
    for (const way of Object.values(ends.lines[0] ?? {})) way.cut = true;
    ends.run(60_000);
    expect(ends.sides.router.session.lines[0]?.path.result).toBeNull();
    for (const way of Object.values(ends.lines[0] ?? {})) way.cut = false;
    ends.run(40_000);
    expect(ends.sides.router.session.lines[0]?.path.result).toBe(1400);
  });

  it('wake nobody once all is known', () => {
    const plain = twoEnds([{}, {}]);
    const asking = world(1492, 1492);
    const count = (ends: typeof plain): number => {
      ends.run(20_000);
      let wakes = 0;
      const { session, clock } = ends.sides.router;
      let due = session.due;
      ends.run(10_000, (time) => {
        if (session.due !== due && due <= time * clock.rate + clock.offset) wakes += 1;
        due = session.due;
      });
      return wakes;
    };
    expect(count(asking)).toBe(count(plain));
  });
});
