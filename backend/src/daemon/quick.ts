import type { Actual } from '../facts/actual.ts';
import type { LinkEvent, Links } from '../monitor/links.ts';
import { step } from '../monitor/links.ts';
import type { Command } from '../reconcile/commands.ts';
import { quickDiff } from '../reconcile/diff.ts';
import { afterTurn, isTurn } from '../reconcile/quick.ts';
import type { Rim, RoundInput, RoundResult } from './round.ts';
import { planOf } from './round.ts';
import type { DaemonState } from './state.ts';

/**
 * The quick way of a verdict on a line into the kernel. A round reads everything first, which takes
 * 200 to 400 ms on a slow router; here the plan is made on what the last round saw, and only what
 * takes links in and out is carried out at once: slaves' carriers and the chain that spreads packets
 * (`quickDiff`). A round follows, reads everything, and mends what is otherwise.
 *
 * It runs beside a round, also in the middle of one. That is safe because:
 * - such a command says the whole of one thing and needs nothing of the round's; where its device has
 *   just gone it fails, and changes nothing;
 * - such commands, the round's and ours, are carried out one after the other (`turn`), so none
 *   overtakes another;
 * - a round takes up what was said of links when it plans (`news`), not when it began, and we plan with
 *   the links that it has found (`observed`): neither forgets what the other knows;
 * - what we have done since a round began to read its facts outdates its commands of this kind: they
 *   are left out, and not missed at its second look. All its others are carried out, and the next
 *   round, which every verdict asks for, makes up for it;
 * - what each command of this kind has done, the round's or ours, is noted in what is known (`note`);
 * - where devices come or go nothing is quick, and the round's own commands stand; as they do when the
 *   bond is stopped, which nothing may get in the way of.
 */
export interface Quick {
  /** What was said of links: taken up at once. Resolves when it is in the kernel. */
  take(events: readonly LinkEvent[]): Promise<void>;
  /** For a round: how it shares the kernel with us. */
  readonly rim: Pick<Rim, 'readFacts'> &
    Required<Pick<Rim, 'turn' | 'news' | 'observed' | 'outdated'>>;
  /** What a round leaves, with what came after it had planned. */
  withLater(result: RoundResult): Pick<RoundResult, 'links' | 'actual'>;
  /** What is known of the links now, also by a round under way. */
  links(): Links;
  /** A round has failed: what it had found is not known. */
  failed(): void;
}

/**
 * `input`: what a round would be given now; null: there is nothing to plan. `found`: called when a round
 * has found out how the links are, before it does anything about it.
 */
export function createQuick(
  state: DaemonState,
  rim: Pick<Rim, 'now' | 'apply' | 'readFacts'>,
  input: () => RoundInput | null,
  found: () => void = () => {},
): Quick {
  let lane: Promise<unknown> = Promise.resolve();
  let isWaiting = false;
  // What was said since a round planned, and what was done since it began to read: what it has read
  // may be older, also where it has nothing to do.
  let news: LinkEvent[] = [];
  let done: Command[] = [];
  /** What the round under way has found; it is shown when that ends. */
  let observed: Links | null = null;
  // How often we have changed the kernel: begun, ended, ended before a round began to read what it
  // plans on, and what it reads now.
  let begun = 0;
  let ended = 0;
  let knownToPlan = 0;
  let knownToLook = 0;

  const inLane = <T>(work: () => Promise<T>): Promise<T> => {
    const done = lane.then(work);
    lane = done.catch(() => undefined);
    return done;
  };
  const stepped = (links: Links, events: readonly LinkEvent[]): Links =>
    events.reduce((known, event) => step(known, event, rim.now()), links);

  const note = (command: Command): void => {
    done.push(command);
    if (state.actual !== null) state.actual = afterTurn(state.actual, command);
  };
  const carryOut = async (): Promise<void> => {
    isWaiting = false;
    const given = input();
    const { actual, wans, abilities } = state;
    const links = observed ?? state.links;
    if (given === null || !given.running || actual === null) return;
    const { desired } = planOf(given, { links, wans, actual, abilities }, rim.now());
    const commands = quickDiff(desired, actual);
    if (commands === null) return;
    begun += 1;
    for (const command of commands) {
      // What fails here is tried again, and told, by the round that follows.
      const problems = await rim.apply([command]);
      if (problems.length === 0) note(command);
    }
    ended = begun;
  };
  const isStale = (): boolean => begun > knownToPlan && state.running;

  return {
    async take(events) {
      state.links = stepped(state.links, events);
      if (observed !== null) observed = stepped(observed, events);
      news.push(...events);
      // One that waits will plan with this, too.
      if (isWaiting) return;
      isWaiting = true;
      await inLane(carryOut);
    },
    rim: {
      readFacts: (abilities) => {
        knownToLook = ended;
        done = [];
        return rim.readFacts(abilities);
      },
      turn(command, go) {
        if (!isTurn(command)) return go();
        return inLane(async () => {
          if (isStale()) return null;
          const found = await go();
          if (found === null) note(command);
          return found;
        });
      },
      news() {
        const taken = news;
        news = [];
        knownToPlan = knownToLook;
        return taken;
      },
      observed(links) {
        observed = links;
        found();
      },
      outdated: isStale,
    },
    links: () => observed ?? state.links,
    failed() {
      observed = null;
    },
    withLater({ links, actual }) {
      observed = null;
      return {
        links: stepped(links, news),
        actual: done.reduce<Actual>(afterTurn, actual),
      };
    },
  };
}
