import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Netifd, watchNetifd } from '../../../backend/src/effects/netifd.ts';
import { type Broker, startBroker } from '../../../backend/src/ubus/broker.ts';
import { type Client, connect, type LocalObject, method } from '../../../backend/src/ubus/index.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
let broker: Broker | null;
/** Netifd's connection and ours. */
let theirs: Client;
let ours: Client;
let changes: number;
let address: string;

beforeEach(async () => {
  changes = 0;
  address = '10.1.0.2';
  broker = await startBroker({ path: folder.at('ubus.sock') });
  theirs = connect({ path: broker.path, retry: 20 });
  ours = connect({ path: broker.path, retry: 20 });
});

afterEach(async () => {
  ours.close();
  theirs.close();
  await broker?.close();
});

const dumpNow = () => ({ interface: [{ interface: 'wan', up: true, address }] });
const addNetifd = (): Promise<LocalObject> =>
  theirs.addObject('network.interface', { dump: method({}, dumpNow) });
const watch = (): Promise<Netifd> =>
  watchNetifd(ours, () => {
    changes += 1;
  });

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 3_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('waited 3 s in vain');
    await sleep(5);
  }
}

describe('netifd', () => {
  it('is asked for its interfaces', async () => {
    await addNetifd();
    const netifd = await watch();
    expect(await netifd.dump()).toEqual(dumpNow());
    address = '10.1.0.3';
    expect(await netifd.dump()).toEqual(dumpNow());
  });

  it('is not there: null', async () => {
    const netifd = await watch();
    expect(await netifd.dump()).toBeNull();
    expect(changes).toBe(0);
  });

  it('tells of an interface that changed, by notification', async () => {
    const object = await addNetifd();
    await watch();
    await until(() => object.subscribed);
    changes = 0;
    object.notify('interface.update', { interface: 'wan' });
    await until(() => changes === 1);
  });

  it('tells of an interface that came or went, by event', async () => {
    await addNetifd();
    await watch();
    changes = 0;
    await theirs.send('network.interface', { action: 'ifup', interface: 'wan' });
    await until(() => changes === 1);
    await theirs.send('something.else', {});
    await theirs.send('network.interface', { action: 'ifdown', interface: 'wan' });
    await until(() => changes === 2);
  });

  it('goes for a moment: what it said last holds, and it is asked again when it is back', async () => {
    const object = await addNetifd();
    const netifd = await watch();
    await until(() => object.subscribed);
    expect(await netifd.dump()).toEqual(dumpNow());
    const last = dumpNow();
    changes = 0;
    await theirs.remove(object);
    await until(() => changes === 1);
    expect(await netifd.dump()).toEqual(last);
    address = '10.1.0.77';
    const again = await addNetifd();
    await until(() => changes === 2 && again.subscribed);
    expect(await netifd.dump()).toEqual(dumpNow());
  });

  it('survives a restart of ubusd: what it said last holds meanwhile', async () => {
    await addNetifd();
    const netifd = await watch();
    const last = dumpNow();
    expect(await netifd.dump()).toEqual(last);
    await broker?.close();
    broker = null;
    expect(await netifd.dump()).toEqual(last);
    address = '10.1.0.78';
    broker = await startBroker({ path: folder.at('ubus.sock') });
    changes = 0;
    await until(() => changes > 0);
    expect(await netifd.dump()).toEqual(dumpNow());
  });

  it('refuses to answer: what it said last holds', async () => {
    let answers = true;
    await theirs.addObject('network.interface', {
      dump: method({}, () => {
        if (!answers) throw new Error('broken');
        return dumpNow();
      }),
    });
    const netifd = await watch();
    const last = await netifd.dump();
    answers = false;
    expect(await netifd.dump()).toEqual(last);
  });
});
