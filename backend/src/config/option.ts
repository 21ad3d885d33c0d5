import type { Role } from './types.ts';

/** What a UCI option's text must be. `expectation` in value.ts says each in words. */
export type OptionType =
  | { kind: 'bool' }
  | { kind: 'integer'; min: number; max: number }
  /** A number that may have up to three digits after the point. */
  | { kind: 'decimal'; min: number; max: number }
  /** UDP port; `zero`: 0 is taken too. */
  | { kind: 'port'; zero: boolean }
  /** A port from 1, or several: `8000-8010`. */
  | { kind: 'ports' }
  | { kind: 'ipv4' }
  /** `10.0.0.2`, or with a prefix: `10.0.0.2/24`. */
  | { kind: 'address' }
  | { kind: 'netmask' }
  /** A network; host bits are switched off. */
  | { kind: 'cidr' }
  | { kind: 'ifname' }
  | { kind: 'word' }
  | { kind: 'host' }
  | { kind: 'table' }
  | { kind: 'fingerprint' }
  | { kind: 'path' }
  | { kind: 'text' }
  /** `aliases`: other spellings of a value, e.g. a mode's number. */
  | { kind: 'enum'; values: readonly string[]; aliases?: Readonly<Record<string, string>> };

/** What becomes of an OpenVPN option. */
export type Policy =
  /** Written into every tunnel's configuration. */
  | { kind: 'pass' }
  /** Read by bonding, not written. */
  | { kind: 'used' }
  /** bonding sets it itself; `same` are values that ask for what is done anyway. */
  | { kind: 'ours'; why: string; same: readonly string[] }
  /** Not written: removed from OpenVPN, or harmful here. */
  | { kind: 'gone'; why: string; instead: string };

/**
 * One UCI option: enough for the loader and `bonding check`; with its text in schema-texts.ts also for
 * docs/options.md and LuCI's form.
 */
export interface OptionSpec {
  name: string;
  type: OptionType;
  /** May be given several times (`list`), or once with blanks between the values. */
  list: boolean;
  /** Where it means something. */
  roles: readonly Role[];
  /** UCI text used when it is not given; null: nothing, or see `derived`. */
  default: string | null;
  /** The default depends on something else; schema-texts.ts says on what. */
  derived: boolean;
  /** At these ends the section is of no use without it; then there is a `meaning`. */
  required: readonly Role[];
  /** What it is, for the message that it is missing: "the WAN". */
  meaning: string;
  unit: 'ms' | 's' | 'bytes' | 'kbit/s' | '%' | null;
  /** `none`: read, so that a file of the HOWTO's is understood, and not needed. */
  effect: 'some' | 'none';
  /** A wrong value makes the section useless; otherwise it is ignored and the default is used. */
  strict: boolean;
  /** Sections `openvpn` and `openvpn-server` only. */
  policy: Policy | null;
}

/** Time between two heartbeats, ms; 0: none. */
export const HEARTBEAT: OptionType = { kind: 'integer', min: 0, max: 60_000 };

/** Both ends. */
export const BOTH: readonly Role[] = ['router', 'server'];

/** An option with everything usual filled in. */
export function option(name: string, type: OptionType, more: Partial<OptionSpec> = {}): OptionSpec {
  return {
    name,
    type,
    list: false,
    roles: BOTH,
    default: null,
    derived: false,
    required: [],
    meaning: '',
    unit: null,
    effect: 'some',
    strict: false,
    policy: null,
    ...more,
  };
}

/** A kind of section and all its options, in the order of the docs and the form. */
export interface SectionSpec {
  type: string;
  /** The only name that is read, or null for any. */
  name: string | null;
  options: readonly OptionSpec[];
}
