import { asNumber, asRecord, asRecords, asText } from './json.ts';
import type { Own } from './own.ts';

/** What limits the rate at which a device sends: by a qdisc of its own, or two one in the other. */
export type Shaper = 'cake' | 'tbf';

/** What a device of ours may have: a shaper, or what holds its packets back. */
export type QdiscKind = Shaper | 'netem';

/** The root qdisc of a device, where it limits the rate or holds packets back. */
export interface Qdisc {
  device: string;
  kind: QdiscKind;
  /** Major number, in hex; it says whose it is, and of a shaper what is in it (plan/shaping.ts). */
  handle: string;
  /** bit/s; 0: no limit */
  rate: number;
  /** How long it holds each packet back, us. */
  delay: number;
  /** Kind of the qdisc inside; null: there is none. */
  leaf: string | null;
  /** How long a flow's packets may wait in it before some are dropped, ms; 0: nothing is said of that. */
  target: number;
}

/** cake's target is so much less than its `rtt` (sch_cake.c: cake_set_rate). */
export const CAKE_TARGETS = 20;

const SHAPERS: readonly string[] = ['cake', 'tbf'] satisfies Shaper[];

/**
 * Reads `tc -j qdisc show`; a qdisc of another kind is left out. Recorded with iproute2 6.1: tc prints
 * rates in bytes per second, a delay of netem's in seconds and not at all when it is 0, the times of
 * fq_codel and cake in us, and the handle 0: of what the kernel gave by itself.
 */
export function readQdiscs(qdiscs: unknown): Map<string, Qdisc> {
  const all = asRecords(qdiscs);
  const found = new Map<string, Qdisc>();
  for (const entry of all) {
    const device = asText(entry.dev);
    const kind = asText(entry.kind);
    if (device === null || entry.root !== true || !isKnown(kind)) continue;
    const handle = (asText(entry.handle) ?? '').replace(/:$/, '');
    const options = asRecord(entry.options);
    const bytes = asNumber(options?.bandwidth) ?? asNumber(options?.rate) ?? 0;
    const seconds = asNumber(asRecord(options?.delay)?.delay) ?? 0;
    const leaf = all.find((child) => child.dev === device && childOf(child, handle));
    const target = asNumber(asRecord(leaf?.options)?.target) ?? 0;
    const microseconds = target + (asNumber(options?.rtt) ?? 0) / CAKE_TARGETS;
    found.set(device, {
      device,
      kind,
      handle,
      rate: bytes * 8,
      delay: Math.round(seconds * 1e6),
      leaf: asText(leaf?.kind),
      target: Math.round(microseconds / 1000),
    });
  }
  return found;
}

/** `"parent": "6abc:1"` */
function childOf({ parent }: Record<string, unknown>, handle: string): boolean {
  return asText(parent)?.startsWith(`${handle}:`) ?? false;
}

/** Whether it limits the rate. */
export function isShaper(kind: string | null): kind is Shaper {
  return kind !== null && SHAPERS.includes(kind);
}

function isKnown(kind: string | null): kind is QdiscKind {
  return kind === 'netem' || isShaper(kind);
}

/**
 * Whether a tunnel device of ours sends through a qdisc that may be one of our own, as `ip -j -d addr`
 * has it: only then is `tc` asked while nothing is to be shaped.
 */
export function mayBeShaped(addr: unknown, { alias }: Pick<Own, 'alias'>): boolean {
  return asRecords(addr).some(
    ({ ifalias, qdisc }) =>
      asText(ifalias)?.startsWith(`${alias} `) === true && isKnown(asText(qdisc)),
  );
}
