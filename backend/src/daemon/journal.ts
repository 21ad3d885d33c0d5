import type { Problem, Severity } from '../errors.ts';
import type { LinkState, Links } from '../monitor/links.ts';
import type { BondEvent } from '../status/snapshot.ts';

/** How many events are kept. */
const LENGTH = 200;

/** The event list: what changed, newest last. */
export interface Journal {
  /** Events with an id above `since`. */
  after(since: number): BondEvent[];
  /** Adds one event and returns it. */
  add(subject: string, text: string): BondEvent;
}

/** An empty journal; `time` gives Unix seconds, `added` is told each event at once. */
export function openJournal(
  time: () => number,
  added: (event: BondEvent) => void = () => {},
): Journal {
  const events: BondEvent[] = [];
  let id = 0;
  return {
    after: (since) => events.filter((event) => event.id > since),
    add(subject, text) {
      id += 1;
      const event = { id, time: time(), subject, text };
      events.push(event);
      if (events.length > LENGTH) events.shift();
      added(event);
      return event;
    },
  };
}

/** Something that is written down, and how loud it is in the log. */
export interface Change {
  subject: string;
  text: string;
  severity: Severity;
}

/** Why a link is in its phase, where that says something. */
function whyOf(link: LinkState, old: LinkState | undefined): string {
  if (link.phase === 'waiting' && link.wanReason !== null) return `: ${link.wanReason}`;
  if (link.phase === 'down' && link.silent) return ': no heartbeats, taken out';
  if (link.phase !== 'up' || old?.silent !== true) return '';
  const seconds = Math.round((link.since - old.since) / 100) / 10;
  return `: heartbeats are back after ${seconds} s`;
}

/** What to write down of one round: phases that changed, problems that came and went. */
export function changesBetween(
  before: { links: Links; problems: readonly Problem[] },
  after: { links: Links; problems: readonly Problem[] },
): Change[] {
  const changes: Change[] = [];
  for (const link of after.links.values()) {
    const old = before.links.get(link.name)?.phase;
    if (old === link.phase || (old === undefined && link.phase !== 'up')) continue;
    const text = `${link.phase}${whyOf(link, before.links.get(link.name))}`;
    changes.push({ subject: `link '${link.name}'`, text, severity: 'info' });
  }
  const key = (entry: Problem): string => `${entry.code} ${entry.subject} ${entry.text}`;
  const known = new Set(before.problems.map(key));
  const still = new Set(after.problems.map(key));
  const came = after.problems.filter((entry) => !known.has(key(entry)));
  changes.push(...came.map(({ subject, text, severity }) => ({ subject, text, severity })));
  // What only has other words now has not gone.
  const kinds = new Set(came.map(({ code, subject }) => `${code} ${subject}`));
  for (const entry of before.problems) {
    if (still.has(key(entry)) || kinds.has(`${entry.code} ${entry.subject}`)) continue;
    const text = `no longer: ${entry.text}`;
    changes.push({ subject: entry.subject, text, severity: 'info' });
  }
  return changes;
}
