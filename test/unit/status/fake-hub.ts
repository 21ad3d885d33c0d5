import { vi } from 'vitest';
import type { Look, Verdict, Visitor } from '../../../backend/src/status/page-gate.ts';
import type { Json } from '../../../backend/src/status/ubus-object.ts';
import { createHub, type HubOptions } from '../../../backend/src/status/websocket.ts';
import { sampleSnapshot } from '../luci-ui/sample.ts';
import { FakeSocket } from './fake-socket.ts';

export const TOKEN = '0123456789abcdef0123456789abcdef';
export const SESSION = 'fedcba9876543210fedcba9876543210';

/** A hub whose gate says what `may` and `look` are, and keeps what it was asked. */
export function startHub(changes: Partial<HubOptions> = {}) {
  const lines: string[] = [];
  const asked: string[] = [];
  const looked: string[][] = [];
  const world = {
    may: (_visitor: Visitor, _method: string): Verdict => 'yes',
    look: (): Look => ({ verdicts: new Map([[SESSION, 'yes']]), ends: null }),
    call: async (_method: string): Promise<Json> => ({ ok: true }),
  };
  const hub = createHub({
    snapshot: () => sampleSnapshot(),
    log: (line) => void lines.push(line),
    gate: {
      admits: async (visitor) => {
        asked.push(visitor.by);
        return world.may(visitor, 'status');
      },
      may: async (visitor, method) => {
        asked.push(`${visitor.by} ${method}`);
        return world.may(visitor, method);
      },
      look: async (sessions) => {
        looked.push([...sessions]);
        return world.look();
      },
    },
    call: (method) => world.call(method),
    ...changes,
  });
  const knock = (): FakeSocket => {
    const socket = new FakeSocket();
    hub.add(socket, ['token', 'session']);
    return socket;
  };
  /** Lets promises settle. */
  const settle = () => vi.advanceTimersByTimeAsync(0);
  const join = async (by: object = { token: TOKEN }): Promise<FakeSocket> => {
    const socket = knock();
    socket.says({ type: 'login', ...by });
    await settle();
    return socket;
  };
  return { hub, knock, join, settle, lines, asked, looked, world };
}
