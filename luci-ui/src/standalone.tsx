import { webSocket } from './browser.ts';
import { _ } from './i18n.ts';
import { mount } from './mount.tsx';
import { socketTransport } from './socket.ts';
import { css } from './styles/css.ts';
import { followDesktop } from './styles/dark.ts';
import standaloneCss from './styles/standalone.css?inline';
import { keptToken, takeToken } from './token.ts';
import { CallError, type Transport } from './transport.ts';

/** Relative to the page, so it also works at the end of an SSH tunnel or below a path. */
function socketUrl(): URL {
  const url = new URL('socket', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

/** Says where an address with a token is to be had. */
function withoutToken(): Transport {
  const reason = _('this address lacks its token; the command "bonding page" prints it in full');
  return {
    mayWrite: false,
    open: (sink) =>
      sink.connection({ state: 'lost', trouble: 'forbidden', reason, since: Date.now() }),
    close: () => undefined,
    call: () => Promise.reject(new CallError(6, reason)),
  };
}

const node = document.getElementById('page');
if (node) {
  followDesktop();
  takeToken();
  // A new address pasted into the same tab changes nothing but the part after `#`.
  window.addEventListener('hashchange', () => void (takeToken() && location.reload()));
  const token = keptToken();
  const transport = token
    ? socketTransport({
        open: (events) => webSocket(socketUrl())(events),
        login: { token },
        mayWrite: true,
      })
    : withoutToken();
  node.textContent = '';
  mount(node, transport, { css: css + standaloneCss });
}
