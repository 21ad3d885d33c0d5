import type { SocketSnapshot } from '../../backend/src/status/snapshot.ts';
import { isFit, tabVisibility, webSocket } from './browser.ts';
import type { OpenSocket } from './dialogue.ts';
import { eitherTransport } from './either.ts';
import { _ } from './i18n.ts';
import { mount } from './mount.tsx';
import { type LuciRpc, rpcCalls } from './rpc.ts';
import { css } from './styles/css.ts';

/** LuCI's global `L`, as far as it is used. */
interface Luci {
  env: { sessionid?: string };
  /** The path of a menu entry. */
  url(path: string): string;
  /** Null: this login may not even look. */
  hasViewPermission(): boolean | null;
}

/**
 * What the LuCI view's `render` returns: a node with the live page in it. The build puts LuCI's
 * prelude and `return view.extend({…})` around this (luci-ui/vite.config.ts).
 */
export function page({ rpc, L }: { rpc: LuciRpc; L: Luci }): HTMLElement {
  const node = document.createElement('div');
  if (!isFit()) {
    node.textContent = _(
      'This page needs a newer browser. The status is also shown by: bonding status',
    );
    return node;
  }
  const transport = eitherTransport({
    call: rpcCalls(rpc),
    mayWrite: L.hasViewPermission() === true,
    socketAt,
    session: L.env.sessionid ?? '',
    visibility: tabVisibility,
  });
  mount(node, transport, { css, settingsUrl: L.url('admin/network/bonding/settings') });
  return node;
}

/** A page that came by https may open none but wss. */
function socketAt({ port, tls }: SocketSnapshot): OpenSocket | null {
  const secure = location.protocol === 'https:';
  if (secure && !tls) return null;
  return webSocket(`${secure ? 'wss' : 'ws'}://${location.hostname}:${port}/socket`);
}
