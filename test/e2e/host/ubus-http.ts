import { type Client, type Data, STATUS, UbusError } from '../../../backend/src/ubus/index.ts';

/** uhttpd takes no longer request (uhttpd/ubus.c UH_UBUS_MAX_POST_SIZE), bytes. */
const MAX_BODY = 65_536;

const ERRORS = {
  parse: { code: -32700, message: 'Parse error' },
  method: { code: -32601, message: 'Method not found' },
  params: { code: -32602, message: 'Invalid parameters' },
  object: { code: -32000, message: 'Object not found' },
  access: { code: -32002, message: 'Access denied' },
  timeout: { code: -32003, message: 'ubus request timed out' },
} as const;

type Outcome = { result: unknown[] } | { error: (typeof ERRORS)[keyof typeof ERRORS] };

interface CallParams {
  session: string;
  object: string;
  method: string;
  args: Data;
}

/**
 * The answer of OpenWrt's uhttpd to a POST to /ubus/, whose status is 200 whatever happens. Its order
 * is kept: the object is looked up before the session is checked, so that a stranger learns which
 * objects there are, and batches run one after the other. `list` is left out, nothing of ours asks it.
 */
export async function answerUbus(body: Buffer, bus: Client): Promise<string> {
  const request = body.length > MAX_BODY ? undefined : parse(body.toString('utf8'));
  if (!Array.isArray(request)) return print(await answerOne(request, bus));
  const answers: string[] = [];
  for (const one of request) answers.push(print(await answerOne(one, bus)));
  return `[${answers.join(',')}]`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answerOne(request: unknown, bus: Client): Promise<object> {
  const fields = isTable(request) ? request : {};
  const frame = { jsonrpc: '2.0', id: fields.id ?? null };
  return { ...frame, ...(await outcome(fields, bus)) };
}

async function outcome(fields: Record<string, unknown>, bus: Client): Promise<Outcome> {
  if (fields.jsonrpc !== '2.0' || typeof fields.method !== 'string') return error('parse');
  if (fields.method !== 'call') return error('method');
  const params = callParams(fields.params);
  return params === null ? error('parse') : await call(params, bus);
}

function error(name: keyof typeof ERRORS): Outcome {
  return { error: ERRORS[name] };
}

function callParams(params: unknown): CallParams | null {
  if (!Array.isArray(params)) return null;
  const [session, object, method, args] = params as unknown[];
  if (typeof session !== 'string' || typeof object !== 'string') return null;
  if (typeof method !== 'string' || !isTable(args)) return null;
  return { session, object, method, args: args as Data };
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function call({ session, object, method, args }: CallParams, bus: Client): Promise<Outcome> {
  if ((await bus.lookup(object).catch(() => [])).length === 0) return error('object');
  if (!(await isAllowed(session, object, method, bus))) return error('access');
  if ('ubus_rpc_session' in args) return error('params');
  try {
    const data = await bus.call(object, method, { ...args, ubus_rpc_session: session });
    return { result: Object.keys(data).length === 0 ? [STATUS.OK] : [STATUS.OK, data] };
  } catch (thrown) {
    if (!(thrown instanceof UbusError)) throw thrown;
    return thrown.status === STATUS.TIMEOUT ? error('timeout') : { result: [thrown.status] };
  }
}

/** uhttpd asks rpcd anew for each call, which lengthens the session's life. */
async function isAllowed(
  session: string,
  object: string,
  method: string,
  bus: Client,
): Promise<boolean> {
  const args = { ubus_rpc_session: session, object, function: method };
  const answer = await bus.call('session', 'access', args).catch(() => null);
  return answer?.access === true;
}

/** Fractions have six digits (libubox, blobmsg_json.c); integers may be longer than ours. */
function print(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => {
    if (typeof one === 'bigint') return Number(one);
    return typeof one === 'number' && !Number.isInteger(one) ? Number(one.toFixed(6)) : one;
  });
}
