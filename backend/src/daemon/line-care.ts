import { monotonic } from '../effects/clock.ts';
import { type Heartbeats, openHeartbeats } from '../effects/heartbeats.ts';
import { type Log, type Problem, problem } from '../errors.ts';
import type { TunnelProcess } from '../facts/actual.ts';
import type { HeartbeatState, LineSample } from '../monitor/heartbeats.ts';
import type { LinkEvent, Links } from '../monitor/links.ts';
import { step } from '../monitor/links.ts';
import type { PeerLink } from '../monitor/peer-messages.ts';
import { chooseDriver } from '../plan/driver.ts';
import { endedLinks, heartbeatLinks } from './heartbeat-links.ts';
import { openLinePaths } from './line-paths.ts';
import type { Loop } from './loop.ts';
import { openPeer } from './peer.ts';
import { openQuality } from './quality.ts';

/**
 * All that is known of the lines beside their tunnels: the other end's daemon, the heartbeats, and what
 * both say of rates and of lines that hurt.
 */
export interface LineCare {
  /** To be called when a round has found the links, after it, and each second: who has heartbeats. */
  follow(): void;
  /** Once a second: figures, rates, lines that hurt. */
  tick(): void;
  /** Takes links whose tunnel has died out at once, here and by their heartbeats at the peer. */
  lookFor(isAlive: (tunnel: TunnelProcess) => boolean): void;
  /** Null: this link has no heartbeats. */
  heartbeatOf(link: string): HeartbeatState | null;
  /** What the peer told of its links. */
  peer(): ReadonlyMap<number, PeerLink>;
  /** bit/s that this end can send, by link. */
  learned(): ReadonlyMap<string, number>;
  /** How long what this end sends is held back, ms by link; null: not decided yet. */
  delays(): ReadonlyMap<string, number> | null;
  /** How long a flow's packets may wait in front of a shaped line, ms; null: not decided yet. */
  target(): number | null;
  /** Why each packet of a link is sent twice, where the option leaves that to us; by link. */
  twice(): ReadonlyMap<string, Problem>;
  /** Bytes of the largest packet that comes through, by link, where a tunnel's full one does not. */
  narrow(): ReadonlyMap<string, number>;
  close(): void;
}

/** How long nothing is heard before that is a problem, ms. */
const PATIENCE = 30_000;

/** They say why nothing is heard. */
const NO_PORT: readonly Problem['code'][] = ['peer-heartbeats', 'heartbeat-port'];

/** What it needs of the daemon. */
export interface LineCareOptions {
  version: string;
  runFolder: string;
  loop: Pick<Loop, 'state' | 'links' | 'take' | 'poke' | 'surroundings'>;
  log: Log;
}

