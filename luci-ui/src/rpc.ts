import { _ } from './i18n.ts';
import { CallError, type Daemon, type Method } from './transport.ts';

/** LuCI's class `rpc` (luci-base, resources/rpc.js), as far as it is used. */
export interface LuciRpc {
  declare(options: {
    object: string;
    method: string;
    params: readonly string[];
    reject: boolean;
    nobatch?: boolean;
  }): (...args: unknown[]) => Promise<unknown>;
}

/** What each method takes; LuCI wants the names when a call is declared. */
const PARAMS: Readonly<Record<Method, readonly string[]>> = {
  status: [],
  events: ['since'],
  history: ['span'],
  plan: ['action'],
  start: [],
  stop: [],
  restart: [],
  link: ['name', 'action'],
  test: ['link', 'links', 'seconds'],
  test_result: [],
  test_stop: [],
  check: [],
  join: ['code', 'apply'],
  diagnostics: ['mask'],
};

/** Others would wait for them in one request, and the page would seem to have lost the daemon. */
const SLOW: readonly Method[] = ['join'];

/** `call` by LuCI's rpc. Other calls made in one tick go in one request to /ubus. */
export function rpcCalls(rpc: LuciRpc): Daemon['call'] {
  const declared = new Map<Method, (...args: unknown[]) => Promise<unknown>>();
  return async (method, args = {}) => {
    const params = PARAMS[method];
    const alone = SLOW.includes(method) ? { nobatch: true } : {};
    const call =
      declared.get(method) ??
      rpc.declare({ object: 'bonding', method, params, reject: true, ...alone });
    declared.set(method, call);
    try {
      return await call(...params.map((name) => args[name]));
    } catch (thrown) {
      throw asCallError(thrown);
    }
  };
}

/** JSON-RPC's codes of uhttpd (uhttpd-mod-ubus, ubus.c) as the status of ubus that they stand for. */
const AS_STATUS: Readonly<Record<string, number>> = { '-32000': 4, '-32002': 6, '-32003': 7 };

/**
 * LuCI puts the code into its text only: `RPC call to bonding/status failed with ubus code 5: No
 * data received`, or `… failed with error -32000: Object not found`; the stack follows on more lines.
 * By then it has told the user about an ended session itself.
 */
function asCallError(thrown: unknown): CallError {
  const [text = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
  if (thrown instanceof Error && thrown.name === 'SessionError') {
    return new CallError(6, _('the session has ended; log in again'), 'expired');
  }
  const found = /failed with (?:ubus code|error) (-?\d+): (.*)$/.exec(text);
  if (!found) return new CallError(0, text || _('the router does not answer'));
  const [, code = '', words = ''] = found;
  return new CallError(AS_STATUS[code] ?? Math.max(0, Number(code)), words);
}
