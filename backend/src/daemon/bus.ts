import { existsSync } from 'node:fs';
import type { Log, Problem } from '../errors.ts';
import { problem, reason } from '../errors.ts';
import type { Broker } from '../ubus/broker.ts';
import type { Client, LocalObject, Methods } from '../ubus/index.ts';
import { connect } from '../ubus/index.ts';

/** The daemon's place on ubus. */
export interface Bus {
  client: Client;
  /** Sends a notification of the object `bonding`; while nobody is subscribed, none is even made. */
  notify(name: string, data: () => Parameters<LocalObject['notify']>[1]): void;
  close(): Promise<void>;
}

/** How to get onto ubus. */
export interface BusOptions {
  path: string;
  /** `auto`: be the broker ourselves where no ubusd is installed. */
  broker: 'auto' | 'yes' | 'no';
  methods: Methods;
  /** ubus came or went; null: it is there. */
  onState: (found: Problem | null) => void;
  log: Log;
}

/** OpenWrt's ubusd; where it is not installed we are the broker. */
const UBUSD = '/sbin/ubusd';

/** Puts the object `bonding` on ubus. Without ubusd it keeps trying; the bond does not wait for it. */
export async function openBus(options: BusOptions): Promise<Bus> {
  const { path } = options;
  const broker = await brokerFor(options);
  const client = connect({
    path,
    onState: (state) =>
      options.onState(
        state.up ? null : problem('ubus-absent', 'ubus', { socket: path, reason: state.reason }),
      ),
    onError: (error, where) => options.log(`bonding: ubus: ${where}: ${reason(error)}`, 'warning'),
  });
  const object = await client.addObject('bonding', options.methods).catch((error: unknown) => {
    options.log(`bonding: ubus: object 'bonding': ${reason(error)}`, 'error');
    return null;
  });
  return {
    client,
    notify(name, data) {
      if (object?.subscribed) object.notify(name, data());
    },
    async close() {
      client.close();
      await broker?.close();
    },
  };
}

async function brokerFor({ broker, path, log }: BusOptions): Promise<Broker | null> {
  const wanted = broker === 'yes' || (broker === 'auto' && !existsSync(UBUSD));
  if (!wanted) return null;
  try {
    const { startBroker } = await import('../ubus/broker.ts');
    return await startBroker({ path });
  } catch (error) {
    // Another broker of ours, or a ubusd, answers there already: then it serves us as well.
    log(`bonding: ubus: no broker of our own at ${path}: ${reason(error)}`);
    return null;
  }
}
