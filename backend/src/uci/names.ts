/** What may be a name, and the names libuci makes up. Source: uci/util.c, uci/list.c. */

/** True for section and option names: ASCII letters, digits and `_`. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(text);
}

/** True for package names: as section names, and `-`. */
export function isPackageName(text: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(text);
}

/** True for section types: printable ASCII without the space. */
export function isType(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/**
 * The name of an anonymous section, e.g. `cfg0215b3`: its position among all sections of the package
 * from 1, named ones included, and the low 16 bits of djb2 over its type. Never store one: it changes
 * when a section before it is added or removed.
 */
export function generatedName(type: string, position: number): string {
  let hash = 5381;
  for (let at = 0; at < type.length; at++) hash = (hash * 33 + type.charCodeAt(at)) & 0xffff;
  return `cfg${hex(position, 2)}${hex(hash, 4)}`;
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0');
}
