/**
 * What a server does for the hosts behind its router: ports that lead to them, one address for all,
 * and theirs untouched inside the bond. The router's firewall masquerades into the bond, as OpenWrt's
 * does. Argument: lines.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import type { ForwardSnapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { BOND, bringUp, createEnds, type End } from '../ends.ts';
import { ADDRESS, buildLines, settled } from '../network.ts';
import { start } from '../process.ts';
import { program, progress } from '../program.ts';
import { ipBatch, run, tryRun } from '../run.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';
import { sleep } from '../wait.ts';
import { askWhoIAm, tellCallers } from '../who-calls.ts';

/** What {@link program} hands to the host. Answers are the caller's address, as the other side saw it. */
export interface Forwards {
  problems: string[];
  /** From the Internet to the LAN host: by TCP, by UDP to a range, and to a port beside it. */
  web: string | null;
  udp: string | null;
  beside: string | null;
  /** As the status had it after these. */
  counted: ForwardSnapshot[];
  /** The same from the LAN, over the bond. */
  hairpin: string | null;
  /** From the LAN host: to the Internet, and to the server's address in the bond. */
  out: string | null;
  inside: string | null;
  /** From a LAN host of a network that the server does not know. */
  unknown: string | null;
  /** SYNs that the LAN host got, and answers to them that reached the Internet, of a fitting size. */
  clamped: { syn: number; answer: number };
  /** Replies to pings from the router: with an address of its LAN, and with a foreign one. */
  pings: { own: number; foreign: number };
  dropped: number;
  /** Of three pings from the Internet's network to the LAN host itself, by way of the server. */
  uninvited: { replies: number; dropped: number };
  /** Connections of `web` before and after the configuration got another forward. */
  kept: (number | undefined)[];
  /** Without `public_ipaddr`: from the Internet, from the LAN to the server's end of the bond, and out. */
  anyAddress: { web: string | null; bond: string | null; out: string | null };
  /** Kernel state that differs from before the start, after a stop. */
  left: string[];
}

const WEB = 8080;
const RANGE = 9105;
const OUT = 9000;
const OWN = 9001;

/** As OpenWrt's firewall, whose zone wan the bond is in. */
const FIREWALL = 'table inet firewall';
const MASQUERADE = `${FIREWALL} { chain srcnat { type nat hook postrouting priority srcnat; oifname "bond0" masquerade; }; }`;

/** Segments that fit a bond of 1426 bytes. */
const FITS = 'tcp option maxseg size <= 1386 counter';

program(async ([text = '']) => {
  const ends = createEnds(buildLines(parseLines(text)), {
    router: "\tlist lan '192.168.1.0/24'",
  });
  setPublic(ends.server, ADDRESS.serverInet);
  addForward(ends.server, 'web', { port: `${WEB}`, dest_ip: ADDRESS.lan, dest_port: '8000' });
  const range = { proto: 'tcpudp', port: '9100-9110', dest_ip: ADDRESS.lan };
  addForward(ends.server, 'games', range);
  run(['nft', MASQUERADE], { ns: 'router' });
  await settled();
  const before = look();
  await bringUp(ends);
  await tellCallers('lan', 8000);
  await tellCallers('inet', OUT);
  await tellCallers('server', OWN);
  await tellByUdp('lan', RANGE);
  watchSegments();

  const problems = [
    ...(await ends.server.status()).problems,
    ...(await ends.router.status()).problems,
  ];
  const web = askWhoIAm('inet', ADDRESS.serverInet, WEB);
  askWhoIAm('inet', ADDRESS.serverInet, WEB);
  const udp = askByUdp('inet', ADDRESS.serverInet, RANGE);
  const beside = askWhoIAm('inet', ADDRESS.serverInet, WEB + 1);
  const clamped = { syn: countedIn('lan'), answer: countedIn('inet') };
  // The daemon looks at its counters once a second at most.
  await sleep(1_100);
  const counted = (await ends.server.status()).forwards;
  progress(JSON.stringify({ web, udp, beside, clamped, counted }));

  const hairpin = askWhoIAm('lan', ADDRESS.serverInet, WEB);
  const out = askWhoIAm('lan', ADDRESS.inet, OUT);
  const inside = askWhoIAm('lan', BOND.server, OWN);
  const unknown = askFromUnknown();
  progress(JSON.stringify({ hairpin, out, inside, unknown }));

  run(['nft', 'delete', FIREWALL], { ns: 'router' });
  const pings = pingFromRouter();
  const dropped = countedIn('server', 'spoofed');
  run(['nft', MASQUERADE], { ns: 'router' });
  const uninvited = pingTheLan();
  progress(JSON.stringify({ pings, dropped, uninvited }));

  const connections = async (): Promise<number | undefined> =>
    (await ends.server.status()).forwards.find(({ name }) => name === 'web')?.connections;
  const kept = [await connections()];
  addForward(ends.server, 'more', { port: '9200', dest_ip: BOND.router });
  await ends.server.call('reload');
  kept.push(await connections());

  setPublic(ends.server, null);
  await ends.server.call('reload');
  const anyAddress = {
    web: askWhoIAm('inet', ADDRESS.serverInet, WEB),
    bond: askWhoIAm('lan', BOND.server, WEB),
    out: askWhoIAm('lan', ADDRESS.inet, OUT),
  };
  progress(JSON.stringify({ kept, anyAddress }));

  await Promise.all([ends.router.call('stop'), ends.server.call('stop')]);
  const after = look();
  const left = ['router', 'server'].flatMap((ns) =>
    compareSnapshots(before[ns] ?? {}, after[ns] ?? {}),
  );
  const texts = problems.map((entry) => `${entry.subject}: ${entry.text}`);
  const inward = { web, udp, beside, counted, hairpin, clamped, kept, anyAddress };
  const outward = { out, inside, unknown, pings, dropped, uninvited };
  return { problems: texts, ...inward, ...outward, left } satisfies Forwards;
});

