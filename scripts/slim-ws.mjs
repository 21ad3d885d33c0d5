// A Vite plugin for the daemon's bundle: of `ws` it takes the server alone. The daemon neither
// compresses nor opens connections, so the parts for that, nearly half of `ws`, are left out or
// replaced by what the rest of it asks of them.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LIB = join(dirname(fileURLToPath(import.meta.resolve('ws'))), 'lib');

/** What stands in for modules of `ws`, and for modules of Node that only its client uses. */
const STAND_INS = {
  // The key under which an extension would be kept: there is none.
  './permessage-deflate': "module.exports = { extensionName: 'permessage-deflate' };",
  './extension': 'exports.parse = () => ({});',
  './subprotocol': 'exports.parse = () => new Set();',
  './event-target': 'exports.EventTarget = {};',
  './limiter': '',
  https: '',
  querystring: '',
  tls: '',
};

/** The client, a function of 400 lines inside of websocket.js; what only it calls goes with it. */
const CLIENT = /^function initAsClient\(.*\) \{\n(?:.*\n)*?\}\n/m;

const PREFIX = '\0slim-ws:';

/** The plugin. */
export function slimWs() {
  return {
    name: 'slim-ws',
    enforce: 'pre',
    resolveId(id, importer) {
      if (id === 'ws') return `${PREFIX}ws`;
      return importer?.startsWith(LIB) && Object.hasOwn(STAND_INS, id) ? PREFIX + id : null;
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return null;
      const name = id.slice(PREFIX.length);
      if (name !== 'ws') return STAND_INS[name];
      const server = JSON.stringify(join(LIB, 'websocket-server.js'));
      return `import WebSocketServer from ${server};\nexport { WebSocketServer };`;
    },
    transform(code, id) {
      if (id !== join(LIB, 'websocket.js')) return null;
      if (!CLIENT.test(code))
        throw new Error('ws has its client elsewhere now: scripts/slim-ws.mjs');
      return { code: code.replace(CLIENT, 'function initAsClient() {}\n'), map: null };
    },
  };
}
