import { EventEmitter } from 'node:events';
import type { HubSocket } from '../../../backend/src/status/page-socket.ts';

/** A socket that remembers what is done to it. */
export class FakeSocket extends EventEmitter implements HubSocket {
  bufferedAmount = 0;
  sent: { type: string; [field: string]: unknown }[] = [];
  pings = 0;
  closed: [number, string] | null = null;
  terminated = false;
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  /** Answers no ping. */
  mute = false;
  ping(): void {
    this.pings += 1;
    if (!this.mute) this.emit('pong');
  }
  close(code: number, reason: string): void {
    this.closed ??= [code, reason];
  }
  terminate(): void {
    this.terminated = true;
    this.emit('close');
  }
  /** A message from the page. */
  says(message: unknown): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    this.emit('message', Buffer.from(text), false);
  }
}
