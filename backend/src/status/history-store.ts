import type { History, LinkHistory, Series } from './history.ts';
import type { LinkSnapshot } from './snapshot.ts';

/** What is kept of a link, in the order of {@link FIELDS}. */
export type LinkFigures = Pick<
  LinkSnapshot,
  'name' | 'rx_rate' | 'tx_rate' | 'latency' | 'packetloss'
>;

/** The last three minutes and the last day of every link, in as much memory as eight links need. */
export interface HistoryStore {
  /** Figures at `time` (a monotonic clock, ms); more than once a second, the last ones count. */
  add(time: number, links: readonly LinkFigures[]): void;
  /** The answer to `history {span}`; `time` as in `add`, `wall` the same moment in Unix seconds. */
  read(span: number, time: number, wall: number): History;
  /** Memory that the series take, bytes. */
  size(): number;
}

/** Lengths that are kept. A span that is asked for gets the next longer one. */
const SPANS = [
  { span: 180, step: 1 },
  { span: 86_400, step: 300 },
] as const;

const FIELDS = ['rx_rate', 'tx_rate', 'latency', 'packetloss'] as const;

/** A link's figures at each step of one span: rings of FIELDS, NaN where nothing was measured. */
type Rings = readonly Float32Array[];

/** One span of all links. */
interface Track {
  span: number;
  step: number;
  length: number;
  /** Number of the step that was written last, and of the first one ever. */
  last: number;
  first: number;
  links: Map<string, Kept>;
}

/** One link in one span; sums and counts are of the step that is under way. */
interface Kept {
  rings: Rings;
  sums: Float64Array;
  counts: Uint16Array;
}

/** An empty store. */
export function createHistory(): HistoryStore {
  const tracks = SPANS.map(
    ({ span, step }): Track => ({
      span,
      step,
      length: span / step,
      last: -1,
      first: -1,
      links: new Map(),
    }),
  );
  let added = 0;
  return {
    add(time, links) {
      added = time;
      for (const track of tracks) addTo(track, Math.floor(time / (track.step * 1_000)), links);
    },
    read(span, time, wall) {
      const track = tracks.find((entry) => entry.span >= span) ?? tracks.at(-1);
      if (track === undefined) throw new Error('no track');
      const at = Math.round(wall - (time - added) / 1_000);
      return { span: track.span, step: track.step, time: at, links: readAll(track) };
    },
    size: () => tracks.reduce((sum, { links, length }) => sum + links.size * length * 16, 0),
  };
}

function addTo(track: Track, slot: number, links: readonly LinkFigures[]): void {
  const fresh = slot !== track.last;
  for (const name of [...track.links.keys()])
    if (!links.some((link) => link.name === name)) track.links.delete(name);
  // A timer that is a little late steps over a second now and then: the rates are those of both.
  const gap = track.step === 1 && slot === track.last + 2 ? slot - 1 : null;
  for (const link of links) {
    const known = track.links.get(link.name) ?? newLink(track);
    track.links.set(link.name, known);
    if (fresh) clear(track, known, slot);
    FIELDS.forEach((field, index) => {
      // Within a second the last one counts; over a longer step the mean.
      const value = track.step === 1 ? link[field] : meanWith(known, index, link[field]);
      write(track, known.rings, index, slot, value);
      if (gap !== null) write(track, known.rings, index, gap, value);
    });
  }
  if (track.first < 0) track.first = slot;
  track.last = slot;
}

function newLink(track: Track): Kept {
  return {
    rings: FIELDS.map(() => new Float32Array(track.length).fill(Number.NaN)),
    sums: new Float64Array(FIELDS.length),
    counts: new Uint16Array(FIELDS.length),
  };
}

/** Makes room for `slot`, and gaps of the steps in which nothing came. */
function clear(track: Track, { rings, sums, counts }: Kept, slot: number): void {
  sums.fill(0);
  counts.fill(0);
  const from = Math.max(track.last + 1, slot - track.length + 1);
  for (const ring of rings)
    for (let at = from; at <= slot; at += 1) ring[at % track.length] = Number.NaN;
}

function meanWith({ sums, counts }: Kept, index: number, value: number | null): number | null {
  const sum = (sums[index] ?? 0) + (value ?? 0);
  const count = (counts[index] ?? 0) + (value === null ? 0 : 1);
  sums[index] = sum;
  counts[index] = count;
  return count === 0 ? null : sum / count;
}

function write(
  track: Track,
  rings: Rings,
  index: number,
  slot: number,
  value: number | null,
): void {
  const ring = rings[index];
  if (ring !== undefined) ring[slot % track.length] = value ?? Number.NaN;
}

function readAll(track: Track): LinkHistory[] {
  const from = Math.max(track.first, track.last - track.length + 1);
  const series = (ring: Float32Array | undefined, places: number): Series => {
    const values: Series = [];
    for (let slot = from; slot <= track.last; slot += 1) {
      const value = ring?.[slot % track.length] ?? Number.NaN;
      values.push(Number.isNaN(value) ? null : Math.round(value * places) / places);
    }
    return values;
  };
  return [...track.links].map(([name, { rings }]) => ({
    name,
    rx: series(rings[0], 1),
    tx: series(rings[1], 1),
    latency: series(rings[2], 10),
    packetloss: series(rings[3], 10),
  }));
}
