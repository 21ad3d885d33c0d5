/**
 * The order of a section's options. A JavaScript object lists names such as `10` first, whatever the
 * order of insertion; libuci keeps the file's. Where the two differ, the object carries the right
 * order under a hidden key, which `toEqual`, JSON and `Object.entries` do not see and a copy made by
 * spreading does not have.
 */

const ORDER = Symbol('order of options');

type Options = Record<string, string | string[]>;
type Ordered = Options & { [ORDER]?: readonly string[] };

/** Options in the given order, without a prototype: `__proto__` is a name like any other. */
export function makeOptions(entries: Iterable<readonly [string, string | string[]]>): Options {
  const options: Ordered = Object.create(null);
  const order: string[] = [];
  for (const [name, value] of entries) {
    options[name] = value;
    order.push(name);
  }
  const natural = Object.keys(options);
  if (order.some((name, at) => name !== natural[at])) {
    Object.defineProperty(options, ORDER, { value: order });
  }
  return options;
}

/** The names of a section's options as libuci lists them; options added since `parse` come last. */
export function optionNames(options: Options): string[] {
  const names = Object.keys(options);
  const order = (options as Ordered)[ORDER];
  if (order === undefined) return names;
  const known = new Set(order);
  const kept = order.filter((name) => Object.hasOwn(options, name));
  return [...kept, ...names.filter((name) => !known.has(name))];
}
