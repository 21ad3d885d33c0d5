import { describe, expect, it } from 'vitest';
import {
  type Goodbye,
  goodbyes,
  takeGoodbye,
} from '../../../backend/src/monitor/heartbeat-goodbye.ts';
import { hear } from '../../../backend/src/monitor/heartbeat-hear.ts';
import {
  newKey,
  newSession,
  type Session,
  setLines,
  verdictOf,
} from '../../../backend/src/monitor/heartbeat-session.ts';
import { tick } from '../../../backend/src/monitor/heartbeat-tick.ts';
import type { Verdict } from '../../../backend/src/monitor/heartbeats.ts';

const NONE = () => null;
const LINKS = [0, 1, 2].map((i) => ({
  ...{ name: `link${i}`, id: 1194 + i, interval: 100, out: false },
}));

/** Two ends that hear each other on three lines without delay, since `until` ms. */
function pair(until: number): { router: Session; server: Session } {
  const [router, server] = [newSession('router'), newSession('server')];
  for (const session of [router, server]) setLines(session, LINKS, 0);
  for (let now = 0; now <= until; now += 1) exchange(router, server, now);
  return { router, server };
}

function exchange(router: Session, server: Session, now: number): void {
  if (router.due <= now)
    for (const packet of tick(router, NONE, now)) hear(server, packet, NONE, now);
  if (server.due <= now)
    for (const packet of tick(server, NONE, now)) hear(router, packet, NONE, now);
}

/** As `exchange`, by lines of which one is dead on the way down; what the router says by all lines. */
function halfDead(
  { router, server }: { router: Session; server: Session },
  dead: number,
  now: number,
): Goodbye[] {
  if (router.due <= now)
    for (const packet of tick(router, NONE, now)) hear(server, packet, NONE, now);
  const said = goodbyes(router, now);
  if (server.due <= now)
    for (const packet of tick(server, NONE, now))
      if (packet.link !== dead) hear(router, packet, NONE, now);
  return said;
}

function verdicts(session: Session): Verdict[] {
  return session.lines.map((line) => verdictOf(session, line));
}

describe('a tunnel that ends', () => {
  it('is told by each other line at once, and thrice', () => {
    const { router, server } = pair(1_000);
    setLines(
      router,
      [LINKS[0], LINKS[2]].filter((link) => link !== undefined),
      1_003,
      [1195],
    );
    expect(router.due).toBe(1_003);
    const said = goodbyes(router, 1_003);
    expect(said.map(({ via, packet }) => [via, packet.link, packet.gone])).toEqual([
      [1194, 1195, true],
      [1196, 1195, true],
    ]);
    for (const { packet } of said.slice(1)) takeGoodbye(server, packet, 1_004);
    expect(verdicts(server)).toEqual(['alive', 'silent', 'alive']);
    expect(goodbyes(router, 1_020)).toEqual([]);
    const later = [1_050, 1_095, 1_140].map((now) => goodbyes(router, now).length);
    expect(later).toEqual([2, 2, 0]);
  });

  it('is not told of a link that is left out for another reason, or was never heard', () => {
    const { router } = pair(1_000);
    setLines(router, LINKS.slice(1), 1_003, [1200]);
    expect(goodbyes(router, 1_003)).toEqual([]);
    const fresh = newSession('server');
    setLines(fresh, LINKS, 0);
    setLines(fresh, LINKS.slice(1), 10, [1194]);
    expect(goodbyes(fresh, 10)).toEqual([]);
  });

  it('says nothing after its tunnel is there again, or with another key', () => {
    const { router } = pair(1_000);
    setLines(router, LINKS.slice(1), 1_003, [1194]);
    setLines(router, LINKS, 1_010, []);
    expect(goodbyes(router, 1_010)).toEqual([]);
    setLines(router, LINKS.slice(1), 1_020, [1194]);
    newKey(router, 1_021);
    expect(goodbyes(router, 1_021)).toEqual([]);
  });

  it('says nothing of the last link, and of one whose heartbeats go on it is back soon', () => {
    const { router, server } = pair(1_000);
    setLines(router, LINKS.slice(1), 1_003, [1194]);
    const [said] = goodbyes(router, 1_003);
    if (said === undefined) throw new Error('nothing said');
    takeGoodbye(server, said.packet, 1_004);
    expect(verdicts(server)).toEqual(['silent', 'alive', 'alive']);
    setLines(router, LINKS, 1_010, []);
    for (let now = 1_010; now <= 2_500; now += 1) exchange(router, server, now);
    expect(verdicts(server)).toEqual(['alive', 'alive', 'alive']);
    expect(verdicts(router)).toEqual(['alive', 'alive', 'alive']);
    // An old one that somebody has kept.
    takeGoodbye(server, said.packet, 2_600);
    expect(verdicts(server)).toEqual(['alive', 'alive', 'alive']);
    setLines(server, LINKS.slice(0, 1), 2_700);
    takeGoodbye(server, { ...said.packet, seq: said.packet.seq + 1_000 }, 2_701);
    expect(verdicts(server)).toEqual(['unknown']);
  });
});

describe('a line that is heard no more', () => {
  it('is told by every line within the turn that finds it, and thrice', () => {
    const ends = pair(1_000);
    const found: [number, Goodbye[]][] = [];
    for (let now = 1_001; now <= 1_600; now += 1) {
      const said = halfDead(ends, 1195, now);
      if (said.length > 0) found.push([now, said]);
    }
    const [first, ...later] = found;
    if (first === undefined) throw new Error('nothing said');
    expect(first[1].map(({ via, packet }) => [via, packet.link, packet.hears])).toEqual([
      [1194, 1195, false],
      [1195, 1195, false],
      [1196, 1195, false],
    ]);
    expect(later.map(([now]) => now - first[0])).toEqual([40, 80]);
    // What came by one line is known already when it comes by another.
    expect(new Set(first[1].map(({ packet }) => packet.seq)).size).toBe(1);
    expect(verdicts(ends.router)).toEqual(['alive', 'silent', 'alive']);
  });

  it('is told no more once it is heard again', () => {
    const ends = pair(1_000);
    let now = 1_001;
    while (now < 2_000 && halfDead(ends, 1195, now).length === 0) now += 1;
    for (let later = now + 1; later < now + 200; later += 1)
      exchange(ends.router, ends.server, later);
    expect(goodbyes(ends.router, now + 200)).toEqual([]);
    expect(ends.router.ended).toEqual([]);
  });

  it('is still told when the lines are named anew meanwhile', () => {
    const ends = pair(1_000);
    let now = 1_001;
    while (now < 2_000 && halfDead(ends, 1195, now).length === 0) now += 1;
    setLines(ends.router, LINKS, now + 1);
    expect(goodbyes(ends.router, now + 40)).toHaveLength(3);
  });
});
