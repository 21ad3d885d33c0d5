import type { Shaper } from '../facts/qdiscs.ts';
import { withTunnel, works } from './trial.ts';

/** The module of what holds packets back, and a trial of it. */
const NETEM = {
  module: 'sch_netem',
  words: 'root handle 1: netem delay 1000us limit 4000',
} as const;

/** The better one first (docs/shaping.md), each with what is tried of it, and its modules. */
const SHAPERS: readonly { kind: Shaper; modules: string[]; words: string[] }[] = [
  {
    kind: 'tbf',
    modules: ['sch_tbf', 'sch_fq_codel'],
    words: [
      'root handle 1: stab overhead 66 linklayer ethernet tbf rate 1mbit burst 1600 latency 400ms',
      'parent 1:1 fq_codel target 20ms',
    ],
  },
  {
    kind: 'cake',
    modules: ['sch_cake'],
    words: ['root cake bandwidth 1mbit besteffort overhead 66 rtt 400ms'],
  },
];

/**
 * Finds out by trial which qdisc can keep a tunnel to a rate; null: none, or there is no `tc`.
 * `undefined`: it cannot be tried, because there is no tun, or we may not. Leaves nothing behind but
 * the loaded modules.
 */
export async function tryShaper(instance = 0): Promise<Shaper | null | undefined> {
  if (!(await works(['tc', '-V']))) return null;
  // A name of its own: several instances may try at once, as after a boot.
  const device = `bndshape${instance}`;
  await works(['modprobe', 'tun']);
  return withTunnel(device, 'tun', async () => {
    for (const { kind, modules, words } of SHAPERS) {
      for (const module of modules) await works(['modprobe', module]);
      let taken = true;
      for (const each of words)
        taken &&= await works(['tc', 'qdisc', 'replace', 'dev', device, ...each.split(' ')]);
      if (taken) return kind;
    }
    return null;
  });
}

/** As {@link tryShaper}: whether the kernel can hold a tunnel's packets back for a time. */
export async function tryNetem(instance = 0): Promise<boolean | undefined> {
  if (!(await works(['tc', '-V']))) return false;
  const device = `bndshape${instance}`;
  for (const module of ['tun', NETEM.module]) await works(['modprobe', module]);
  return withTunnel(device, 'tun', () =>
    works(['tc', 'qdisc', 'replace', 'dev', device, ...NETEM.words.split(' ')]),
  );
}
