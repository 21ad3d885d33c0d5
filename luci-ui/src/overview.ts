import type { LinkSnapshot, Snapshot } from '../../backend/src/status/snapshot.ts';
import { isSnapshot } from './check.ts';
import { bitRate } from './format.ts';
import { _ } from './i18n.ts';
import { type LuciRpc, rpcCalls } from './rpc.ts';
import { directions, headline, phase } from './words.ts';

/** LuCI's `E`: an element, its attributes and what is in it. */
type MakeElement = (
  name: string,
  attributes: Record<string, string>,
  content?: (Node | string)[],
) => HTMLElement;

/** What LuCI's Status → Overview wants of a box (luci-mod-status, view/status/index.js). */
export interface Tile {
  title: string;
  /** Must not reject: LuCI would never ask again. */
  load(): Promise<Snapshot | null>;
  /** Null leaves on the page what was there; a box that was never drawn stays hidden. */
  render(snapshot: Snapshot | null): HTMLElement | null;
}

/** The box of Status → Overview; plain elements, for LuCI makes them anew every few seconds. */
export function tile({ rpc, E }: { rpc: LuciRpc; E: MakeElement }): Tile {
  const call = rpcCalls(rpc);
  let drawn = false;
  return {
    title: _('Bonding'),
    load: () =>
      call('status').then(
        (answer) => (isSnapshot(answer) ? answer : null),
        () => null,
      ),
    render(snapshot) {
      if (!snapshot) return drawn ? E('p', {}, [_('The bonding daemon does not answer.')]) : null;
      drawn = true;
      return draw(snapshot, E);
    },
  };
}

function draw(snapshot: Snapshot, E: MakeElement): HTMLElement {
  const { rx, tx } = directions(snapshot.role);
  const { rx_rate, tx_rate } = snapshot.bond;
  const now = `${rx} ${bitRate(rx_rate)}, ${tx} ${bitRate(tx_rate)}`;
  const badges = snapshot.links.filter(({ enabled }) => enabled).map((link) => badge(link, E));
  return E('div', { class: 'bonding-tile' }, [
    E('p', {}, [E('strong', {}, [headline(snapshot).text]), ' ', now]),
    E('div', { style: 'display: flex; flex-wrap: wrap; gap: .5em' }, badges),
  ]);
}

/** A link as LuCI's other pages show an interface. */
function badge(link: LinkSnapshot, E: MakeElement): HTMLElement {
  const words = phase(link).text;
  const rates = link.slave
    ? [E('br', {}), `${bitRate(link.rx_rate)} / ${bitRate(link.tx_rate)}`]
    : [];
  return E('span', { class: 'ifacebadge', style: 'display: inline-block' }, [
    E('strong', {}, [link.interface ?? link.name]),
    ` ${words}`,
    ...rates,
  ]);
}
