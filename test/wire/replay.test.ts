import { describe, expect, it } from 'vitest';
import { Bus, type BusClient } from '../../backend/src/ubus/broker/bus.ts';
import { type Attrs, parseMessage, readRoot } from '../../backend/src/ubus/codec/message.ts';
import { decodeTable } from '../../backend/src/ubus/codec/values.ts';
import { type Recorded, readRecording } from './recorded.ts';

/**
 * The recorded conversations once more, with the broker in ubusd's place: it gets what the clients
 * sent and must answer with the same bytes, save for the ids, which are random on both sides.
 * Not here: 10 (closes connections, see the integration suite), 19 (shows ids inside of messages)
 * and 21, 22 (ACLs, which the broker does not have).
 */
const FILES = [
  '01-hello.json',
  '02-ping.json',
  '03-add-object.json',
  '04-lookup.json',
  '05-call-json-types.json',
  '06-call-all-blobmsg-types.json',
  '07-replies.json',
  '08-errors.json',
  '09-raw-errors.json',
  '11-subscribe-notify.json',
  '12-subscribe-object-removed.json',
  '13-subscribe-errors.json',
  '14-events.json',
  '15-deferred-concurrent.json',
  '16-server-dies.json',
  '17-timeout.json',
  '18-no-reply.json',
];

/** There the server hung up before it read its last answer. */
const UNREAD: Readonly<Record<string, number>> = { '12-subscribe-object-removed.json': 1 };

interface Side {
  client: BusClient;
  received: Buffer[];
}

class Replay {
  readonly #bus = new Bus();
  readonly #sides = new Map<string, Side>();
  /** Recorded id → the broker's, as 8 hex digits. */
  readonly #ids = new Map<string, string>();

  step(entry: Recorded): void {
    const name = entry.conn;
    if (!name || !entry.dir) return;
    const side = this.#sides.get(name) ?? this.#join(name);
    if (entry.hex === '') {
      if (entry.dir === 'c2s') this.#bus.leave(side.client);
      return;
    }
    const recorded = Buffer.from(entry.hex, 'hex');
    if (entry.dir === 'c2s')
      this.#bus.receive(side.client, parseMessage(this.#translate(recorded)));
    else this.#compare(recorded, side.received.shift(), entry);
  }

  leftOver(): string[] {
    return [...this.#sides.values()].flatMap((side) =>
      side.received.map((frame) => frame.toString('hex')),
    );
  }

  #join(name: string): Side {
    const received: Buffer[] = [];
    const client = this.#bus.join((frame) => received.push(frame), 'root', 'root');
    const side = { client, received };
    this.#sides.set(name, side);
    return side;
  }

  #compare(recorded: Buffer, actual: Buffer | undefined, { file, index, note }: Recorded): void {
    const where = `${file} ${index}: ${note}`;
    if (!actual) throw new Error(`the broker said nothing where ubusd did: ${where}`);
    this.#learn(recorded, actual);
    expect(actual.toString('hex'), where).toBe(this.#translate(recorded).toString('hex'));
  }

  /** Ids are learnt where they are first seen, and only in the places where a message has ids. */
  #learn(recorded: Buffer, actual: Buffer): void {
    const theirs = idsOf(recorded);
    for (const [index, ours] of idsOf(actual).entries()) {
      const id = theirs[index];
      if (id !== undefined && !this.#ids.has(id)) this.#ids.set(id, ours);
    }
  }

  /** Ids stand at multiples of 4 wherever they are, as every attribute does. */
  #translate(frame: Buffer): Buffer {
    const words = frame.toString('hex').match(/.{8}/g) ?? [];
    return Buffer.from(words.map((word) => this.#ids.get(word) ?? word).join(''), 'hex');
  }
}

function idsOf(frame: Buffer): string[] {
  const message = parseMessage(frame);
  const attrs: Attrs = readRoot(message.root);
  const created =
    attrs.method?.startsWith('ubus.object.') && attrs.data && decodeTable(attrs.data).id;
  const ids = [
    message.peer,
    attrs.objid,
    attrs.objtype,
    attrs.target,
    ...(attrs.subscribers ?? []),
    created,
  ];
  return ids.flatMap((id) => {
    const number = typeof id === 'number' ? id >>> 0 : 0;
    return number >= 1_024 ? [number.toString(16).padStart(8, '0')] : [];
  });
}

describe('the broker answers as ubusd did', () => {
  it.each(FILES)('%s', (file) => {
    const replay = new Replay();
    for (const entry of readRecording(file)) replay.step(entry);
    expect(replay.leftOver()).toHaveLength(UNREAD[file] ?? 0);
  });
});
