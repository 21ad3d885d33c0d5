import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Broker, startBroker } from '../../backend/src/ubus/broker.ts';
import { type Client, connect } from '../../backend/src/ubus/index.ts';
import { type RpcdSessions, startRpcdSessions } from '../fakes/rpcd-sessions.ts';
import { addProbe } from './host/probe-object.ts';
import { answerUbus } from './host/ubus-http.ts';

/**
 * The stand-in for uhttpd's /ubus gives the answers that OpenWrt's own gave (uhttpd, rpcd and ubusd of
 * August 2026), recorded with the same object behind them. ALL and SOME stand for two sessions.
 */
interface Exchange {
  name: string;
  body: string;
  /** Letters that were in an empty text of the body, too many to keep. */
  pad?: number;
  answer: string;
}

const file = new URL('../wire/frames/ubus-http.jsonl', import.meta.url);
const exchanges = (await readFile(file, 'utf8'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Exchange);

let folder: string;
let broker: Broker;
let sessions: RpcdSessions;
let client: Client;
let ids: { all: string; some: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonding-e2e-'));
  broker = await startBroker({ path: join(folder, 'ubus.sock') });
  sessions = await startRpcdSessions(broker.path);
  client = connect({ path: broker.path });
  await addProbe(client);
  ids = {
    all: sessions.create(60, { probe: ['*'] }),
    some: sessions.create(60, { probe: ['none'] }),
  };
});

afterAll(async () => {
  client.close();
  sessions.stop();
  await broker.close();
  await rm(folder, { recursive: true });
});

test.each(exchanges)('$name', async ({ body, pad = 0, answer }) => {
  const named = body.replaceAll('ALL', ids.all).replaceAll('SOME', ids.some);
  const sent = named.replace('"pad":""', `"pad":"${'x'.repeat(pad)}"`);
  const got = await answerUbus(Buffer.from(sent), client);
  expect(JSON.parse(got)).toEqual(JSON.parse(answer));
});
