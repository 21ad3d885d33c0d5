import type { ComponentChildren } from 'preact';
import type { LinkSnapshot } from '../../../backend/src/status/snapshot.ts';
import { byteCount, fullTime } from '../format.ts';
import { _, fill } from '../i18n.ts';
import { tunnelState } from '../words.ts';
import { Fact } from './facts.tsx';

interface Props {
  link: LinkSnapshot;
  names: { rx: string; tx: string };
}

/** Everything else that is known of a link. It stays open: nothing here sets `open`. */
export function LinkDetails({ link, names }: Props) {
  return (
    <details class="bonding-more">
      <summary>{_('Details')}</summary>
      <dl class="bonding-facts">
        {facts(link, names).map(
          ([name, value]) =>
            value && (
              <Fact name={name} key={name}>
                {value}
              </Fact>
            ),
        )}
      </dl>
    </details>
  );
}

function facts(link: LinkSnapshot, names: Props['names']): [string, ComponentChildren][] {
  return [
    [_('WAN'), link.interface ?? _('any')],
    [_('Device'), link.l3_device],
    [_('Address'), link.local_address],
    [_('Gateway'), link.gateway],
    [_('Tunnel'), link.tunnel],
    [_('Other end'), link.server],
    [_('Routing table'), link.routing_table ? String(link.routing_table) : null],
    [_('In the bond'), link.slave ? _('yes') : _('no')],
    [_('Part of what is sent'), part(link.weight?.tx)],
    [_('Heartbeats'), link.heartbeat && beats(link.heartbeat)],
    [_('Largest packet'), link.heartbeat?.path_mtu ? `${link.heartbeat.path_mtu} B` : null],
    ['OpenVPN', link.openvpn && <Openvpn openvpn={link.openvpn} />],
    [_('Cipher'), link.openvpn?.cipher],
    [names.rx, counted(link.rx_bytes, link.rx_errors, link.rx_dropped)],
    [names.tx, counted(link.tx_bytes, link.tx_errors, link.tx_dropped)],
  ];
}

/** `undefined`: the daemon is older. */
function part(weight: number | null | undefined): string | null {
  return typeof weight === 'number' ? `${Math.round(100 * weight)} %` : null;
}

function beats({ state, interval }: NonNullable<LinkSnapshot['heartbeat']>): string {
  const states = { unknown: _('none heard yet'), alive: _('heard'), silent: _('no longer heard') };
  return fill(_('{state}, every {interval} ms'), { state: states[state], interval });
}

function Openvpn({ openvpn }: { openvpn: NonNullable<LinkSnapshot['openvpn']> }) {
  const time = fullTime(new Date(openvpn.time * 1000), new Date());
  return (
    <>
      {tunnelState(openvpn)}
      <small>
        {fill(_('since {time}'), { time })}
        {openvpn.peer && `, ${openvpn.peer}`}
      </small>
    </>
  );
}

/** Bytes, and what went wrong with packets, when something did. */
function counted(bytes: number, errors: number, dropped: number): ComponentChildren {
  const wrong = [
    errors > 0 && fill(_('{count} errors'), { count: errors }),
    dropped > 0 && fill(_('{count} dropped'), { count: dropped }),
  ].filter(Boolean);
  return (
    <>
      {byteCount(bytes)}
      {wrong.length > 0 && <small class="bonding-fair">{wrong.join(', ')}</small>}
    </>
  );
}
