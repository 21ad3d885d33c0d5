import type { OptionSpec } from '../../../backend/src/config/option.ts';
import { readValue } from '../../../backend/src/config/value.ts';
import type { Value } from './luci.ts';

/**
 * What the file says and what the form says. The daemon takes several spellings (`yes` for `1`, mode
 * `0` for `balance-rr`, a list with blanks in one option); the form shows the meaning, and writes
 * only what has got another one.
 */

/** As the daemon reads it (section.ts, `split`): every value of the option. Empty is as not there. */
function values(spec: OptionSpec, stored: Value | undefined): string[] {
  if (stored === null || stored === undefined) return [];
  const all = (typeof stored === 'string' ? [stored] : stored).filter((text) => text !== '');
  if (!spec.list) return all.slice(-1);
  return spec.type.kind === 'text' ? all : all.flatMap((text) => text.split(/\s+/).filter(Boolean));
}

/** In one spelling each; what is wrong stays as it is, to be shown and refused. */
function meanings(spec: OptionSpec, stored: Value | undefined): string[] {
  return values(spec, stored).map((text) => readValue(spec.type, text) ?? text);
}

/** What a field shows of the stored value. A netmask and an address stay as they were written. */
export function shown(spec: OptionSpec, stored: Value | undefined): Value {
  const found =
    spec.type.kind === 'bool' || spec.type.kind === 'enum'
      ? meanings(spec, stored)
      : values(spec, stored);
  return spec.list ? found : (found[0] ?? null);
}

/** Whether an untouched or changed field still means what is stored; `ordered`: the order counts. */
export function same(
  spec: OptionSpec,
  stored: Value | undefined,
  field: Value,
  ordered = true,
): boolean {
  const [one, other] = [meanings(spec, stored), meanings(spec, field)];
  if (!ordered) {
    one.sort();
    other.sort();
  }
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** What a tick box shows, `1` or `0`; a wrong or missing value means `standard`. */
export function flag(spec: OptionSpec, stored: Value | undefined, standard: string): string {
  const [text] = values(spec, stored);
  return (text === undefined ? null : readValue(spec.type, text)) ?? standard;
}
