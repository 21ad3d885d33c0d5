import { createConnection, type Socket } from 'node:net';
import { int32, string, writeAttr } from '../../../backend/src/ubus/codec/blob.ts';
import { createFramer } from '../../../backend/src/ubus/codec/framer.ts';
import {
  ATTR,
  encodeMessage,
  type Message,
  parseMessage,
  readRoot,
  TYPE,
} from '../../../backend/src/ubus/codec/message.ts';

/** A connection without manners: sends any bytes, reads only when told to. */
export class Raw {
  readonly socket: Socket;
  readonly messages: Message[] = [];
  closed = false;
  readonly #framer = createFramer();
  #wake: () => void = () => undefined;
  #seq = 0;

  private constructor(path: string) {
    this.socket = createConnection(path);
    this.socket.on('data', (chunk: Buffer) => {
      this.#framer.push(chunk, (frame) => this.messages.push(parseMessage(frame)));
      this.#wake();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** Connects and reads the HELLO. */
  static async connect(path: string): Promise<Raw> {
    const raw = new Raw(path);
    await raw.until(() => raw.messages.length > 0);
    return raw;
  }

  /** Waits for a condition on what has come in. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Sends a request and waits for the STATUS that ends it. */
  async request(
    type: number,
    peer: number,
    attrs: readonly Buffer[],
  ): Promise<{ status: number; objid: number }> {
    this.#seq += 1;
    const seq = this.#seq;
    this.socket.write(encodeMessage({ type, seq, peer }, attrs));
    const mine = (): Message[] =>
      this.messages.filter((one) => one.seq === seq && one.peer === peer);
    await this.until(() => mine().some((one) => one.type === TYPE.STATUS));
    const roots = mine().map((one) => readRoot(one.root));
    const status = roots.find((root) => root.status !== undefined)?.status ?? -1;
    return { status, objid: roots.find((root) => root.objid !== undefined)?.objid ?? 0 };
  }

  /** Adds an object with one method without arguments, or an anonymous one. */
  async addObject(path?: string): Promise<number> {
    const method = Buffer.from('8200000c000378797a000000', 'hex');
    const attrs = path ? [string(ATTR.OBJPATH, path), writeAttr(ATTR.SIGNATURE, method)] : [];
    return (await this.request(TYPE.ADD_OBJECT, 0, attrs)).objid;
  }

  /** Answers an incoming call with any DATA contents and a status. */
  answer(call: Message, parts: readonly Buffer[], status: number): void {
    const to = { seq: call.seq, peer: call.peer };
    const id = int32(ATTR.OBJID, readRoot(call.root).objid ?? 0);
    const frames = parts.map((part) =>
      encodeMessage({ type: TYPE.DATA, ...to }, [id, writeAttr(ATTR.DATA, part)]),
    );
    frames.push(encodeMessage({ type: TYPE.STATUS, ...to }, [int32(ATTR.STATUS, status), id]));
    this.socket.write(Buffer.concat(frames));
  }

  /** Waits for the next INVOKE that comes in after `seen` messages. */
  async nextCall(seen = this.messages.length): Promise<Message> {
    const find = (): Message | undefined =>
      this.messages.slice(seen).find((one) => one.type === TYPE.INVOKE);
    await this.until(() => find() !== undefined);
    const call = find();
    if (!call) throw new Error('closed before a call came in');
    return call;
  }
}
