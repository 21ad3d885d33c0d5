/**
 * What LuCI gives a view, for the browser: loader, classes, `rpc`; written from what LuCI of August
 * 2026 does (luci-base, luci.js, rpc.js, ui.js). It is strict: what it does not know is an error, so
 * that nothing of ours leans on something which LuCI does not have.
 */

/** What the page's HTML hands over, as LuCI's header template does. */
export interface LuciEnv {
  sessionid: string;
  base_url: string;
  ubuspath: string;
  resource_version: string;
  nodespec: { readonly: boolean };
}

type Fields = Record<string, unknown>;
type Constructor = new () => Fields;
type Factory = (window: Window, document: Document, L: unknown, ...deps: unknown[]) => unknown;

interface DeclareOptions {
  object: string;
  method: string;
  params?: readonly string[];
  expect?: Fields;
  reject?: boolean;
  nobatch?: boolean;
}

interface Reply {
  jsonrpc: string;
  result?: [number, unknown?];
  error?: { code: number; message: string };
}

interface Queued {
  message: unknown;
  answer: (reply: Reply) => void;
  fail: (error: unknown) => void;
}

const RPC_TIMEOUT = 20_000;

/** rpc.js, getStatusText. */
const STATUS_TEXTS = [
  'Command OK',
  'Invalid command',
  'Invalid argument',
  'Method not found',
  'Resource not found',
  'No data received',
  'Permission denied',
  'Request timeout',
  'Not supported',
  'Unspecified error',
  'Connection lost',
];

const made = new WeakSet<object>();

/** Sets the globals and runs a view or a box of the overview, as `ui.instantiateView` does. */
export function start(env: LuciEnv, name: string): void {
  const L = strict('L', {
    env: strict('L.env', { ...env }),
    hasViewPermission: () => !env.nodespec.readonly,
    url: (...parts: string[]) => ['/cgi-bin/luci', ...parts].join('/'),
    resource: (path: string) => `${env.base_url}/${path}`,
  });
  Object.assign(window, { L, _: (text: string) => text, N_: pluralOf, E: element });
  load(env, L, name).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    viewNode().replaceChildren(element('pre', {}, message));
    console.error(`the view cannot be loaded: ${message}`);
  });
}

