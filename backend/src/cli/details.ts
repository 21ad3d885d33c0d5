import type { Counters, LinkSnapshot, Snapshot, WatchdogSnapshot } from '../status/snapshot.ts';
import { bytes, duration } from './table.ts';

/**
 * What the HOWTO's `status` printed: of each tunnel what OpenVPN says and what its device counts, then
 * the bond. Comes below the table.
 */
export function statusDetails({ links, bond, watchdog }: Snapshot): string {
  const slaves = bond.slaves.map(
    ({ ifname, carrier }) => `${ifname} (${carrier ? 'carrier' : 'no carrier'})`,
  );
  const lines = [
    ...links.flatMap((link) => [
      `${link.name}: ${tunnelWords(link)}`,
      `  ${link.tunnel}: ${counters(link)}`,
      `  heartbeats: ${heartbeatWords(link)}`,
    ]),
    `${bond.ifname}: mode ${bond.mode}, miimon ${bond.miimon} ms, mtu ${bond.mtu}`,
    `  slaves: ${slaves.length === 0 ? 'none' : slaves.join(', ')}`,
    `  ${counters(bond)}`,
    `watchdog: ${watchdogWords(watchdog)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function tunnelWords({ openvpn, state }: LinkSnapshot): string {
  if (openvpn === null) return state === 'up' ? 'OpenVPN runs' : 'OpenVPN does not run';
  const when = new Date(openvpn.time * 1_000).toISOString().slice(0, 19).replace('T', ' ');
  const peer = openvpn.peer === null ? '' : `, peer ${openvpn.peer}`;
  const cipher = openvpn.cipher === null ? '' : `, cipher ${openvpn.cipher}`;
  return `OpenVPN ${openvpn.state} since ${when} UTC${peer}${cipher}`;
}

function heartbeatWords({ heartbeat, packetloss, delay }: LinkSnapshot): string {
  if (heartbeat === null) return 'none';
  const { state, interval, rtt, peer_out, behind, path_mtu } = heartbeat;
  const trip = rtt === null ? '' : `, round trip ${rtt} ms`;
  const lost = packetloss === null ? '' : `, ${packetloss} % lost`;
  const size = path_mtu === null ? '' : `, packets of ${path_mtu} bytes come through`;
  const out = peer_out ? ', the other end sends nothing over this link' : '';
  const late = behind ? `, our way ${behind} ms longer than the quickest` : '';
  const held = delay > 0 ? `, packets held back ${delay} ms` : '';
  return `${state}, every ${interval} ms${trip}${lost}${size}${late}${held}${out}`;
}

function counters(of: Counters): string {
  const way = (word: string, size: number, packets: number, errors: number, dropped: number) =>
    `${word} ${bytes(size)} in ${packets} packets, ${errors} errors, ${dropped} dropped`;
  const received = way('received', of.rx_bytes, of.rx_packets, of.rx_errors, of.rx_dropped);
  return `${received}; ${way('sent', of.tx_bytes, of.tx_packets, of.tx_errors, of.tx_dropped)}`;
}

function watchdogWords({ enabled, targets, last_reply, timeout, fired }: WatchdogSnapshot): string {
  if (!enabled) return 'off';
  const last = last_reply === null ? 'no reply yet' : `last reply ${duration(last_reply)} ago`;
  return `asks ${targets.join(' or ')}, ${last}, acts after ${timeout} s, has acted ${fired} times`;
}
