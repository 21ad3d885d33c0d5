/**
 * The HOWTO's own sample of /etc/config/bonding, at both ends, with its keys in its places; changed is
 * the server's address alone. Argument: lines.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { makeAuthority } from '../../../fakes/authority.ts';
import { parseLines } from '../../lines.ts';
import { BUNDLE, bringUp, createEnds, type End } from '../ends.ts';
import { measureTcp } from '../iperf.ts';
import { ADDRESS, buildLines } from '../network.ts';
import { program, progress } from '../program.ts';
import { ipBatch, run, tryRun } from '../run.ts';

/** What {@link program} hands to the host. */
export interface Howto {
  upAfter: number;
  router: Snapshot;
  server: Snapshot;
  /** Rate in bit/s of one flow between a computer at home and one on the Internet. */
  down: number;
  up: number;
  /** What `bonding check` prints at each end. */
  checks: { router: string; server: string };
  /** The configuration of link0's tunnel at each end. */
  tunnels: { router: string; server: string };
}

/** The address of the HOWTO's watchdog. */
const WATCHED = '8.8.8.8';

program(async ([text = '']) => {
  const network = buildLines(parseLines(text));
  writeKeys();
  ipBatch('inet', [`addr add ${WATCHED}/32 dev eth0`]);
  // The HOWTO's firewall: zone wan, with bond0 in it, has masq '1'.
  const masquerade = 'type nat hook postrouting priority 101; oifname "bond0" masquerade;';
  run(['nft', `table ip bond_nat { chain postrouting { ${masquerade} }; }`], { ns: 'router' });
  const ends = createEnds(network);
  for (const end of [ends.router, ends.server]) writeFileSync(end.configPath, sample(end.ns));
  const upAfter = await bringUp(ends);
  progress(`all links up after ${Math.round(upAfter)} ms`);
  const flow = { from: 'lan', to: { ns: 'inet', address: ADDRESS.inet }, seconds: 5, omit: 4 };
  const down = (await measureTcp({ ...flow, reverse: true })).bitsPerSecond;
  const up = (await measureTcp(flow)).bitsPerSecond;
  progress(`down ${Math.round(down / 1e3)}, up ${Math.round(up / 1e3)} kbit/s`);
  const [router, server] = [await ends.router.status(), await ends.server.status()];
  const checks = { router: check(ends.router), server: check(ends.server) };
  const tunnels = { router: tunnelOf(ends.router), server: tunnelOf(ends.server) };
  return { upAfter, router, server, down, up, checks, tunnels } satisfies Howto;
});

/** The HOWTO's files, but for dh2048.pem, which is not needed. */
function writeKeys(): void {
  const folder = '/etc/openvpn';
  mkdirSync(folder, { recursive: true });
  const { ca, client, server, tlsAuth } = makeAuthority('ec');
  const files = {
    'ca.crt': ca,
    'router.crt': client.cert,
    'router.key': client.key,
    'server.crt': server.cert,
    'server.key': server.key,
    'ta.key': tlsAuth,
  };
  for (const [name, contents] of Object.entries(files))
    writeFileSync(join(folder, name), contents, { mode: 0o600 });
}

function sample(ns: End['ns']): string {
  const cases = join(import.meta.dirname ?? __dirname, '../../test/cases/config');
  const text = readFileSync(join(cases, `howto-${ns}/config.uci`), 'utf8');
  return text.replaceAll('198.51.100.7', ADDRESS.server);
}

function check({ configPath, ns }: End): string {
  return tryRun([process.execPath, BUNDLE, 'check', '--config', configPath], { ns }).stdout;
}

function tunnelOf(end: End): string {
  return readFileSync(join(end.runFolder, 'link0.conf'), 'utf8');
}
