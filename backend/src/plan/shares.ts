import type { Config, LinkConfig } from '../config/types.ts';
import { wirePort } from '../config/wire-port.ts';
import type { SharesBy } from '../monitor/parking-types.ts';
import type { PeerLink } from '../monitor/peer-messages.ts';

/** What lines that are the same may seem to differ by: a step of a search, and what is measured less exactly. */
const ALIKE = 1.07;

/** A device and the part of the packets that it is to get, in any unit. */
export interface Weight {
  device: string;
  weight: number;
}

/** Most slots that are used where a shorter round comes out nearly as well. */
const USUAL_SLOTS = 64;

/** Most slots at all: a link whose part is less than one of so many gets none. */
const MOST_SLOTS = 256;

/** What a longer round must win to be taken instead of a shorter one: part of the throughput. */
const WORTH_IT = 0.002;

/**
 * How much this end should send over each link that is switched on, by its name: numbers above 0 that
 * mean something only beside each other. The first of these that says something:
 * 1. option `weight` here (a link without it counts as 1);
 * 2. the rates of the lines, `upload` at a router and `download` at a server: its own, else the
 *    peer's. Only if every link has one. Less for a link of which less is learned;
 * 3. option `weight` at the peer, as in 1;
 * 4. what is learned, where `shares` is auto (a link of which nothing is learned yet counts as the
 *    mean of the others);
 * 5. the same for all.
 * `peer` is by the port of the link's tunnel at the server, `learned` in bit/s by the link's name.
 */
export function sendingShares(
  config: Config,
  peer: ReadonlyMap<number, PeerLink>,
  learned: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const { values } = whoSays(config, peer, learned);
  return new Map(switchedOn(config).map(({ name }, at) => [name, values?.[at] ?? 1]));
}

/** By what the shares go: which of 1 and 3, 2, 4, or 5 it is. */
export function sharesBy(config: Config, peer: ReadonlyMap<number, PeerLink>): SharesBy {
  return whoSays(config, peer, new Map()).by;
}

function whoSays(
  config: Config,
  peer: ReadonlyMap<number, PeerLink>,
  learned: ReadonlyMap<string, number>,
): { by: SharesBy; values: readonly Found[] | null } {
  const links = switchedOn(config);
  const own = withDefault(links.map(({ weight }) => weight));
  if (own !== null) return { by: 'weight', values: own };
  const known = links.map(({ name }) => learned.get(name));
  const rates = complete(links.map((link) => sendingRate(config, link, peer)));
  if (rates !== null)
    return { by: 'rate', values: rates.map((rate, at) => Math.min(rate, known[at] ?? rate)) };
  const told = withDefault(links.map((link) => peer.get(wirePort(config, link))?.weight));
  if (told !== null) return { by: 'weight', values: told };
  if (config.bond.shares !== 'auto') return { by: 'nothing', values: null };
  return { by: 'learned', values: learnedShares(known) };
}

function switchedOn({ links }: Config): LinkConfig[] {
  return links.filter(({ enabled }) => enabled);
}

/** The option that says what a line carries of what this end sends. */
export function sendingWay({ role }: Pick<Config, 'role'>): 'upload' | 'download' {
  return role === 'router' ? 'upload' : 'download';
}

/** What a line carries that way, bit/s: as it is said here, else by the peer; null: by nobody. */
export function lineRate(
  config: Pick<Config, 'role'>,
  link: LinkConfig,
  peer: ReadonlyMap<number, PeerLink>,
  way: 'upload' | 'download' = sendingWay(config),
): number | null {
  return link[way] ?? peer.get(wirePort(config, link))?.[way] ?? null;
}

/**
 * What this end's tunnel can send over a line, bit/s: half of it where each packet is sent twice, by its
 * option or because that was found to be better; null: not known.
 */
export function sendingRate(
  config: Pick<Config, 'role'>,
  link: LinkConfig,
  peer: ReadonlyMap<number, PeerLink>,
  isCopied = false,
): number | null {
  const rate = lineRate(config, link, peer);
  return rate !== null && (isCopied || link.sendTwice === 'always') ? rate / 2 : rate;
}

type Found = number | null | undefined;

