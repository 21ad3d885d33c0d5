import { describe, expect, it } from 'vitest';
import { hear } from '../../../backend/src/monitor/heartbeat-hear.ts';
import type { HeartbeatPacket } from '../../../backend/src/monitor/heartbeat-packet.ts';
import { stateOf } from '../../../backend/src/monitor/heartbeat-report.ts';
import {
  newKey,
  newSession,
  newVerdicts,
  type Session,
  setLines,
} from '../../../backend/src/monitor/heartbeat-session.ts';
import { tick } from '../../../backend/src/monitor/heartbeat-tick.ts';
import { goodHeartbeat as packet } from './good-heartbeat.ts';

const NONE = () => null;

function session(role: 'router' | 'server', ...names: string[]): Session {
  const made = newSession(role);
  setLines(made, configs(...names), 0);
  return made;
}

function configs(...names: string[]) {
  return names.map((name, i) => ({ name, id: 1194 + i, interval: 100, out: false }));
}

/** All that it sends within the next 100 ms. */
function sent(of: Session, now: number): HeartbeatPacket[] {
  const packets: HeartbeatPacket[] = [];
  for (let t = now; t < now + 100; t += 10) packets.push(...tick(of, NONE, t));
  return packets;
}

describe('heartbeats of one end', () => {
  it('takes each number once, newer ones only, also where they begin anew at 0', () => {
    const end = session('server', 'a');
    const seqs = [5, 5, 4, 6, 0x7fffffff, 0x80000010, 0xffffffff, 0xfffffffe, 0, 0xffffffff, 1];
    const taken = seqs.filter((seq, i) => hear(end, packet({ seq }), NONE, 10 + i));
    expect(taken).toEqual([5, 6, 0x7fffffff, 0x80000010, 0xffffffff, 0, 1]);
  });

  it('changes nothing by one that is kept and played again, or of another link', () => {
    const end = session('server', 'a');
    hear(end, packet({ seq: 9, interval: 200 }), NONE, 10);
    const before = JSON.stringify(end);
    expect(hear(end, packet({ seq: 9, hears: false, interval: 9_000 }), NONE, 20)).toBe(false);
    expect(hear(end, packet({ seq: 99, link: 1300 }), NONE, 20)).toBe(false);
    expect(JSON.stringify(end)).toBe(before);
  });

  it('speaks as a router at once, as a server only to those that it has heard', () => {
    const server = session('server', 'a', 'b');
    expect(sent(server, 0)).toEqual([]);
    expect(server.due).toBe(Number.POSITIVE_INFINITY);
    expect(sent(session('router', 'a', 'b'), 0).map(({ link }) => link)).toEqual([1194, 1195]);
    hear(server, packet(), NONE, 200);
    expect(sent(server, 200).map(({ link }) => link)).toEqual([1194]);
  });

  it('says what it hears, and since when', () => {
    const end = session('router', 'a');
    expect(sent(end, 0)[0]).toMatchObject({ hears: false, echo: 0, seq: 1, interval: 100 });
    hear(end, packet({ sent: 77_777 }), NONE, 130);
    expect(tick(end, NONE, 200)[0]).toMatchObject({
      hears: true,
      echo: 77_777,
      held: 700,
      seq: 2,
      sent: 2_000,
      heard: 1,
    });
  });

  it('does not say when one came that lay about while it was busy', () => {
    const end = session('router', 'a');
    hear(end, packet({ seq: 1, sent: 50_000 }), NONE, 5);
    tick(end, NONE, end.due);
    const late = end.due + 2_000;
    hear(end, packet({ seq: 2, sent: 51_000 }), NONE, late);
    expect(tick(end, NONE, late + 1)[0]).toMatchObject({ hears: true, echo: 0 });
    expect(stateOf(end, 'a', late + 1)?.rtt).toBeNull();
  });

  it('keeps its numbers over a link that goes and comes, and over another name of it', () => {
    const end = session('router', 'a', 'b');
    for (let t = 0; t < 1_000; t += 100) sent(end, t);
    const last = sent(end, 1_000)[0]?.seq ?? 0;
    hear(end, packet({ seq: 40 }), NONE, 1_050);
    expect(newVerdicts(end)).toEqual([{ link: 'a', verdict: 'alive' }]);
    setLines(end, configs('other').slice(1), 1_100);
    setLines(end, configs('renamed', 'b'), 1_200);
    expect(hear(end, packet({ seq: 39 }), NONE, 1_205)).toBe(false);
    expect(sent(end, 1_210)[0]?.seq).toBe(last + 1);
    expect(stateOf(end, 'renamed', 1_300)?.verdict).toBe('unknown');
    expect(stateOf(end, 'a', 1_300)).toBeNull();
  });

  it('tells again that a link is unknown which comes back after it was left out', () => {
    const end = session('router', 'a', 'b');
    hear(end, packet(), NONE, 5);
    newVerdicts(end);
    setLines(end, configs('a', 'b').slice(1), 10);
    setLines(end, configs('a', 'b'), 20);
    expect(newVerdicts(end)).toEqual([{ link: 'a', verdict: 'unknown' }]);
  });

  it('begins its numbers anew with a new key', () => {
    const end = session('router', 'a');
    hear(end, packet({ seq: 900 }), NONE, 5);
    sent(end, 10);
    newKey(end, 200);
    expect(sent(end, 200)[0]).toMatchObject({ seq: 1, hears: false, echo: 0 });
    expect(hear(end, packet({ seq: 1 }), NONE, 320)).toBe(true);
  });

  it('answers at once when asked, but not more often than the quickest of rhythms', () => {
    const end = newSession('server');
    setLines(end, [{ name: 'a', id: 1194, interval: 5_000, out: true }], 0);
    hear(end, packet({ interval: 5_000 }), NONE, 5);
    tick(end, NONE, 5);
    expect(tick(end, NONE, 1_000)).toEqual([]);
    let answers = 0;
    for (let i = 0; i < 100; i += 1) {
      hear(end, packet({ seq: 2 + i, poll: true, interval: 5_000 }), NONE, 1_000 + i);
      answers += tick(end, NONE, 1_000 + i).length;
    }
    expect(answers).toBe(5);
    expect(tick(end, NONE, 5_000)[0]).toMatchObject({ out: true });
  });

  it('takes an interval of the peer that cannot be for the nearest that can', () => {
    const end = session('router', 'a');
    hear(end, packet({ interval: 0 }), NONE, 5);
    expect(stateOf(end, 'a', 5)?.interval).toBe(100);
    hear(end, packet({ seq: 2, interval: 0xffff }), NONE, 6);
    expect(stateOf(end, 'a', 6)?.interval).toBe(60_000);
  });
});
