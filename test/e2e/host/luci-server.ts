import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Client } from '../../../backend/src/ubus/index.ts';
import { bundleScript } from './browser.ts';
import type { LuciEnv } from './luci-page.ts';
import { answerUbus } from './ubus-http.ts';

/** The built page for LuCI. */
const FILES = join(import.meta.dirname, '../../../dist/luci');

const RESOURCES = '/luci-static/resources';

/** What `luci-plugin-csp` sends in its strict mode: no other port may be asked. */
export const STRICT_CSP =
  "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src 'self' data: blob:; " +
  "style-src 'self' 'unsafe-inline'; connect-src 'self'";

/** How a view is opened. */
export interface ViewOptions {
  session: string;
  /** As for a login that may only read; default false. */
  readonly?: boolean;
  /** Content-Security-Policy; default none, as LuCI has it. */
  csp?: string;
}

/** The stand-in for uhttpd with LuCI behind it. */
export interface Luci {
  port: number;
  /** Path and query of a view: `status` or `overview`. */
  path: (view: 'status' | 'overview', options: ViewOptions) => string;
  close: () => Promise<void>;
}

/** Serves the built views on 127.0.0.1 and passes on what they ask of ubus to `bus`. */
export async function startLuci(bus: Client): Promise<Luci> {
  const loader = await bundleScript(join(import.meta.dirname, 'luci-page.ts'), 'luciPage');
  const server = createServer((request, response) => {
    answer(request, response, loader, bus).catch((error: unknown) => {
      response.writeHead(500, { 'Content-Type': 'text/plain' });
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    path: (view, options) =>
      `/cgi-bin/luci/${view}?${new URLSearchParams({ options: JSON.stringify(options) })}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  loader: string,
  bus: Client,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://luci');
  const send = (type: string, body: string, more: Record<string, string> = {}): void => {
    response.writeHead(200, { 'Content-Type': type, ...more });
    response.end(body);
  };
  if (url.pathname === '/ubus/' && request.method === 'POST') {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    send('application/json', await answerUbus(Buffer.concat(chunks), bus));
  } else if (url.pathname === `${RESOURCES}/luci.js`) {
    send('application/javascript', loader);
  } else if (url.pathname.startsWith(`${RESOURCES}/view/`)) {
    const name = /^\/view\/([a-z]+)\.js$/.exec(url.pathname.slice(RESOURCES.length))?.[1];
    send('application/javascript', await readFile(join(FILES, `${name}.js`), 'utf8'));
  } else if (url.pathname.startsWith('/cgi-bin/luci/')) {
    const options = JSON.parse(url.searchParams.get('options') ?? '{}') as ViewOptions;
    const view = url.pathname.slice('/cgi-bin/luci/'.length);
    const policy = options.csp ? { 'Content-Security-Policy': options.csp } : {};
    send('text/html; charset=UTF-8', html(view, options), policy);
  } else {
    response.writeHead(404);
    response.end();
  }
}

/** The parts of LuCI's header and view templates that a view may notice. */
function html(view: string, { session, readonly = false }: ViewOptions): string {
  const env: LuciEnv = {
    sessionid: session,
    base_url: RESOURCES,
    ubuspath: '/ubus/',
    resource_version: 'e2e',
    nodespec: { readonly },
  };
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bonding</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<script>
  const media = matchMedia('(prefers-color-scheme: dark)');
  const setDark = () => document.documentElement.setAttribute('data-darkmode', media.matches);
  media.addEventListener('change', setDark);
  setDark();
</script>
<style>
  body { font: 14px 'DejaVu Sans', sans-serif; margin: 1em; color: #404040; background: #fff; }
  [data-darkmode=true] body { color: #ccc; background: #222; }
</style></head><body><div id="view">Loading view…</div>
<script src="${RESOURCES}/luci.js?v=e2e"></script>
<script>luciPage.start(${JSON.stringify(env)}, 'view.${view}');</script></body></html>`;
}
