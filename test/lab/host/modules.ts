/** A kernel module's file for each name that `modprobe` would take, and what it needs first. */
export type ModuleIndex = ReadonlyMap<string, { path: string; needs: readonly string[] }>;

/** `kernel/fs/9p/9p.ko` → `9p`; `-` and `_` are the same to the kernel. */
function moduleName(path: string): string {
  return path
    .replace(/^.*\//, '')
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}

/** Reads `modules.dep`: one line per module, `path: path of a needed module …`. */
export function parseModulesDep(text: string): ModuleIndex {
  const index = new Map<string, { path: string; needs: readonly string[] }>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const path = line.slice(0, colon);
    const needs = line
      .slice(colon + 1)
      .split(/\s+/)
      .filter(Boolean);
    index.set(moduleName(path), { path, needs: needs.map(moduleName) });
  }
  return index;
}

/**
 * The files to insert, in order, so that every module of `names` finds what it needs. A name in
 * neither `index` nor `builtin` is an Error.
 */
export function insertOrder(
  index: ModuleIndex,
  builtin: ReadonlySet<string>,
  names: readonly string[],
): string[] {
  const order = new Set<string>();
  const visit = (name: string): void => {
    const found = index.get(name);
    if (found === undefined) {
      if (builtin.has(name)) return;
      throw new Error(`kernel module ${name} is neither built in nor among the unpacked modules`);
    }
    if (order.has(found.path)) return;
    for (const needed of found.needs) visit(needed);
    order.add(found.path);
  };
  for (const name of names) visit(name.replaceAll('-', '_'));
  return [...order];
}

/** Names of `modules.builtin`, one path per line. */
export function parseBuiltin(text: string): Set<string> {
  return new Set(text.split('\n').filter(Boolean).map(moduleName));
}
