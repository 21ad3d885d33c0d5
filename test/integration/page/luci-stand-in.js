// In the browser: what of LuCI a file of ours meets, for luci-view.test.ts. The daemon's answers are
// in `answers`: by method a value, or `{ fails: text }`.
globalThis.answers = {};
globalThis.declared = {};

const view = { extend: (fields) => fields };

const rpc = {
  declare(options) {
    globalThis.declared[options.method] = options;
    return async () => {
      const answer = globalThis.answers[options.method];
      if (answer?.fails) {
        const where = `RPC call to bonding/${options.method}`;
        throw Object.assign(new Error(`${where} ${answer.fails}\n  at somewhere`), {
          name: 'RPCError',
        });
      }
      return structuredClone(answer);
    };
  },
};

const L = {
  env: { sessionid: '0'.repeat(32) },
  hasViewPermission: () => globalThis.mayWrite ?? true,
  url: (path) => `/cgi-bin/luci/${path}`,
};

/** As cbi.js has it. */
globalThis.E = (name, attributes = {}, content = []) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...[content].flat());
  return node;
};

globalThis._ = (text, context) => globalThis.TR?.[`${context}: ${text}`] ?? text;

/** Runs a file as luci.js does: the body of a function, whose arguments are what it requires. */
globalThis.load = (source, names) => {
  const known = { view, rpc, baseclass: view };
  // biome-ignore lint/security/noGlobalEval: it is LuCI's way, and what is tested.
  const factory = eval(`(function(window, document, L, ${names.join(', ')}) { ${source} })\n`);
  return factory(window, document, L, ...names.map((name) => known[name] ?? {}));
};
