import { int8, int32, writeAttr } from '../codec/blob.ts';
import { encodeMessage, type Header, MAX_ROOT, MONITOR_ATTR, TYPE } from '../codec/message.ts';
import { STATUS } from '../codec/status.ts';
import type { Bus, BusClient } from './bus.ts';

/** Bytes that a MONITOR message adds to the one it carries. */
const OVERHEAD = 64;

/** The monitor object of ubusd (ubusd_monitor.c): clients that see every message. */
export class Monitors {
  readonly #bus: Bus;
  readonly #seqs = new Map<BusClient, number>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /**
   * A call of the monitor object; its status. DATA is not read: libubus puts garbage there. ubusd
   * asks for uid 0; here the mode of the socket has decided already who may do everything.
   */
  invoke(client: BusClient, method: string): number {
    if (method === 'add') this.#seqs.set(client, 0);
    else if (method === 'remove') this.#seqs.delete(client);
    else return STATUS.METHOD_NOT_FOUND;
    return STATUS.OK;
  }

  remove(client: BusClient): void {
    this.#seqs.delete(client);
  }

  /** Shows a message that `client` sent or (`sent`) is being sent. */
  see(client: BusClient, header: Header, payload: Buffer, sent: boolean): void {
    if (this.#seqs.size === 0 || header.type === TYPE.MONITOR) return;
    if (payload.length + OVERHEAD > MAX_ROOT) return;
    const attrs = [
      int32(MONITOR_ATTR.CLIENT, client.id),
      int32(MONITOR_ATTR.PEER, header.peer),
      int32(MONITOR_ATTR.SEQ, header.seq),
      int32(MONITOR_ATTR.TYPE, header.type),
      int8(MONITOR_ATTR.SEND, sent ? 1 : 0),
      writeAttr(MONITOR_ATTR.DATA, payload),
    ];
    for (const [monitor, last] of this.#seqs) {
      const seq = (last + 1) & 0xffff;
      this.#seqs.set(monitor, seq);
      if (!this.#bus.clients.has(monitor.id)) continue;
      monitor.write(encodeMessage({ type: TYPE.MONITOR, seq, peer: 0 }, attrs));
    }
  }
}