/** Begins with the first `follow` that finds a configuration. */
export function openLineCare({ version, runFolder, loop, log }: LineCareOptions): LineCare {
  const quality = openQuality(runFolder, monotonic);
  const paths = openLinePaths(runFolder);
  let beats: { role: 'router' | 'server'; heartbeats: Heartbeats } | null = null;
  /** When each link's tunnel had connected, as far as the heartbeats know. */
  let connected = new Map<string, number | null>();
  let told = new Map<string, Problem>();
  /** Since when no heartbeat is heard that should be, ms; null: it is not so. */
  let deafSince: number | null = null;
  const channel = openPeer({
    version,
    now: monotonic,
    changed: () => {
      follow();
      void loop.poke();
    },
  });

  const take = (events: readonly LinkEvent[]): void => {
    const { links } = loop.state();
    const real = events.filter((event) => changes(links, event));
    if (real.length > 0) void loop.take(real);
  };

  const open = (role: 'router' | 'server'): Heartbeats => {
    if (beats?.role === role) return beats.heartbeats;
    beats?.heartbeats.close();
    const heartbeats = openHeartbeats({ role, log });
    heartbeats.onVerdict((link, verdict) =>
      take([{ type: 'heartbeat', link, silent: verdict === 'silent' }]),
    );
    beats = { role, heartbeats };
    connected = new Map();
    return heartbeats;
  };

  const follow = (): void => {
    const { config, running, abilities, wans, actual } = loop.state();
    // A heartbeat of a line that is gone would take another line as soon as its source rule is gone.
    const links = loop.links();
    if (config === null || !running || !config.enabled) {
      channel.tell(null, links, null);
      beats?.heartbeats.set({ key: null, port: 0, links: [] });
      return;
    }
    channel.tell(config, links, chooseDriver(config.bond, abilities).driver);
    const heartbeats = open(config.role);
    const place = { config, links, wans, actual };
    const wanted = heartbeatLinks(place, quality.refused());
    const port = config.bond.heartbeatPort;
    heartbeats.set({ key: channel.key(), port, links: wanted, ended: endedLinks(place) });
    const before = connected;
    const unheard = ({ name, interval }: { name: string; interval: number }): boolean => {
      const state = heartbeats.state(name);
      const patience = Math.max(PATIENCE, 3 * (state?.interval ?? interval));
      return (state?.heardAgo ?? Number.POSITIVE_INFINITY) > patience;
    };
    const heardOf = (channel.info()?.heartbeatPort ?? 0) > 0 && channel.key() !== null;
    const isDeaf = heardOf && wanted.length > 0 && wanted.every(unheard);
    deafSince = isDeaf ? (deafSince ?? monotonic()) : null;
    connected = new Map(wanted.map(({ name }) => [name, links.get(name)?.connectedAt ?? null]));
    // Its tunnel has connected anew in between: what was heard before says nothing of this one.
    for (const [name, at] of connected)
      if (before.has(name) && before.get(name) !== at) heartbeats.reset(name);
  };

  const tellProblems = (problems: readonly Problem[]): void => {
    const next = new Map(problems.map((found) => [`${found.code} ${found.subject}`, found]));
    for (const source of told.keys()) if (!next.has(source)) loop.surroundings(source, null);
    for (const [source, found] of next)
      if (told.get(source)?.text !== found.text) loop.surroundings(source, found);
    told = next;
  };

  const judge = (samples: readonly LineSample[]): void => {
    const { config, links, actual, abilities } = loop.state();
    if (config === null) return;
    const said = { config, peer: channel.links() };
    const before = {
      ...{ rates: quality.rates(said), narrow: paths.narrow() },
      ...{ delays: quality.delays(), target: quality.target(), twice: quality.twice() },
    };
    const stateOf = (name: string) => beats?.heartbeats.state(name) ?? null;
    const names = config.links.map(({ name }) => name);
    const keptOut = (name: string): boolean => {
      const found = stateOf(name);
      return found?.peerOut === true && found.verdict !== 'silent';
    };
    const refusedByPeer = new Set(names.filter(keptOut));
    const behind = (name: string) => stateOf(name)?.behind ?? null;
    const copies = abilities.copies === true;
    quality.second({ ...said, links, behind, copies }, samples, refusedByPeer);
    paths.take(config, (name) => stateOf(name)?.pathMtu ?? null);
    const delays = quality.delays();
    // That none is to be held back is no news where none is.
    const isHeld = (delays?.size ?? 0) > 0 || (actual?.qdiscs.size ?? 0) > 0;
    const isNew =
      quality.rates(said) !== before.rates ||
      paths.narrow() !== before.narrow ||
      quality.target() !== before.target ||
      quality.twice() !== before.twice;
    if (isNew || (delays !== before.delays && isHeld)) void loop.poke();
    take(
      names.flatMap((link): LinkEvent[] => [
        // What a round in between has made of the last word is put right.
        { type: 'heartbeat', link, silent: stateOf(link)?.verdict === 'silent' },
        { type: 'quality', link, problem: quality.parked().get(link) ?? null },
      ]),
    );
  };

  const deaf = (): Problem[] => {
    if (deafSince === null || monotonic() - deafSince < PATIENCE) return [];
    const port = loop.state().config?.bond.heartbeatPort ?? 0;
    return [problem('heartbeats-unheard', 'heartbeats', { port })];
  };

  return {
    follow,
    tick() {
      judge(beats?.heartbeats.samples() ?? []);
      const found = [...channel.problems(), ...(beats?.heartbeats.problems() ?? [])];
      // Where they differ about the port, or it cannot be listened on, there is no more to say.
      tellProblems(
        found.some(({ code }) => NO_PORT.includes(code)) ? found : [...found, ...deaf()],
      );
    },
    lookFor(isAlive) {
      const { actual, links } = loop.state();
      const gone = [...(actual?.tunnels.values() ?? [])].filter(
        (tunnel) => links.get(tunnel.link)?.connected && !isAlive(tunnel),
      );
      if (gone.length === 0) return;
      const event = { kind: 'lost', reason: 'signal', text: 'the tunnel has ended' } as const;
      take(gone.map(({ link }) => ({ type: 'log', link, event })));
      follow();
    },
    heartbeatOf: (link) => beats?.heartbeats.state(link) ?? null,
    peer: () => channel.links(),
    learned() {
      const { config } = loop.state();
      return config === null ? new Map() : quality.rates({ config, peer: channel.links() });
    },
    delays: () => quality.delays(),
    target: () => quality.target(),
    twice: () => quality.twice(),
    narrow: () => paths.narrow(),
    close() {
      channel.close();
      beats?.heartbeats.close();
      quality.close();
      paths.close();
    },
  };
}

/** Whether it says anything new: a round for what is known would be work for nothing. */
function changes(links: Links, event: LinkEvent): boolean {
  if (event.type !== 'heartbeat' && event.type !== 'quality') return true;
  const before = links.get(event.link);
  const after = step(links, event, before?.since ?? 0).get(event.link);
  if (before === undefined || after === undefined) return false;
  const { silent, phase, parkedFor } = after;
  const why = (link: Problem | null): string | undefined => link?.text;
  return (
    silent !== before.silent || phase !== before.phase || why(parkedFor) !== why(before.parkedFor)
  );
}
