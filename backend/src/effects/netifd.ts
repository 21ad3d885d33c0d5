import type { Client } from '../ubus/index.ts';
import { STATUS, UbusError } from '../ubus/index.ts';

/** Where the WANs of a machine with netifd come from. */
export interface Netifd {
  /** `network.interface dump`, or null where there is no netifd. */
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
      } catch (error) {
        const absent = error instanceof UbusError && error.status === STATUS.NOT_FOUND;
        // ubusd or netifd is being restarted: what was true a moment ago is the best there is.
        if (absent) last = null;
      }
      return last;
    },
  };
}