const isSaid = (value: Found): value is number => typeof value === 'number' && value > 0;

function complete(values: Found[]): number[] | null {
  const said = values.filter(isSaid);
  return said.length === values.length && said.length > 0 ? said : null;
}

function withDefault(values: Found[]): number[] | null {
  return values.some(isSaid) ? values.map((value) => (isSaid(value) ? value : 1)) : null;
}

/** Shares by learned rates, bit/s: one that is missing is the mean of the others; null: none is known. */
export function learnedShares(values: readonly (number | undefined)[]): number[] | null {
  const said = values.filter(isSaid);
  if (said.length === 0) return null;
  const mean = meanOf(said);
  return alike(values.map((value) => (isSaid(value) ? value : mean)));
}

/**
 * Learned rates of equal lines differ by some percent, and the line that gets too much is the limit of
 * all (four of 6 Mbit/s: a download at 95 % of the most, an upload at 90). So rates within ALIKE of the
 * least one of their group become its mean.
 */
function alike(rates: readonly number[]): number[] {
  const groups: number[][] = [];
  for (const rate of [...rates].sort((a, b) => a - b)) {
    const group = groups.at(-1);
    if (group !== undefined && rate <= (group[0] ?? 0) * ALIKE) group.push(rate);
    else groups.push([rate]);
  }
  const means = new Map(groups.flatMap((group) => group.map((rate) => [rate, meanOf(group)])));
  return rates.map((rate) => means.get(rate) ?? rate);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * One round of devices in the order in which they get a packet each: in proportion to the weights, and
 * each as evenly over the round as can be. Of all lengths to USUAL_SLOTS it is the shortest that
 * carries as much as the best of them, as the line that gets too much is the limit of all. Each weight
 * above 0 gets a slot: for one that is less than 1 in USUAL_SLOTS the round is longer; less than 1 in
 * MOST_SLOTS gets none, since one slot would be far too much for it.
 */
export function slotsOf(weights: readonly Weight[]): string[] {
  const positive = weights.filter(({ weight }) => weight > 0);
  const total = sumOf(positive);
  const used = positive.filter(({ weight }) => weight * MOST_SLOTS >= total);
  const least = Math.min(...used.map(({ weight }) => weight));
  const limit = Math.max(USUAL_SLOTS, Math.min(MOST_SLOTS, Math.ceil(total / least)));
  return used.length === 0 ? [] : interleave(used, bestCounts(used, limit));
}

/**
 * Slots for each weight. Every slot more goes to whom it exceeds its part the least (D'Hondt), which
 * keeps the largest excess as small as it can be with so many slots.
 */
function bestCounts(weights: readonly Weight[], limit: number): number[] {
  const total = sumOf(weights);
  const counts = weights.map(() => 1);
  const rounds: { counts: number[]; excess: number }[] = [];
  const part = (at: number, more: number): number =>
    (((counts[at] ?? 0) + more) * total) / (weights[at]?.weight ?? 1);
  const places = weights.map((_, at) => at);
  for (let length = weights.length; length <= limit; length++) {
    rounds.push({
      counts: [...counts],
      excess: Math.max(...places.map((at) => part(at, 0))) / length,
    });
    const next = places.reduce((best, at) => (part(at, 1) < part(best, 1) ? at : best), 0);
    counts[next] = (counts[next] ?? 0) + 1;
  }
  const best = Math.min(...rounds.map(({ excess }) => excess));
  return rounds.find(({ excess }) => excess <= best * (1 + WORTH_IT))?.counts ?? counts;
}

/** Smooth weighted round robin: who is owed most is next. */
function interleave(weights: readonly Weight[], counts: readonly number[]): string[] {
  const length = counts.reduce((sum, count) => sum + count, 0);
  const owed = counts.map(() => 0);
  return Array.from({ length }, () => {
    counts.forEach((count, at) => {
      owed[at] = (owed[at] ?? 0) + count;
    });
    const next = owed.indexOf(Math.max(...owed));
    owed[next] = (owed[next] ?? 0) - length;
    return weights[next]?.device ?? '';
  });
}

function sumOf(weights: readonly Weight[]): number {
  return weights.reduce((sum, { weight }) => sum + weight, 0);
}
