import type { LineSample } from '../../../../backend/src/monitor/heartbeats.ts';
import { acked, type Cubic, cut, newCubic } from './cubic.ts';
import { chance, type LineSpec, newLine, PACKET, queueOf, type SimLine, send } from './lines.ts';

/** What one second brought, and what the heartbeats tell of it. */
export interface Second {
  /** Seconds since the start. */
  time: number;
  /** Payload that arrived, bit/s. */
  goodput: number;
  samples: LineSample[];
}

/** How a run goes. */
export interface Run {
  lines: readonly LineSpec[];
  seconds: number;
  /** Called after each second; returns the weights for the next one (0: takes no part). */
  decide: (second: Second) => ReadonlyMap<string, number>;
  /** Weights at the start. */
  weights: ReadonlyMap<string, number>;
  flows?: number;
  seed?: number;
  /** Lines on which each packet is sent twice. */
  twice?: () => { has: (name: string) => boolean };
  /** The senders pause while this says so. */
  idle?: (time: number) => boolean;
  /** Changes of the lines while it runs. */
  change?: (time: number, lines: ReadonlyMap<string, LineSpec>) => void;
}

/** Of a packet of 1500 bytes on the line, what is payload. */
export const PAYLOAD = 0.92;

/** Of a packet on the line, what a tunnel counts. */
const INSIDE = PAYLOAD / 0.96;

/** Packets whose news the sender waits for, in order of time (a heap keeps them). */
interface News {
  at: number;
  number: number;
  flow: Flow;
  sent: number;
  ok: boolean;
  line: SimLine;
}

interface Flow {
  cubic: Cubic;
  inFlight: number;
  next: number;
}

interface World {
  lines: SimLine[];
  flows: Flow[];
  random: () => number;
  weights: ReadonlyMap<string, number>;
  twice: NonNullable<Run['twice']>;
  /** Credits of the smooth weighted round robin. */
  credit: Map<SimLine, number>;
  heap: News[];
  arrived: number;
}

/** Plays a run, second by second. */
export function play(run: Run): Second[] {
  const world = newWorld(run);
  const specs = new Map(world.lines.map((line) => [line.spec.name, line.spec]));
  const history = new Map(
    world.lines.map((line) => [line, [] as { sent: number; lost: number }[]]),
  );
  const seconds: Second[] = [];
  for (let time = 0; time < run.seconds; time += 1) {
    run.change?.(time, specs);
    world.arrived = 0;
    playSecond(world, time, run.idle?.(time) ?? false);
    const samples = world.lines.map((line) =>
      sampleOf(line, history.get(line) ?? [], world.random),
    );
    const second = { time: time + 1, goodput: world.arrived * PACKET * 8 * PAYLOAD, samples };
    seconds.push(second);
    world.weights = run.decide(second);
  }
  return seconds;
}

/** Mean goodput of the seconds from `from` up to `to`, bit/s. */
export function meanGoodput(seconds: readonly Second[], from: number, to = Infinity): number {
  const counted = seconds.filter(({ time }) => time > from && time <= to);
  return counted.reduce((sum, { goodput }) => sum + goodput, 0) / counted.length;
}

function newWorld(run: Run): World {
  const lines = run.lines.map((spec) => newLine({ ...spec }));
  return {
    lines,
    flows: Array.from({ length: run.flows ?? 1 }, () => ({
      cubic: newCubic(),
      inFlight: 0,
      next: 0,
    })),
    random: chance(run.seed ?? 1),
    weights: run.weights,
    twice: run.twice ?? (() => new Set()),
    credit: new Map(lines.map((line) => [line, 0])),
    heap: [],
    arrived: 0,
  };
}

