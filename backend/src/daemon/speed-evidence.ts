import { payloadPart } from '../config/numbers.ts';
import type { Look, TunnelCount } from '../effects/speed/look.ts';
import { bottleneckOf, type Carried, type Evidence, type Flow } from '../status/bottleneck.ts';
import type { TestRates, TestResult } from '../status/test-result.ts';
import type { Subject, SubjectLink } from './speed-subject.ts';

/** What both ends see at one moment; the peer's is null where it does not say. */
export interface Seen {
  own: Look;
  peer: Look | null;
}

/** One measurement, with what was seen before and after it. */
export interface Observed {
  /** Name of the link; null: the bond. */
  link: string | null;
  direction: keyof TestRates;
  flow: Flow;
  before: Seen;
  after: Seen;
}

/** A test as it was made: all that the verdicts need besides what was observed. */
export interface Setting {
  subject: Subject;
  /** In the order of the looks' tunnels. */
  links: readonly SubjectLink[];
  seconds: number;
}

/** What kept each direction from being faster. */
export function judge(setting: Setting, observed: readonly Observed[]): TestResult['verdict'] {
  const verdict = (direction: keyof TestRates) =>
    bottleneckOf(evidenceOf(setting, observed, direction));
  const [down, up] = [verdict('down'), verdict('up')];
  return down === null && up === null ? null : { down, up };
}

/** What was observed in one direction, in the words of the verdict. */
export function evidenceOf(
  { subject, links, seconds }: Setting,
  observed: readonly Observed[],
  direction: keyof TestRates,
): Evidence {
  const here = observed.filter((entry) => entry.direction === direction);
  const whole = here.find(({ link }) => link === null);
  return {
    role: subject.role,
    payload: payloadPart(subject.deviceType, subject.mtu),
    bond: whole?.flow ?? null,
    window: whole === undefined ? null : windowOf(whole),
    links: links.flatMap((link, index) => {
      const alone = here.find((entry) => entry.link === link.name);
      if (alone === undefined) return [];
      return {
        name: link.name,
        alone: alone.flow,
        carriedAlone: carried(alone, index, seconds),
        carried: whole === undefined ? null : carried(whole, index, seconds),
        pingLoss: link.loss,
      };
    }),
  };
}

/** Whether a tunnel of the receiving end still got much between two looks: queues are running off. */
export function isFlowing(before: Seen, after: Seen, direction: keyof TestRates): boolean {
  const end = direction === 'down' ? 'own' : 'peer';
  const [old, now] = [before[end]?.tunnels, after[end]?.tunnels];
  return now?.some((count, index) => (count?.rx ?? 0) - (old?.[index]?.rx ?? 0) > STRAY) ?? false;
}

/** Packets between two looks that are no queue. */
const STRAY = 10;

function carried({ direction, before, after }: Observed, index: number, seconds: number) {
  const [from, to] = direction === 'down' ? (['peer', 'own'] as const) : (['own', 'peer'] as const);
  const sent = difference(before[from], after[from], index, ({ tx }) => tx);
  const arrived = difference(before[to], after[to], index, ({ rx }) => rx);
  const bytes = difference(before[to], after[to], index, (count) => count.bytes);
  if (sent === null || arrived === null || bytes === null) return null;
  return { sent, arrived, rate: (8 * bytes) / seconds } satisfies Carried;
}

/** A counter that went back belongs to a device made anew: nothing is known then. */
function difference(
  before: Look | null,
  after: Look | null,
  index: number,
  pick: (count: TunnelCount) => number,
): number | null {
  const [old, now] = [before?.tunnels[index], after?.tunnels[index]];
  if (!old || !now) return null;
  const value = pick(now) - pick(old);
  return value < 0 ? null : value;
}

function windowOf({ direction, after: { own, peer } }: Observed): number | null {
  const sizes =
    direction === 'down'
      ? [own.buffers.rx, peer?.buffers.tx ?? null]
      : [own.buffers.tx, peer?.buffers.rx ?? null];
  const [a = null, b = null] = sizes;
  return a === null || b === null ? null : Math.min(a, b);
}