/** Writes `public_ipaddr` into the server's file, or takes it out. */
function setPublic({ configPath }: End, address: string | null): void {
  const role = "\toption role 'server'\n";
  const plain = readFileSync(configPath, 'utf8').replace(/^\toption public_ipaddr .*\n/m, '');
  const line = address === null ? '' : `\toption public_ipaddr '${address}'\n`;
  writeFileSync(configPath, plain.replace(role, `${role}${line}`));
}

function addForward({ configPath }: End, name: string, options: Record<string, string>): void {
  const lines = Object.entries(options).map(([option, value]) => `\toption ${option} '${value}'\n`);
  appendFileSync(configPath, `\nconfig forward '${name}'\n${lines.join('')}`);
}

function look(): Record<string, Record<string, string>> {
  return { router: snapshotNetwork('router'), server: snapshotNetwork('server') };
}

/** As {@link tellCallers}, for one datagram. */
async function tellByUdp(ns: string, port: number): Promise<void> {
  const script = `const socket = require('dgram').createSocket('udp4');
    socket.on('message', (_, from) => socket.send(from.address, from.port, from.address));
    socket.bind(${port});`;
  await start([process.execPath, '-e', script], { ns, name: 'udp' });
}

function askByUdp(ns: string, address: string, port: number): string | null {
  const script = `const socket = require('dgram').createSocket('udp4');
    socket.on('message', (text) => { process.stdout.write(text); process.exit(); });
    socket.send('who', ${port}, '${address}');
    setTimeout(() => process.exit(1), 5000);`;
  return tryRun([process.execPath, '-e', script], { ns }).stdout || null;
}

/** Counts SYNs at the LAN host, and answers to them at the Internet's. */
function watchSegments(): void {
  const watch = (ns: string, flags: string): void => {
    const rule = `tcp flags & (syn | ack) == ${flags} ${FITS}`;
    const chain = `type filter hook input priority 0; ${rule};`;
    run(['nft', `table ip seen { chain counted { ${chain} }; }`], { ns });
  };
  watch('lan', 'syn');
  watch('inet', '(syn | ack)');
}

/** What the first counter of a chain has counted. */
function countedIn(ns: string, chain = 'counted'): number {
  const text = run(['nft', 'list', 'ruleset'], { ns });
  const found = new RegExp(`chain ${chain} \\{[^}]*?counter packets (\\d+)`).exec(
    text.replace(/\{ [^}]*\}/g, ''),
  );
  return Number(found?.[1] ?? Number.NaN);
}

/** The LAN host gets a second network, which only the router knows. */
function askFromUnknown(): string | null {
  ipBatch('router', ['addr add 172.16.0.1/24 dev lan0']);
  ipBatch('lan', [
    'addr add 172.16.0.2/24 dev eth0',
    `route add ${BOND.server}/32 via 172.16.0.1 src 172.16.0.2`,
  ]);
  const seen = askWhoIAm('lan', BOND.server, OWN);
  ipBatch('lan', [`route del ${BOND.server}/32`, 'addr del 172.16.0.2/24 dev eth0']);
  ipBatch('router', ['addr del 172.16.0.1/24 dev lan0']);
  return seen;
}

/** From the Internet's host, which takes the server for the way to the LAN. */
function pingTheLan(): Forwards['uninvited'] {
  const way = `192.168.1.0/24 via ${ADDRESS.serverInet}`;
  ipBatch('inet', [`route add ${way}`]);
  const result = { replies: replies('inet', ADDRESS.lan), dropped: countedIn('server', 'forward') };
  ipBatch('inet', [`route del ${way}`]);
  return result;
}

function replies(ns: string, address: string, words: readonly string[] = []): number {
  const argv = ['ping', '-n', '-c', '3', '-i', '0.2', '-W', '2', ...words, address];
  return Number(/(\d+) received/.exec(tryRun(argv, { ns }).stdout)?.[1] ?? -1);
}

function pingFromRouter(): Forwards['pings'] {
  const foreign = '203.0.113.99';
  ipBatch('router', [`addr add ${foreign}/32 dev lo`]);
  const from = (source: string): number => replies('router', ADDRESS.inet, ['-I', source]);
  const pings = { own: from(ADDRESS.router), foreign: from(foreign) };
  ipBatch('router', [`addr del ${foreign}/32 dev lo`]);
  return pings;
}
