import { asRecord, asText } from './json.ts';

/**
 * The settings of a device below /proc/sys/net/ipv4/conf that we may have to change, and the value
 * that we give them. `rp_filter` 2 is loose: a packet may come in by another line than the one that
 * routes lead back by. `accept_redirects` 0: a gateway cannot send us to the gateway beside it.
 */
export const OURS = { rp_filter: '2', accept_redirects: '0' } as const;

/** Name of one of these settings. */
export type SysctlName = keyof typeof OURS;

/** Settings as texts, by `DEVICE/NAME`, e.g. `eth1/rp_filter`. */
export type SysctlValues = ReadonlyMap<string, string>;

/** What the settings are, and what those that we have changed were before. */
export interface Sysctls {
  now: SysctlValues;
  /** From the run folder: it outlives the daemon. */
  saved: SysctlValues;
}

/** Reads `{ now: { "eth1/rp_filter": "1" }, saved: {} }`; what cannot be understood is left out. */
export function readSysctls(raw: unknown): Sysctls {
  const { now, saved } = asRecord(raw) ?? {};
  return { now: readValues(now), saved: readValues(saved) };
}

/** The file's text is a person's to damage: only names and values that we would write are taken. */
function readValues(raw: unknown): SysctlValues {
  const values = new Map<string, string>();
  for (const [key, entry] of Object.entries(asRecord(raw) ?? {})) {
    const [device = '', name = '', rest] = key.split('/');
    const value = asText(entry);
    const known = Object.hasOwn(OURS, name) && rest === undefined && !/^\.{0,2}$/.test(device);
    if (known && value !== null && /^\d$/.test(value)) values.set(key, value);
  }
  return values;
}
