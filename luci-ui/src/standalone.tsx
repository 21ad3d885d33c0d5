import { mount } from './mount.tsx';
import { type SocketEvents, socketTransport } from './socket.ts';
import css from './styles/bonding.css?inline';
import standaloneCss from './styles/standalone.css?inline';

/** Relative to the page, so it also works at the end of an SSH tunnel or below a path. */
function openSocket(events: SocketEvents): WebSocket {
  const url = new URL('socket', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url);
  socket.onmessage = (event: MessageEvent<unknown>) => events.message(event.data);
  socket.onclose = (event) => events.closed(event.code);
  return socket;
}

const node = document.getElementById('page');
if (node) mount(node, socketTransport({ open: openSocket }), css + standaloneCss);
