import type { Client } from '../ubus/index.ts';

/** Where the WANs of a machine with netifd come from. */
export interface Netifd {
  /** `network.interface dump`, the last one while netifd is away; null where there never was one. */
  dump(): Promise<unknown>;
}

/** netifd's dump takes milliseconds; one that takes this long is stuck (ms). */
const DUMP_LIMIT = 5_000;

/**
 * Watches netifd through `client` and calls `changed` when an interface changes, appears or goes
 * (netifd/ubus.c: notification `interface.update`, event `network.interface`).
 */
export async function watchNetifd(client: Client, changed: () => void): Promise<Netifd> {
  await client.subscribe('network.interface', {
    notify: changed,
    added: changed,
    removed: changed,
  });
  await client.listen('network.interface', changed);
  let last: unknown = null;
  return {
    async dump() {
      try {
        last = await client.call('network.interface', 'dump', {}, { timeout: DUMP_LIMIT });
      } catch {
        // ubusd or netifd is being restarted, and for a moment the object is not there (NOT_FOUND):
        // to go over to the kernel's names of WANs now would take every tunnel down.
      }
      return last;
    },
  };
}
