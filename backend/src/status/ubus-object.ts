import type { Problem } from '../errors.ts';
import type { Methods, Value } from '../ubus/index.ts';
import { double, type Input, int64, method, STATUS, UbusError } from '../ubus/index.ts';
import type { History } from './history.ts';
import type { JoinAnswer } from './join-answer.ts';
import type { BondEvent, Snapshot } from './snapshot.ts';
import type { TestResult } from './test-result.ts';

/** What the object asks of the daemon. */
export interface ObjectHandlers {
  /** Null while there is no usable configuration; a promise where figures are read first. */
  snapshot(): Snapshot | null | Promise<Snapshot | null>;
  events(since: number): BondEvent[];
  /** Seconds: 180 or 86400, or the next longer of them. */
  history(span: number): History;
  /** All that a bug report needs, as text; `mask`: without addresses and names. */
  diagnostics(mask: boolean): Promise<string>;
  /** The commands of a start or stop, as text. */
  plan(action: 'start' | 'stop'): Promise<string>;
  start(): Promise<void>;
  stop(): Promise<void>;
  reload(): Promise<void>;
  /** False when there is no such link. */
  link(name: string, action: 'up' | 'down' | 'reconnect'): Promise<boolean>;
  /** What `bonding check` prints. */
  check(): Promise<{ ok: boolean; text: string }>;
  /** Joins a server by its code, or says what that would change. */
  join(code: string, apply: boolean, wans: string[]): Promise<JoinAnswer>;
  /** Begins a speed test of these links, or of all of them and the bond. */
  test(links: string[], seconds?: number): { id: number; problem: Problem | null };
  testResult(): TestResult;
  testStop(): void;
}

const LINK_ACTIONS = ['up', 'down', 'reconnect'] as const;

/** The methods of the ubus object `bonding`; `ubus -v list bonding` shows them. */
export function bondingMethods(handlers: ObjectHandlers): Methods {
  return {
    status: method({}, async () => statusReply(await handlers.snapshot())),
    events: method({ since: 'int32' }, ({ since }) => ({
      events: handlers.events(since ?? 0).map((event) => ({ ...event, time: int64(event.time) })),
    })),
    history: method({ span: 'int32' }, ({ span }) => asReply(handlers.history(span ?? 0))),
    plan: method({ action: 'string' }, async ({ action }) => ({
      text: await handlers.plan(oneOf(action ?? 'start', ['start', 'stop'], 'plan')),
    })),
    start: method({}, () => done(handlers.start())),
    stop: method({}, () => done(handlers.stop())),
    restart: method({}, () => done(handlers.stop().then(() => handlers.start()))),
    reload: method({}, () => done(handlers.reload())),
    link: method({ name: 'string', action: 'string' }, async ({ name, action }) => {
      const wanted = oneOf(action, LINK_ACTIONS, 'link');
      if (await handlers.link(name ?? '', wanted)) return undefined;
      throw new UbusError(STATUS.NOT_FOUND, { object: 'bonding', method: 'link' });
    }),
    check: method({}, () => handlers.check()),
    diagnostics: method({ mask: 'boolean' }, async ({ mask }) => ({
      text: await handlers.diagnostics(mask ?? false),
    })),
    join: method({ code: 'string', apply: 'boolean', wans: 'array' }, async (args) =>
      asReply(
        await handlers.join(args.code ?? '', args.apply ?? false, (args.wans ?? []).map(String)),
      ),
    ),
    // An answer must come within uhttpd's 30 s, so the test is only begun.
    test: method({ link: 'string', links: 'array', seconds: 'int32' }, (args) => {
      const { link, links = [], seconds } = args;
      const names = [...(link === undefined ? [] : [link]), ...links.map(String)];
      return asReply(handlers.test(names, seconds));
    }),
    test_result: method({}, () => asReply(handlers.testResult())),
    test_stop: method({}, () => handlers.testStop()),
  };
}

function statusReply(snapshot: Snapshot | null): { [name: string]: Input } {
  if (snapshot === null) {
    throw new UbusError(STATUS.NO_DATA, { object: 'bonding', method: 'status' });
  }
  return asReply(snapshot);
}

/** A plain answer as a table of ubus. */
export function asReply(answer: object): { [name: string]: Input } {
  return toTable(answer as Json) as { [name: string]: Input };
}

async function done(work: Promise<void>): Promise<undefined> {
  await work;
  return undefined;
}

function oneOf<T extends string>(
  given: string | undefined,
  allowed: readonly T[],
  name: string,
): T {
  const found = allowed.find((entry) => entry === given);
  if (found !== undefined) return found;
  throw new UbusError(STATUS.INVALID_ARGUMENT, { object: 'bonding', method: name });
}

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Counters outgrow an int32 within a day; a share must not change its type when it reaches 1. */
const WIDE = /^time$|_(bytes|rate|packets|errors|dropped)$/;
const FRACTION = /^(rx|tx|rtt|latency|jitter|packetloss)$/;

/** What the entries of a history's series are. */
const SERIES: Readonly<Record<string, string>> = {
  rx: 'rx_rate',
  tx: 'tx_rate',
  latency: 'latency',
  packetloss: 'packetloss',
};

/** A snapshot as it goes over ubus: JSON with the numbers' types made firm. */
export function toTable(value: Json, name = ''): Input {
  if (typeof value === 'number') {
    if (WIDE.test(name)) return int64(value);
    return FRACTION.test(name) ? double(value) : value;
  }
  if (Array.isArray(value)) return value.map((entry) => toTable(entry, SERIES[name] ?? ''));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, toTable(entry, key)]),
  );
}

/** What came over ubus as JSON again: bigints, which only huge counters are, become numbers. */
export function fromTable(value: Value): Json {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(fromTable);
  if (typeof value !== 'object' || value === null) return value as Json;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, fromTable(entry as Value)]),
  );
}
