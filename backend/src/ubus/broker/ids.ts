import { randomInt } from 'node:crypto';
import { SYSTEM_OBJECT } from '../codec/message.ts';

/** A random id that `taken` does not have; ids below 1024 belong to the bus. */
export function randomId(taken: ReadonlyMap<number, unknown>): number {
  for (;;) {
    const id = randomInt(SYSTEM_OBJECT.MAX, 2 ** 32);
    if (!taken.has(id)) return id;
  }
}
