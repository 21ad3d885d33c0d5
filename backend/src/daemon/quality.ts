import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/types.ts';
import { keepNumbers, readNumbers } from '../effects/kept-numbers.ts';
import type { Problem } from '../errors.ts';
import { type Equaliser, equalise, equaliseNothing, newEqualiser } from '../monitor/equalise.ts';
import type { LineSample } from '../monitor/heartbeats.ts';
import { fromRates, learn, newLearning, tryAgain, turnTo } from '../monitor/learn.ts';
import type { LinkState, Links } from '../monitor/links.ts';
import { newParking, type ParkInput, type Parking, park } from '../monitor/parking.ts';
import type { PeerLink } from '../monitor/peer-messages.ts';
import { newQueueTarget, queueTarget } from '../monitor/queue-target.ts';
import { sendingRate, sendingShares, sharesBy } from '../plan/shares.ts';
import {
  brokenLinks,
  returningLinks,
  roundTrips,
  withoutBeats,
  withoutOutages,
} from './quality-samples.ts';

/** What is found out of the lines while they carry traffic: their rates, and which would hurt. */
export interface Quality {
  /** Once a second, with the figures of all links; `refusedByPeer`: links that the other end keeps out. */
  second(place: QualityPlace, samples: readonly LineSample[], refusedByPeer: Set<string>): void;
  /**
   * bit/s that this end can send, by link; the same map until one of them matters. Where the shares go by
   * rates that are given, only of links that are being tried with less.
   */
  rates(said: Said): ReadonlyMap<string, number>;
  /** Why a link is left out; by link. */
  parked(): ReadonlyMap<string, Problem>;
  /** Those of them that are worse than the user allows. */
  refused(): ReadonlySet<string>;
  /** Why each packet of a link is sent twice, where the option leaves that to us; the same map until it changes. */
  twice(): ReadonlyMap<string, Problem>;
  /** How long what is sent is held back, ms by link; null: not decided yet. The same map until it changes. */
  delays(): ReadonlyMap<string, number> | null;
  /** How long a flow's packets may wait in front of a shaped line, ms; null: not decided yet. */
  target(): number | null;
  close(): void;
}

/** What is said of the lines, here and by the peer. */
export interface Said {
  config: Config;
  peer: ReadonlyMap<number, PeerLink>;
}

/** What is known now. */
export interface QualityPlace extends Said {
  links: Links;
  /** How much longer our way is by this link than by the quickest, ms; null: the peer has not said. */
  behind: (link: string) => number | null;
  /** The kernel can send a packet twice. */
  copies: boolean;
}

/** Where rates are kept for the next daemon, in the run folder. */
const FILE = 'shares.json';

/** Shortest time between two writes of it, ms. */
const WRITE_PAUSE = 60_000;

/** What is learned of a line is not exact: from this part of the rate that is given on it is that. */
const NEAR = 0.95;

const NONE: ReadonlyMap<string, number> = new Map();

