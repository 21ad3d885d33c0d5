import type { Actual } from '../facts/actual.ts';
import type { SysctlName, SysctlValues } from '../facts/sysctls.ts';
import { OURS } from '../facts/sysctls.ts';
import type { Desired } from '../plan/desired.ts';
import type { Command } from './commands.ts';

/** File of the run folder that holds what was there before us. */
export const SAVED_FILE = 'sysctls.json';

/**
 * Sets what is desired and has not its effect yet, and gives back what is desired no longer, unless
 * somebody else has changed it since. What was there is saved before the first write; it cannot be
 * read back later. A device that is gone has taken its settings with it.
 */
export function diffSysctls(desired: Desired, actual: Actual): Command[] {
  const { now, saved } = actual.sysctls;
  const wanted = desired.sysctls
    .map(({ device, name }) => `${device}/${name}`)
    .filter((key) => now.has(key));
  const missing = wanted.filter((key) => isNeeded(key, now));
  const added = missing.filter((key) => !saved.has(key));
  const before = new Map([...saved, ...added.map((key) => [key, now.get(key) ?? ''] as const)]);
  const back = [...saved].filter(
    ([key]) => !wanted.includes(key) && now.get(key) === OURS[nameOf(key)],
  );
  const kept = new Map([...before].filter(([key]) => wanted.includes(key)));
  return [
    ...(added.length === 0 ? [] : [save(before)]),
    ...missing.map((key) => write(key, OURS[nameOf(key)])),
    ...back.map(([key, value]) => write(key, value)),
    ...(kept.size === before.size ? [] : [save(kept)]),
  ];
}

/**
 * Whether a setting has not the effect that we want. The kernel joins a device's own value with that
 * of `all`: for `rp_filter` the larger one counts, for `accept_redirects` of a router both must be 1
 * (Documentation/networking/ip-sysctl.rst).
 */
function isNeeded(key: string, now: SysctlValues): boolean {
  const name = nameOf(key);
  const own = now.get(key);
  const values = [own, now.get(`all/${name}`) ?? own].map(Number);
  return name === 'rp_filter' ? Math.max(...values) === 1 : Math.min(...values) === 1;
}

function nameOf(key: string): SysctlName {
  return key.endsWith('/rp_filter') ? 'rp_filter' : 'accept_redirects';
}

function write(key: string, text: string): Command {
  return { kind: 'write', path: `/proc/sys/net/ipv4/conf/${key}`, text };
}

function save(values: SysctlValues): Command {
  const text = values.size === 0 ? null : JSON.stringify(Object.fromEntries(values));
  return { kind: 'save', file: SAVED_FILE, text };
}
