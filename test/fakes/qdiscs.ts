import type { Device } from '../../backend/src/facts/actual.ts';
import type { Qdisc } from '../../backend/src/facts/qdiscs.ts';

/** What of the fake kernel `tc` works on. */
export interface Queues {
  devices: ReadonlyMap<string, Device>;
  /** By device. */
  qdiscs: Map<string, Qdisc>;
}

/** `tc qdisc replace|del dev NAME …`, as far as we use it; throws as the kernel would refuse. */
export function runTc(state: Queues, words: readonly string[]): void {
  const [object, verb, , name = '', place, ...rest] = words;
  if (object !== 'qdisc' || !state.devices.has(name)) throw new Error(`tc ${words.join(' ')}`);
  if (verb === 'del') {
    // What the kernel gives by itself cannot be deleted.
    if (!state.qdiscs.delete(name)) throw new Error('Cannot delete qdisc with handle of zero.');
    return;
  }
  if (verb === 'replace' && place === 'root') state.qdiscs.set(name, rootOf(name, rest));
  else if (verb === 'replace' && place === 'parent') graft(state, name, rest);
  else throw new Error(`tc ${words.join(' ')}`);
}

function rootOf(device: string, words: readonly string[]): Qdisc {
  const after = (name: string): string => words[words.indexOf(name) + 1] ?? '';
  if (words.includes('netem')) return netemOf(device, after('handle'), after('delay'));
  const kind = words.includes('cake') ? 'cake' : 'tbf';
  if (!words.includes(kind)) throw new Error(`tc ${words.join(' ')}`);
  const rate = after(kind === 'cake' ? 'bandwidth' : 'rate');
  if (!/^\d+bit$/.test(rate)) throw new Error(`tc: rate ${rate}`);
  // tbf has a bfifo inside until it is given another qdisc.
  const leaf = kind === 'tbf' ? 'bfifo' : null;
  const handle = after('handle').replace(':', '');
  const target = kind === 'cake' ? msOf(after('rtt')) / 20 : 0;
  return { device, kind, handle, rate: parseInt(rate, 10), delay: 0, leaf, target };
}

function netemOf(device: string, handle: string, delay: string): Qdisc {
  if (!/^\d+us$/.test(delay)) throw new Error(`tc: delay ${delay}`);
  const us = parseInt(delay, 10);
  const root = { device, kind: 'netem', handle: handle.replace(':', ''), rate: 0 } as const;
  return { ...root, delay: us, leaf: null, target: 0 };
}

function graft(
  { qdiscs }: Queues,
  name: string,
  [parent = '', kind = '', ...words]: readonly string[],
): void {
  const root = qdiscs.get(name);
  if (root?.kind !== 'tbf' || parent !== `${root.handle}:1`) throw new Error('Invalid parent');
  const target = msOf(words[words.indexOf('target') + 1] ?? '');
  qdiscs.set(name, { ...root, leaf: kind, target });
}

function msOf(time: string): number {
  if (!/^\d+ms$/.test(time)) throw new Error(`tc: time ${time}`);
  return parseInt(time, 10);
}
