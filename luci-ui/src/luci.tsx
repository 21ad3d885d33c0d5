import { mount } from './mount.tsx';
import { pollTransport } from './poll.ts';
import css from './styles/bonding.css?inline';

/**
 * What the LuCI view's `render` returns: a node with the live page in it. `call` asks
 * `ubus call bonding status`, made by LuCI's `rpc.declare`. The build puts LuCI's prelude and
 * `return view.extend({…})` around this (luci-ui/vite.config.ts).
 */
export function page(call: () => Promise<unknown>): HTMLElement {
  const node = document.createElement('div');
  mount(node, pollTransport({ call }), css);
  return node;
}
