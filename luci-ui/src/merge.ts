/**
 * `before` with the daemon's delta applied (a list of `[path, fields]`; the daemon's side is
 * backend/src/status/delta.ts), or null when it does not fit: then something was missed, and only a
 * whole snapshot helps. What did not change stays the same object.
 */
export function merge(before: object, delta: unknown): object | null {
  if (!Array.isArray(delta)) return null;
  let result: object = before;
  for (const entry of delta as unknown[]) {
    if (!Array.isArray(entry)) return null;
    const [path, fields] = entry as unknown[];
    if (!Array.isArray(path) || !isObject(fields)) return null;
    const next = assign(result, path, fields);
    if (!next) return null;
    result = next;
  }
  return result;
}

function assign(target: unknown, path: unknown[], fields: object): object | null {
  if (!isObject(target)) return null;
  const [step, ...rest] = path;
  if (step === undefined) return Array.isArray(target) ? null : withFields(target, fields);
  const key = String(step);
  const child = assign(own(target, key), rest, fields);
  if (!child) return null;
  if (!Array.isArray(target)) return withFields(target, Object.fromEntries([[key, child]]));
  return target.map((old: unknown, index) => (String(index) === key ? child : old));
}

/** A copy with other values for fields that are there; null when one is not. */
function withFields(target: object, fields: object): object | null {
  const changed = new Map<string, unknown>(Object.entries(fields));
  const copy = Object.entries(target).map(([key, old]) => {
    const value = changed.has(key) ? changed.get(key) : old;
    changed.delete(key);
    return [key, value] as const;
  });
  // fromEntries, not assignment: a field called `__proto__` must stay a field.
  return changed.size > 0 ? null : Object.fromEntries(copy);
}

/** Own fields only: a path through `constructor` must not leave the data. */
function own(target: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(target, key)?.value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