function playSecond(world: World, from: number, idle: boolean): void {
  let now = from;
  let beat = from;
  if (!idle) fill(world, now);
  while (now < from + 1) {
    const next = world.heap[0];
    now = Math.min(next?.at ?? Number.POSITIVE_INFINITY, from + 1);
    for (; beat < now; beat += 0.1) noteQueues(world, beat);
    if (next === undefined || next.at >= from + 1) return;
    pop(world.heap);
    hear(world, next, now);
    if (!idle) fill(world, now);
  }
}

function noteQueues(world: World, now: number): void {
  for (const line of world.lines) {
    // Smallest delay seen is the base, so jitter is on top of it.
    const late = world.random() * (line.spec.jitter ?? 0);
    line.queues.push(queueOf(line, now) + late);
  }
}

function hear(world: World, news: News, now: number): void {
  news.flow.inFlight -= 1;
  if (news.ok) {
    world.arrived += 1;
    news.line.arrived += PACKET * 8;
    acked(news.flow.cubic, now, now - news.sent);
  } else {
    cut(news.flow.cubic, news.number, news.flow.next, now);
  }
}

function fill(world: World, now: number): void {
  for (const flow of world.flows) {
    // Two packets for each one that was acknowledged: no burst after a pause.
    const room = Math.floor(flow.cubic.window) - flow.inFlight;
    for (let count = Math.min(room, 4); count > 0; count -= 1) {
      const line = choose(world);
      if (line === null) return;
      const isTwice = world.twice().has(line.spec.name);
      const { at, ok } = send(line, now, world.random, isTwice);
      push(world.heap, { at, ok, number: flow.next, flow, sent: now, line });
      flow.next += 1;
      flow.inFlight += 1;
    }
  }
}

/** Smooth weighted round robin, as the kernel's table has it. */
function choose(world: World): SimLine | null {
  let best: SimLine | null = null;
  let most = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const line of world.lines) {
    const weight = world.weights.get(line.spec.name) ?? 0;
    if (weight === 0) continue;
    sum += weight;
    const credit = (world.credit.get(line) ?? 0) + weight;
    world.credit.set(line, credit);
    if (credit > most) {
      most = credit;
      best = line;
    }
  }
  if (best !== null) world.credit.set(best, most - sum);
  return best;
}

function sampleOf(
  line: SimLine,
  history: { sent: number; lost: number }[],
  random: () => number,
): LineSample {
  history.push({ sent: line.sent, lost: line.lost });
  const ten = history.slice(-10);
  const sent = ten.reduce((sum, one) => sum + one.sent, 0);
  const lost = ten.reduce((sum, one) => sum + one.lost, 0);
  const queue = line.queues.reduce((sum, one) => sum + one, 0) / Math.max(1, line.queues.length);
  const noise = 1 + (random() - 0.5) * 0.04;
  const sample: LineSample = {
    link: line.spec.name,
    rtt: (line.spec.rtt + queue) * 1000,
    jitter: ((line.spec.jitter ?? 0) * 1000) / 3,
    loss: 0,
    queueTx: queue * 1000,
    queueTxMax: Math.max(0, ...line.queues) * 1000,
    sentTx: line.sent,
    lostTx: line.lost,
    beatsTx: line.queues.length,
    beatsLostTx: line.queues.filter(() => random() < (line.spec.loss ?? 0)).length,
    queueRx: 0,
    lossTx: sent < 100 ? null : lost / sent,
    lossRx: null,
    deliveredTx: line.arrived * noise * INSIDE,
    txRate: line.offered * INSIDE,
    rxRate: 0,
  };
  Object.assign(line, { sent: 0, lost: 0, arrived: 0, offered: 0, queues: [] });
  return sample;
}

function push(heap: News[], entry: News): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || above.at <= entry.at) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: News[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    const smaller = right !== undefined && left !== undefined && right.at < left.at ? right : left;
    if (smaller === undefined || smaller.at >= last.at) break;
    heap[index] = smaller;
    index = smaller === left ? 2 * index + 1 : 2 * index + 2;
  }
  heap[index] = last;
}
