import type { Delta } from './messages.ts';

type JsonObject = Record<string, unknown>;

/**
 * The changes that turn `before` into `after`, both plain JSON objects. Where a list changed its
 * length, or an object its fields, the whole of it is given anew. An empty list: nothing changed.
 * Null: the root's own fields differ, which no delta can say; send `after` whole.
 */
export function delta(before: object, after: object): Delta | null {
  return objectChanges(before as JsonObject, after as JsonObject, []);
}

/** Null: one cannot be made from the other by assigning to fields that exist. */
function changes(before: unknown, after: unknown, path: (string | number)[]): Delta | null {
  if (Array.isArray(before) && Array.isArray(after)) return listChanges(before, after, path);
  if (isObject(before) && isObject(after)) return objectChanges(before, after, path);
  return before === after ? [] : null;
}

function objectChanges(
  before: JsonObject,
  after: JsonObject,
  path: (string | number)[],
): Delta | null {
  const keys = Object.keys(after);
  if (keys.length !== Object.keys(before).length) return null;
  const inner: Delta = [];
  const fields: [string, unknown][] = [];
  for (const key of keys) {
    if (!Object.hasOwn(before, key)) return null;
    const found = changes(before[key], after[key], [...path, key]);
    if (found) inner.push(...found);
    else fields.push([key, after[key]]);
  }
  // fromEntries, not assignment: a field called `__proto__` must stay a field.
  return fields.length > 0 ? [[path, Object.fromEntries(fields)], ...inner] : inner;
}

function listChanges(before: unknown[], after: unknown[], path: (string | number)[]): Delta | null {
  if (before.length !== after.length) return null;
  const inner: Delta = [];
  for (const [index, value] of after.entries()) {
    const found = changes(before[index], value, [...path, index]);
    if (!found) return null;
    inner.push(...found);
  }
  return inner;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
