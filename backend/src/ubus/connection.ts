import { createConnection, type Socket } from 'node:net';
import { reason } from '../errors.ts';
import { createFramer } from './codec/framer.ts';
import { MAX_FRAME, type Message, parseMessage, TYPE } from './codec/message.ts';

/** Where ubusd listens on OpenWrt since 2020-10. */
export const DEFAULT_PATH = '/var/run/ubus/ubus.sock';
/** ubusd speaks first and at once; whoever is silent for this long (ms) is no ubusd. */
const HELLO_TIMEOUT = 5_000;
/** Milliseconds that the last words of a closing connection may take. */
const CLOSE_TIMEOUT = 1_000;
/** Bytes that may wait for a peer that does not read; more is refused. Four of the longest messages. */
const MAX_QUEUE = 4 * MAX_FRAME;

export interface ConnectionOptions {
  path: string;
  /** Called once, after HELLO, with the client id that ubusd gave. */
  onReady(clientId: number): void;
  onMessage(message: Message): void;
  /** Called once, whatever ended it; not after close(). */
  onClose(why: string): void;
}

/**
 * One connection to ubusd: socket, framing and HELLO. It always reads on: ubusd silently drops
 * messages for a client that does not.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #framer = createFramer();
  #hello: NodeJS.Timeout | undefined;
  #ready = false;
  #ended = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = createConnection({ path: options.path });
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', (error) => this.#end(reason(error)));
    this.#socket.on('close', () => this.#end('the connection was closed by the other side'));
    this.#hello = setTimeout(
      () => this.#end(`no HELLO within ${HELLO_TIMEOUT / 1000} s, so no ubusd`),
      HELLO_TIMEOUT,
    );
  }

  /** Sends a frame; false when it cannot be: closed, or too much is waiting already. */
  send(frame: Buffer): boolean {
    if (this.#ended || this.#socket.writableLength + frame.length > MAX_QUEUE) return false;
    this.#socket.write(frame);
    return true;
  }

  /** Ends the connection without a word to onClose; what was sent before is still written. */
  close(): void {
    if (this.#ended) return;
    this.#stop();
    this.#socket.end(() => this.#socket.destroy());
    // A peer that reads no more must not keep the process alive.
    setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT).unref();
  }

  #read(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      this.#framer.push(chunk, (frame) => this.#receive(parseMessage(frame)));
    } catch (thrown) {
      this.#end(`what came is no ubus: ${reason(thrown)}`);
    }
  }

  #receive(message: Message): void {
    if (this.#ended) return;
    if (message.version !== 0) {
      this.#end(`what came is no ubus: protocol version ${message.version}`);
    } else if (this.#ready) {
      this.#options.onMessage(message);
    } else if (message.type === TYPE.HELLO) {
      this.#ready = true;
      clearTimeout(this.#hello);
      this.#options.onReady(message.peer);
    } else {
      this.#end(`what came is no ubus: message type ${message.type} before HELLO`);
    }
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.#stop();
    this.#socket.destroy();
    this.#options.onClose(why);
  }

  #stop(): void {
    this.#ended = true;
    clearTimeout(this.#hello);
  }
}
