import { cable, lineAddress, type Network, up } from './network.ts';
import { ipBatch, run } from './run.ts';
import { directions, shape } from './shape.ts';

/** How the first two lines of a network are made alike. */
export type Likeness =
  /** Two modems of one make: one address and one gateway on two cards. */
  | 'address'
  /** Two ISP boxes and the router on one switch: one card, one address, two gateways. */
  | 'card';

/** The second box on the card that two boxes share. */
export const SECOND_BOX = '10.1.0.254';

/**
 * Makes line 1 like line 0, as seen from the router, before anything else is set up. Each line now
 * translates addresses, as an ISP's box does: the server sees who came over which. The router is as
 * strict as Linux can be, and listens to redirects.
 */
export function makeAlike(network: Network, likeness: Likeness): void {
  const masquerade = 'type nat hook postrouting priority 100; oifname "net" masquerade;';
  for (const index of network.lines.keys())
    run(['nft', `table ip box { chain nat { ${masquerade} }; }`], { ns: `line${index}` });
  if (likeness === 'address') shareAddress();
  else shareCard(network);
  const settings = ['net.ipv4.conf.all.rp_filter=1', 'net.ipv4.conf.all.accept_redirects=1'];
  run(['busybox', 'sysctl', '-qw', ...settings], { ns: 'router' });
}

function shareAddress(): void {
  const { router, gateway } = lineAddress(0);
  ipBatch('line1', ['addr flush dev home', `addr add ${gateway}/24 dev home`]);
  ipBatch('router', [
    'addr flush dev wan1',
    `addr add ${router}/24 dev wan1`,
    `route add default via ${gateway} dev wan1 metric 20`,
  ]);
}

/** A switch in place of the two cables; both lines end there. */
function shareCard({ lines }: Network): void {
  const { router, gateway } = lineAddress(0);
  ipBatch('router', ['link del wan0', 'link del wan1']);
  ipBatch(undefined, [
    'link add switch up type bridge',
    cable('router', 'wan0', null, 'port2'),
    cable('line0', 'home', null, 'port0'),
    cable('line1', 'home', null, 'port1'),
    ...[0, 1, 2].map((port) => `link set port${port} up master switch gso_max_segs 1`),
  ]);
  ipBatch('line0', up('home', gateway));
  ipBatch('line1', up('home', SECOND_BOX));
  ipBatch('router', [...up('wan0', router), `route add default via ${gateway} dev wan0 metric 10`]);
  for (const index of [0, 1]) {
    const line = lines[index];
    if (line === undefined) throw new Error(`there is no line ${index}`);
    const qdiscs = shape('home', directions(line, 'none').down);
    run(['tc', '-batch', '-'], { ns: `line${index}`, input: `${qdiscs.join('\n')}\n` });
  }
}