/** Begins with what an earlier daemon has left in the run folder. `now`: monotonic, ms. */
export function openQuality(runFolder: string, now: () => number): Quality {
  const file = join(runFolder, FILE);
  const known = readNumbers(file);
  let learning = known.size === 0 ? newLearning() : fromRates(known);
  let parking = newParking();
  let tried = NONE;
  let broken: ReadonlySet<string> = new Set();
  let equaliser = newEqualiser(now());
  let target = newQueueTarget();
  let written: ReadonlyMap<string, number> = learning.rates;
  let writtenAt = now();

  const keep = (): void => {
    if (learning.rates === written || now() - writtenAt < WRITE_PAUSE) return;
    written = learning.rates;
    writtenAt = now();
    keepNumbers(file, written);
  };

  return {
    second(place, samples, refusedByPeer) {
      const { bond } = place.config;
      equaliser = equalised(equaliser, place, now());
      target =
        bond.shaping === 0
          ? newQueueTarget()
          : queueTarget(target, roundTrips(samples, place.links), now());
      if (samples.length === 0) {
        if (parking.parked.size + parking.twice.size > 0) parking = newParking();
        tried = NONE;
        return;
      }
      learning = learn(learning, samples, now(), returningLinks(place.links, now()));
      const wasBroken = broken;
      broken = brokenLinks(place.links);
      const whole = withoutOutages(samples, new Set([...wasBroken, ...broken]));
      const judged = withoutBeats(whole, place.config.links);
      const input = { enabled: bond.parking, samples: judged, refusedByPeer };
      const used = isGiven(place) ? tried : learning.rates;
      const said = parkInput(place, parking.twice, { learned: learning.rates, used });
      parking = park(parking, { ...input, ...said }, now());
      learning = turnTo(tryAgain(learning, parking.tried), parking.turned);
      tried = triedRates(tried, place, parking, learning.rates);
      keep();
    },
    rates: (said) => (isGiven(said) ? tried : learning.rates),
    parked: () => parking.parked,
    twice: () => parking.twice,
    refused: () => parking.refused,
    delays: () => equaliser.delays,
    target: () => target.ms,
    close: () => rmSync(file, { force: true }),
  };
}

/** Links that are out, by whatever reason, are not waited for. */
function equalised(
  before: Equaliser,
  { config, links, behind }: QualityPlace,
  now: number,
): Equaliser {
  if (config.bond.equalise === 'off') return equaliseNothing(before, now);
  const used = [...links.values()].filter(({ phase }) => phase === 'up');
  return equalise(before, new Map(used.map(({ name }) => [name, behind(name)])), now);
}

function isGiven({ config, peer }: Said): boolean {
  return sharesBy(config, peer) === 'rate';
}

/**
 * Of links that have begun a trial: what is learned, until it is what is given, or they are parked again. Of
 * those whose packets are sent twice, half of what is given.
 */
function triedRates(
  before: ReadonlyMap<string, number>,
  { config, peer }: Said,
  { parked, tried, twice }: Parking,
  learned: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  if (!config.bond.parking) return NONE;
  const less = config.links.flatMap((link): [string, number][] => {
    const { name } = link;
    const given = sendingRate(config, link, peer, twice.has(name)) ?? 0;
    if (twice.has(name)) return [[name, given]];
    const begins = (tried.get(name) ?? given) < given;
    const rate = learned.get(name) ?? given;
    const isTried = (begins || before.has(name)) && !parked.has(name);
    return isTried && rate < NEAR * given ? [[name, rate]] : [];
  });
  const same =
    less.length === before.size && less.every(([name, rate]) => before.get(name) === rate);
  return same ? before : new Map(less);
}

/** What is said in the configuration of the links that can be used now, at either end. */
function parkInput(
  { config, links, peer, copies }: QualityPlace,
  twice: Parking['twice'],
  { learned, used }: Record<'learned' | 'used', ReadonlyMap<string, number>>,
): Pick<ParkInput, 'sharesBy' | 'rates' | 'shares' | 'limits' | 'mayCopy'> {
  const rates = new Map(learned);
  for (const link of config.links) {
    const said = sendingRate(config, link, peer, twice.has(link.name));
    if (said !== null) rates.set(link.name, said);
  }
  const shares = sendingShares(config, peer, used);
  const copied = config.links.filter(({ sendTwice }) => copies && sendTwice === 'auto');
  return {
    mayCopy: new Set(copied.map(({ name }) => name)),
    sharesBy: sharesBy(config, peer),
    rates,
    shares: new Map([...shares].filter(([name]) => isUsable(links.get(name)))),
    limits: new Map(
      config.links.map(({ name, maxLoss, maxLatency }) => [name, { maxLoss, maxLatency }]),
    ),
  };
}

/** Also one that is parked because it would hurt: it may be good again. */
function isUsable(link: LinkState | undefined): boolean {
  return link?.connected === true && !link.silent && !link.parked;
}
