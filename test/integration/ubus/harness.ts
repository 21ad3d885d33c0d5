import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach } from 'vitest';
import {
  type Client,
  type ClientState,
  connect,
  type Methods,
  method,
  UbusError,
} from '../../../backend/src/ubus/index.ts';
import type { BusKind, TestBus } from './buses.ts';

/** What every test of a suite finds: a fresh bus, and clients that are closed after it. */
export interface Harness {
  readonly bus: TestBus;
  /** `where: error` of every onError, and every state, of all clients. */
  readonly errors: string[];
  readonly states: ClientState[];
  client(): Client;
}

/** Registers the hooks; the getters give the running test's own. */
export function harness(make: BusKind['make']): Harness {
  let bus: TestBus | undefined;
  let clients: Client[] = [];
  let errors: string[] = [];
  let states: ClientState[] = [];
  const current = (): TestBus => {
    if (!bus) throw new Error('only inside of a test');
    return bus;
  };
  beforeEach(async () => {
    bus = await make();
    clients = [];
    errors = [];
    states = [];
  });
  afterEach(async () => {
    for (const one of clients) one.close();
    await bus?.dispose();
  });
  return {
    get bus() {
      return current();
    },
    get errors() {
      return errors;
    },
    get states() {
      return states;
    },
    client: () => {
      const one = connect({
        path: current().path,
        retry: 50,
        onError: (error, where) => errors.push(`${where}: ${error}`),
        onState: (state) => states.push(state),
      });
      clients.push(one);
      return one;
    },
  };
}

/** Waits for a condition; the test's own timeout ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** Methods that answer in every way there is. */
export const echo: Methods = {
  echo: method(
    { text: 'string', count: 'int64', list: 'array', deep: 'table' },
    (_args, { data }) => data,
  ),
  nothing: method({}, () => undefined),
  fail: method({ code: 'int32' }, ({ code }) => {
    throw new UbusError(code ?? 9);
  }),
  crash: method({}, () => {
    throw new Error('a bug');
  }),
  later: method({ ms: 'int32' }, async ({ ms }) => {
    await sleep(ms);
    return { ms };
  }),
  who: method({}, (_args, { user, group }) => ({ user, group })),
  hang: method({}, () => new Promise(() => undefined)),
};
