import type { Actual } from '../facts/actual.ts';
import type { Qdisc } from '../facts/qdiscs.ts';
import type { Desired } from '../plan/desired.ts';
import { isOurHandle, linkAlias } from '../plan/numbers.ts';
import type { DesiredQdisc } from '../plan/shaping.ts';
import type { Command } from './commands.ts';

/**
 * Gives each device the qdisc that it should have, and takes away those of ours that should not be. A
 * device in `remade` comes without one, and one that goes takes its own along. What somebody else has
 * put on a tunnel stays unless it is in the place of ours.
 */
export function diffQdiscs(
  desired: Desired,
  actual: Actual,
  remade: ReadonlySet<string>,
): Command[] {
  const wanted = new Map(desired.qdiscs.map((qdisc) => [qdisc.device, qdisc]));
  const stale = [...actual.qdiscs.values()].filter(
    (qdisc) => !wanted.has(qdisc.device) && !remade.has(qdisc.device) && isOurs(qdisc, actual),
  );
  const missing = desired.qdiscs.flatMap((want) => {
    const have = remade.has(want.device) ? undefined : actual.qdiscs.get(want.device);
    return missingOf(want, have).map((words) => tc('replace', want.device, words));
  });
  return [...stale.map(({ device }) => tc('del', device, ['root'])), ...missing];
}

/** Where only the target is another one, the inner qdisc alone is changed: what waits in it stays. */
function missingOf(want: DesiredQdisc, have: Qdisc | undefined): DesiredQdisc['words'] {
  if (have === undefined || !isSame(want, have)) return want.words;
  return want.target === have.target ? [] : want.words.slice(-1);
}

/** One of our handles, on a tunnel device of this instance. */
function isOurs({ device, handle }: Qdisc, { devices, own }: Actual): boolean {
  const alias = devices.get(device)?.alias ?? '';
  return isOurHandle(handle) && alias.startsWith(linkAlias(own, ''));
}

function isSame(want: DesiredQdisc, have: Qdisc): boolean {
  return (
    want.kind === have.kind &&
    want.handle === have.handle &&
    want.rate === have.rate &&
    want.delay === have.delay &&
    want.leaf === have.leaf
  );
}

function tc(verb: 'replace' | 'del', device: string, words: readonly string[]): Command {
  return { kind: 'run', argv: ['tc', 'qdisc', verb, 'dev', device, ...words], stdin: null };
}
