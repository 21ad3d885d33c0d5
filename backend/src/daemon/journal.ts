import type { Problem } from '../errors.ts';
import type { Links } from '../monitor/links.ts';
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

/** An empty journal; `time` gives Unix seconds. */
export function openJournal(time: () => number): Journal {
  const events: BondEvent[] = [];
  let id = 0;
  return {
    after: (since) => events.filter((event) => event.id > since),
    add(subject, text) {
      id += 1;
      const event = { id, time: time(), subject, text };
      events.push(event);
      if (events.length > LENGTH) events.shift();
      return event;
    },
  };
}

/** What to write down of one round: phases that changed, problems that came and went. */
export function changesBetween(
  before: { links: Links; problems: readonly Problem[] },
  after: { links: Links; problems: readonly Problem[] },
): { subject: string; text: string }[] {
  const changes: { subject: string; text: string }[] = [];
  for (const link of after.links.values()) {
    const old = before.links.get(link.name)?.phase;
    if (old === link.phase || (old === undefined && link.phase !== 'up')) continue;
    const why = link.phase === 'waiting' && link.wanReason !== null ? `: ${link.wanReason}` : '';
    changes.push({ subject: `link '${link.name}'`, text: `${link.phase}${why}` });
  }
  const key = (entry: Problem): string => `${entry.code} ${entry.subject} ${entry.text}`;
  const known = new Set(before.problems.map(key));
  const still = new Set(after.problems.map(key));
  for (const entry of after.problems)
    if (!known.has(key(entry))) changes.push({ subject: entry.subject, text: entry.text });
  for (const entry of before.problems)
    if (!still.has(key(entry)))
      changes.push({ subject: entry.subject, text: `no longer: ${entry.text}` });
  return changes;
}
