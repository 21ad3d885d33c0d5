import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { planFirewall } from '../../../backend/src/plan/firewall.ts';
import { configOf } from '../../fakes/config.ts';
import { fakeKernel } from '../../fakes/kernel.ts';

/** The real nft in namespaces of our own: the bond is one end of a veth, so is the WAN. */
const isRoot = process.getuid?.() === 0;
const hasNft = isRoot && spawnSync('unshare', ['-n', 'nft', 'list', 'ruleset']).status === 0;

/** Counts what leaves us, after all other chains. */
const METER = `table inet tally {
  chain out {
    type filter hook postrouting priority 300; policy accept;
    udp dport 1258 ip dscp cs6 meta priority 0:7 counter comment "beats"
    udp dport 20289 counter comment "said"
    meta mark 0xc0000000 counter comment "marked"
  }
}`;

/** The outer namespace is ours, the other end's is made inside. First all is said without our table. */
const SCRIPT = `set -e
mount -t tmpfs none /run && mkdir -p /run/netns
ip netns add far
ip link set lo up; ip -n far link set lo up
for dev in bond0 wan0; do
  ip link add $dev type veth peer name $dev netns far
  ip link set $dev up; ip -n far link set $dev up
done
ip addr add 10.0.0.2/24 dev bond0; ip -n far addr add 10.0.0.1/24 dev bond0
ip addr add 192.0.2.2/24 dev wan0; ip -n far addr add 192.0.2.1/24 dev wan0
ip route add default via 192.0.2.1
# What a stranger on the WAN would do: it aims at the bond's address.
ip -n far route add 10.0.0.2/32 via 192.0.2.2 dev wan0 table 99
ip -n far rule add from 192.0.2.1 lookup 99
ip -n far rule add from 10.0.0.77 lookup 99
ip -n far addr add 10.0.0.77/32 dev lo
sysctl -q -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan0.rp_filter=0 || true
node $1/talk.cjs listen 10.0.0.2 20289 > $1/heard & LISTENER=$!
sleep 0.4
say() { ip netns exec far node $1/talk.cjs say "$2" 10.0.0.2 20289 "$3"; }
say $1 192.0.2.1 open-wan
say $1 10.0.0.77 open-forged
nft -f $1/ours; nft -f $1/ours; nft -f $1/meter
say $1 10.0.0.1 by-the-bond
say $1 192.0.2.1 by-the-wan
say $1 10.0.0.77 forged
node $1/talk.cjs say 192.0.2.2 192.0.2.1 1258 beat
node $1/talk.cjs say 10.0.0.2 10.0.0.1 20289 said
node -e "require('node:net').connect(20291, '10.0.0.1').on('error', () => {})"
ip link set bond0 down
node $1/talk.cjs say 10.0.0.2 10.0.0.1 20289 astray
sleep 0.3
kill $LISTENER
nft -a list chain inet tally out > $1/meter-out
`;

const TALK = `const [what, address, ...rest] = process.argv.slice(2);
const socket = require('node:dgram').createSocket('udp4');
if (what === 'listen') {
  socket.on('message', (text) => process.stdout.write(text + '\\n'));
  socket.bind(Number(rest[0]), address);
} else {
  socket.bind(0, address, () => socket.send(rest[2], Number(rest[1]), rest[0], () => socket.close()));
}
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonding-peer-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it.skipIf(!hasNft)(
  'hears the peer by the bond alone, says nothing elsewhere, and puts heartbeats first',
  () => {
    const router = configOf(2);
    router.bond.heartbeatInterval = 100;
    const mark = 'ip daddr 10.0.0.1 meta mark set tcp dport map { 20291 : 0xc0000000 }';
    const { text } = planFirewall(router, fakeKernel().actual(), [mark]);
    writeFileSync(join(folder, 'ours'), text);
    writeFileSync(join(folder, 'meter'), METER);
    writeFileSync(join(folder, 'talk.cjs'), TALK);
    const argv = ['-n', '-m', 'sh', '-c', SCRIPT, 'sh', folder];
    const done = spawnSync('unshare', argv, { encoding: 'utf8', timeout: 20_000 });
    expect(done.stderr).toBe('');
    const heard = spawnSync('cat', [join(folder, 'heard')], { encoding: 'utf8' }).stdout;
    expect(heard.trim().split('\n')).toEqual(['open-wan', 'open-forged', 'by-the-bond']);
    const meter = spawnSync('cat', [join(folder, 'meter-out')], { encoding: 'utf8' }).stdout;
    const packets = (name: string) =>
      Number(new RegExp(`packets (\\d+) bytes \\d+ comment "${name}"`).exec(meter)?.[1]);
    expect([packets('beats'), packets('said'), packets('marked')]).toEqual([1, 1, 1]);
  },
  30_000,
);
