/**
 * What keeps a bond from being faster: judged from what a speed test has seen of each line alone and of
 * the bond. Rates in bit/s, loss and busy parts from 0 to 1, round trips in ms.
 */

/**
 * `lines`: nothing else, the bond brings what they can carry. `cpu`, `peer-cpu`: a processor of this end
 * or of the other. `shares`: a line is full with its share while others have room. `loss`: of one line.
 * `peer-line`: all lines lose alike, so behind them something is full. `window`: TCP's at the ends.
 * `delay`: the lines' delays differ.
 */
export type Limit =
  | 'lines'
  | 'cpu'
  | 'peer-cpu'
  | 'shares'
  | 'loss'
  | 'peer-line'
  | 'window'
  | 'delay'
  | 'unknown';

/** The verdict on one direction. */
export interface Verdict {
  limit: Limit;
  /** One sentence. */
  text: string;
  /** What to do; null where the bond does all it can. */
  fix: string | null;
}

/** What one flow has brought, and how busy the ends were meanwhile; null: not known. */
export interface Flow {
  rate: number;
  busy: number | null;
  peerBusy: number | null;
  /** Of an idle connection. */
  rtt: number | null;
}

/** What a tunnel carried during one flow, by the counters of both ends. */
export interface Carried {
  sent: number;
  arrived: number;
  /** Bytes per second that arrived. */
  rate: number;
}

/** One line of a test. */
export interface JudgedLink {
  name: string;
  alone: Flow;
  /** While the bond was measured; both null where the other end does not tell its counters. */
  carriedAlone: Carried | null;
  carried: Carried | null;
  /** Part of the pings over the line that were lost before the test; null: not known. */
  pingLoss: number | null;
}

/** All that one direction is judged by. */
export interface Evidence {
  /** Of the end at which the test was asked for. */
  role: 'router' | 'server';
  /** Part of a line's rate that encapsulation leaves to TCP's payload. */
  payload: number;
  links: readonly JudgedLink[];
  /** Null: only some of the links were measured. */
  bond: Flow | null;
  /** Most bytes that TCP keeps on the way, as its buffers are set at both ends; null: not known. */
  window: number | null;
}

/** From here on a processor counts as the limit: the sign is a mean over a whole flow. */
const BUSY = 0.9;

/** From this part of the sum on the bond brings what the lines can. Measuring twice differs by so much. */
const WHOLE = 0.95;

/** Below this part of the sum the lines' shares are wrong enough to say so; of itself, a line is not full. */
const UNEQUAL = 0.9;

/** Part of what the shares allow that one flow reaches: full lines drop, and TCP steps back (0.77 seen). */
const REACHED = 0.6;

/** Loss that TCP feels, and the packets that it takes to know. */
const LOSS = { least: 0.001, packets: 200 } as const;

/** Loss of pings: they are few. */
const PING_LOSS = 0.01;

/** Part of TCP's window from which on it is the limit: half of a buffer is for the kernel's own use. */
const WINDOW = { usable: 0.5, full: 0.6 } as const;

/** Round trips that differ by more than this, and by half, ms. */
const DELAY = 15;

/** The verdict; null where there is nothing to be said: no bond was measured and no processor was full. */
export function bottleneckOf(evidence: Evidence): Verdict | null {
  const { bond, links, payload } = evidence;
  const used = links.filter(({ alone }) => alone.rate > 0);
  const sum = used.reduce((total, { alone }) => total + alone.rate, 0);
  if (bond === null || sum === 0) return processor(evidence, used, '');
  const part = bond.rate / sum;
  const whole = `lines ${mbit(sum / payload)}, bond ${mbit(bond.rate)} (${Math.min(100, Math.round(100 * part))} % of what encapsulation leaves); `;
  if (part >= WHOLE) return processor(evidence, used, whole) ?? full(used, whole);
  return (
    processor(evidence, used, whole) ??
    shares(used, bond.rate, sum, REACHED, whole) ??
    loss(evidence, used, whole) ??
    shares(used, bond.rate, sum, 0, whole) ??
    window(evidence, bond, whole) ??
    (part >= UNEQUAL ? full(used, whole) : null) ??
    delay(used, whole) ??
    unknown(whole)
  );
}

function unknown(whole: string): Verdict {
  return {
    limit: 'unknown',
    text: `${whole}limit: not found (no line, processor or loss explains it)`,
    fix: 'test again while nobody else uses the lines; several connections at once may bring more',
  };
}

function full(links: readonly JudgedLink[], whole: string): Verdict {
  const lossy = links.find(({ pingLoss }) => (pingLoss ?? 0) >= PING_LOSS);
  const note = lossy ? `, of which '${lossy.name}' loses ${percent(lossy.pingLoss ?? 0)}` : '';
  return { limit: 'lines', text: `${whole}limit: the lines${note}`, fix: null };
}