/** Reads the file, then what it requires, then runs it as the body of a function. */
async function load(env: LuciEnv, L: unknown, name: string): Promise<void> {
  const url = `${env.base_url}/${name.replace(/\./g, '/')}.js?v=${env.resource_version}`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP error ${response.status} while loading class ${url}`);
  const source = await response.text();
  const wanted = requirements(source);
  const classes: Fields = { view: viewClass(), baseclass: baseClass(), rpc: rpcClass(env) };
  const values = wanted.map(({ dependency }) => {
    if (!Object.hasOwn(classes, dependency)) throw new Error(`no class ${dependency} here`);
    return classes[dependency];
  });
  const names = ['window', 'document', 'L', ...wanted.map(({ variable }) => variable)];
  // On one line with the source's last, as LuCI has it: that must not be a comment.
  const text = `return (function(${names.join(', ')}) { ${source} })`;
  const factory = new Function(text)() as Factory;
  const Class = factory(window, document, L, ...values) as Constructor;
  if (typeof Class !== 'function' || !made.has(Class)) {
    throw new TypeError(`"${name}" factory yields invalid constructor`);
  }
  await new Class().loaded;
}

/** The `'require …'` strings, up to the first other string; comments may stand between. */
function requirements(source: string): { dependency: string; variable: string }[] {
  const found: { dependency: string; variable: string }[] = [];
  const pieces = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(["'])((?:\\[\s\S]|(?!\1)[^\\])*)\1/g;
  for (const [, quote, text = ''] of source.matchAll(pieces)) {
    if (quote === undefined) continue;
    const match = /^require[ \t]+(\S+)(?:[ \t]+as[ \t]+([a-zA-Z_]\S*))?$/.exec(text);
    if (match === null && !/^use[ \t]+strict$/.test(text)) break;
    const [, dependency = '', variable = dependency.replace(/\W/g, '_')] = match ?? [];
    if (dependency !== '') found.push({ dependency, variable });
  }
  return found;
}

function extendWith(init: (instance: Fields) => void) {
  return {
    extend(fields: Fields): Constructor {
      const Class = function (this: Fields): void {
        init(this);
      } as unknown as Constructor;
      Object.assign(Class.prototype as object, fields);
      made.add(Class);
      return Class;
    },
  };
}

/** luci.js, class `view`: load, render, then the footer unless all three handlers are null. */
function viewClass(): unknown {
  return extendWith((instance) => {
    instance.loaded = (async () => {
      const call = (name: string, ...args: unknown[]): unknown =>
        (instance[name] as undefined | ((...all: unknown[]) => unknown))?.apply(instance, args);
      const node = await call('render', await call('load'));
      if (!(node instanceof Node)) throw new TypeError('render gave no node');
      viewNode().replaceChildren(node);
      const handlers = ['handleSave', 'handleSaveApply', 'handleReset'];
      if (handlers.some((name) => instance[name] !== null)) viewNode().append('LuCI’s own footer');
    })();
  });
}

/** A box of Status → Overview: its title and what it renders; LuCI does that again every 5 s. */
function baseClass(): unknown {
  return extendWith((instance) => {
    const {
      title,
      load: read,
      render,
    } = instance as {
      title: string;
      load: () => Promise<unknown>;
      render: (data: unknown) => Node;
    };
    const draw = async (): Promise<void> => {
      const body = render.call(instance, await read.call(instance));
      viewNode().replaceChildren(element('h3', {}, title), body);
    };
    instance.loaded = draw();
    setInterval(() => void draw(), 5_000);
  });
}

function viewNode(): HTMLElement {
  const node = document.getElementById('view');
  if (node === null) throw new Error('there is no #view');
  return node;
}

/** luci-base, rpc.js: calls of one frame go in one request, but for those that say `nobatch`. */
function rpcClass(env: LuciEnv): unknown {
  const known = new Set(['object', 'method', 'params', 'expect', 'reject', 'nobatch']);
  const queue: Queued[] = [];
  let lastId = 0;

  const send = async (batch: readonly Queued[]): Promise<void> => {
    if (batch.length === 0) return;
    try {
      const replies = await post(
        env.ubuspath,
        batch.map(({ message }) => message),
      );
      batch.forEach(({ answer }, index) => void answer(replies[index] as Reply));
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  };
  const ask = (object: string, method: string, args: Fields, alone = false): Promise<Reply> =>
    new Promise((answer, fail) => {
      lastId += 1;
      const params = [env.sessionid, object, method, args];
      const one = { message: { jsonrpc: '2.0', id: lastId, method: 'call', params }, answer, fail };
      if (alone) {
        void send([one]);
        return;
      }
      queue.push(one);
      requestAnimationFrame(() => void send(queue.splice(0)));
    });

  return strict('rpc', {
    declare(options: DeclareOptions) {
      const strange = Object.keys(options).find((name) => !known.has(name));
      if (strange) throw new Error(`rpc.declare: ${strange} is not known here`);
      return async (...args: unknown[]): Promise<unknown> => {
        const names = options.params ?? [];
        const fields = Object.fromEntries(names.map((name, index) => [name, args[index]]));
        const reply = await ask(options.object, options.method, fields, options.nobatch);
        if (reply.error?.code === -32002) await checkSession(ask);
        return expected(options, reply);
      };
    },
  });
}

async function post(path: string, body: unknown): Promise<unknown[]> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(RPC_TIMEOUT),
  });
  if (!response.ok) throw new Error(`RPC call failed with HTTP error ${response.status}`);
  return (await response.json()) as unknown[];
}

/** luci.js, setupDOM: after "Access denied" it asks whether the session is there at all. */
async function checkSession(
  ask: (object: string, method: string, args: Fields) => Promise<Reply>,
): Promise<void> {
  const args = { scope: 'uci', object: 'luci', function: 'read' };
  const { error } = await ask('session', 'access', args);
  if (!error) return;
  if (!document.getElementById('modal')) {
    document.body.append(element('div', { id: 'modal' }, 'Session expired'));
  }
  throw Object.assign(
    new Error('A new login is required since the authentication session expired.'),
    {
      name: 'SessionError',
    },
  );
}

function expected({ object, method, reject, expect }: DeclareOptions, reply: Reply): unknown {
  const about = `RPC call to ${object}/${method} failed with`;
  const fail = (why: string): Error =>
    Object.assign(new Error(`${about} ${why}\n  at nowhere (luci-page.ts)`), { name: 'RPCError' });
  if (reply.error) throw fail(`error ${reply.error.code}: ${reply.error.message}`);
  const [status, data] = reply.result ?? [0];
  if (reject && status !== 0) {
    throw fail(`ubus code ${status}: ${STATUS_TEXTS[status] ?? 'Unknown error code'}`);
  }
  const value = data === undefined ? status : data;
  const [name, fallback] = Object.entries(expect ?? {})[0] ?? [];
  if (name === undefined) return value;
  const found = name === '' ? value : (value as Fields | null)?.[name];
  const kind = (one: unknown): string => Object.prototype.toString.call(one);
  return kind(found) === kind(fallback) ? found : fallback;
}

/** Throws where something is asked of it that it does not have. */
function strict(name: string, fields: Fields): Fields {
  return new Proxy(fields, {
    get(target, key) {
      if (typeof key === 'symbol' || key in target) return Reflect.get(target, key);
      throw new Error(`${name}.${key} is not known here`);
    },
  });
}

function pluralOf(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

/** LuCI's `E`: attributes that are functions become listeners. */
function element(tag: string, attributes: Fields = {}, children: unknown = []): HTMLElement {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value as EventListener);
    else if (value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  const list = Array.isArray(children) ? (children as unknown[]) : [children];
  node.append(...list.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}
