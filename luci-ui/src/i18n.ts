/**
 * LuCI's translation functions, which cbi.js makes global, and the English strings themselves where
 * there is no LuCI. Call them with literals only: the catalogue is made by scanning these sources.
 */

interface LuciGlobals {
  _?: (text: string, context: string) => string;
  N_?: (count: number, one: string, many: string, context: string) => string;
}

/**
 * LuCI throws the catalogues of all packages together. Without a context of ours the German "Up" of
 * a link would be LuCI's own "Oben".
 */
export const CONTEXT = 'bonding';

const luci: LuciGlobals = globalThis as LuciGlobals;

/** `text` in the user's language. */
export function _(text: string): string {
  return luci._ ? luci._(text, CONTEXT) : text;
}

/** The form for `count` in the user's language. */
export function N_(count: number, one: string, many: string): string {
  if (luci.N_) return luci.N_(count, one, many, CONTEXT);
  return count === 1 ? one : many;
}

/** Puts values for `{name}` into a translated text; by name, so a translation may reorder them. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