/** The busiest processor, where one was full during the bond's flow, or a line's when there is no bond. */
function processor(
  { bond, role }: Evidence,
  links: readonly JudgedLink[],
  whole: string,
): Verdict | null {
  const flows = bond === null ? links.map(({ alone }) => alone) : [bond];
  const most = (key: 'busy' | 'peerBusy'): number =>
    Math.max(0, ...flows.map((flow) => flow[key] ?? 0));
  const [own, peer] = [most('busy'), most('peerBusy')];
  if (Math.max(own, peer) < BUSY) return null;
  const here = own >= peer;
  const other = role === 'router' ? 'server' : 'router';
  const whose = here ? `this ${role}'s CPU` : `the ${other}'s CPU`;
  const busy = Math.min(100, Math.round(100 * Math.max(own, peer)));
  return {
    limit: here ? 'cpu' : 'peer-cpu',
    text: `${whole}limit: ${whose} (one core ${busy} % busy)`,
    fix: `a faster ${here ? role : other}, or fewer programs on it; OpenVPN needs most of it`,
  };
}

/** A line that is full with its share while the bond could have more of the others. */
function shares(
  links: readonly JudgedLink[],
  rate: number,
  sum: number,
  reached: number,
  whole: string,
): Verdict | null {
  const all = links.reduce((total, { carried }) => total + (carried?.rate ?? 0), 0);
  if (all === 0 || links.length < 2) return null;
  const shared = links.map((link) => {
    const share = (link.carried?.rate ?? 0) / all;
    return { link, share, most: share === 0 ? Number.POSITIVE_INFINITY : link.alone.rate / share };
  });
  const [first, ...others] = shared.sort((a, b) => a.most - b.most);
  if (first === undefined || first.most >= UNEQUAL * sum || rate < reached * first.most)
    return null;
  const { link, share } = first;
  if (share > 0.98)
    return {
      limit: 'shares',
      text: `${whole}limit: only '${link.name}' carried it`,
      fix: "in active-backup one line carries all at a time: see option 'driver'",
    };
  const idle = others.map((other) => other.link.name).join("', '");
  return {
    limit: 'shares',
    text: `${whole}limit: unequal lines: '${link.name}' is full with ${percent(share)} of the packets, '${idle}' could carry more`,
    fix: "say what each line can carry: options 'download' and 'upload' of its section 'link'",
  };
}

function loss({ role }: Evidence, links: readonly JudgedLink[], whole: string): Verdict | null {
  const lossy = links
    .map((link) => ({ link, lost: lossOf(link.carried) ?? pingLossOf(link) }))
    // A line that is full loses what is too much for it.
    .filter(({ link, lost }) => lost >= LOSS.least && !isFull(link))
    .sort((a, b) => b.lost - a.lost);
  const [worst] = lossy;
  if (worst === undefined) return null;
  // What each line alone carried without loss is lost behind them, where all have one way.
  const common = lossy.every(({ link, lost }) => {
    const alone = lossOf(link.carriedAlone);
    return alone !== null && alone < lost / 3;
  });
  if (links.length > 1 && lossy.length === links.length && common)
    return {
      limit: 'peer-line',
      text: `${whole}limit: the server's own line (all lines lose packets at once, up to ${percent(worst.lost)})`,
      fix: `ask ${role === 'server' ? "this server's" : "the server's"} provider what rate it has`,
    };
  return {
    limit: 'loss',
    text: `${whole}limit: loss on '${worst.link.name}' (${percent(worst.lost)})`,
    fix: `mend the line of '${worst.link.name}' (cable, signal, modem), or measure without it: bonding link ${worst.link.name} down`,
  };
}

function window({ window: size }: Evidence, { rate, rtt }: Flow, whole: string): Verdict | null {
  if (size === null || rtt === null) return null;
  const usable = size * WINDOW.usable;
  if ((rate * rtt) / 8_000 < WINDOW.full * usable) return null;
  return {
    limit: 'window',
    text: `${whole}limit: one connection's window (${(usable / 1e6).toFixed(1)} MB at a round trip of ${Math.round(rtt)} ms)`,
    fix: 'several connections at once bring more; for one, raise net.ipv4.tcp_rmem and tcp_wmem',
  };
}

function delay(links: readonly JudgedLink[], whole: string): Verdict | null {
  const trips = links.flatMap(({ alone }) => (alone.rtt === null ? [] : [alone.rtt]));
  const [least, most] = [Math.min(...trips), Math.max(...trips)];
  if (trips.length < 2 || most - least < DELAY || most < 1.5 * least) return null;
  return {
    limit: 'delay',
    text: `${whole}limit: the lines' delays differ (${Math.round(least)} to ${Math.round(most)} ms), so packets arrive out of order`,
    fix: 'several connections at once suffer less; a sender with a newer TCP (Linux, RACK) as well',
  };
}

function isFull({ carried, carriedAlone }: JudgedLink): boolean {
  return carried !== null && carriedAlone !== null && carried.rate >= UNEQUAL * carriedAlone.rate;
}

/** Part of a tunnel's packets that did not arrive; null where too few were sent to say. */
function lossOf(carried: Carried | null): number | null {
  if (carried === null || carried.sent < LOSS.packets) return null;
  return Math.max(0, 1 - carried.arrived / carried.sent);
}

/** What pings say, where counters do not. */
function pingLossOf({ carried, pingLoss }: JudgedLink): number {
  return carried === null && (pingLoss ?? 0) >= PING_LOSS ? (pingLoss ?? 0) : 0;
}

function percent(part: number): string {
  const value = 100 * part;
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} %`;
}

function mbit(rate: number): string {
  const value = rate / 1e6;
  return `${value.toFixed(value < 1 ? 2 : 1)} Mbit/s`;
}
