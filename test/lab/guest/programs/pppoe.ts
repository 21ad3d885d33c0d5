/**
 * Line 1 is a PPPoE line. It is down at the start, comes, and reconnects with another address, while
 * a download runs over the tunnel of line 0 alone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { LinkSnapshot, Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { createEnds, type End, tunnelPid } from '../ends.ts';
import { startTcp } from '../iperf.ts';
import type { TcpResult } from '../iperf-json.ts';
import { ADDRESS, buildLines } from '../network.ts';
import { dial, dialledAddress, providerLog, startProvider } from '../pppoe.ts';
import { program, progress } from '../program.ts';
import { now, sleep, until } from '../wait.ts';

/** What {@link program} hands to the host; times in guest ms. */
export interface Pppoe {
  /** Both links of the router while the line has never been there. */
  without: LinkSnapshot[];
  /** From the address on ppp0 until the link is up at both ends. */
  first: { address: string; after: number };
  again: { address: string; after: number };
  /** The tunnel of link 0 before and after. */
  pids: [number, number];
  /** The commands that the router's daemon ran for the reconnect. */
  commands: string[];
  download: TcpResult;
  router: Snapshot;
}

program(async ([text = '']) => {
  const network = buildLines(parseLines(text));
  const provider = await startProvider(1);
  const ends = createEnds(network, { bond: "\toption mode 'active-backup'" });
  const config = readFileSync(ends.router.configPath, 'utf8');
  writeFileSync(ends.router.configPath, config.replace("interface 'wan1'", "interface 'ppp0'"));
  await ends.server.startDaemon();
  await ends.router.startDaemon();
  await untilUp(ends.router, 'link0');
  await sleep(3_000);
  const without = (await ends.router.status()).links;
  progress(`link1 is ${without[1]?.state}`);

  const dialler = await dial(1);
  const first = await untilBack(ends, null).catch((error: Error) => {
    throw new Error(`${error.message}\n${dialler.log()}\n${provider.log()}\n${providerLog()}`);
  });
  progress(`link1 came ${Math.round(first.after)} ms after its address ${first.address}`);

  const pid = tunnelPid(ends.router, 'link0');
  const flow = await startTcp({
    from: 'lan',
    to: { ns: 'inet', address: ADDRESS.inet },
    reverse: true,
    seconds: 25,
    omit: 3,
  });
  await sleep(8_000);
  const mark = ends.router.daemon().log().length;
  process.kill(dialler.pid, 'SIGHUP');
  const again = await untilBack(ends, first.address);
  progress(`link1 is back ${Math.round(again.after)} ms after its address ${again.address}`);
  const commands = ends.router.daemon().log().slice(mark).split('\n').filter(isCommand);
  const download = await flow.result();
  const router = await ends.router.status();
  const pids: [number, number] = [pid, tunnelPid(ends.router, 'link0')];
  return { without, first, again, pids, commands, download, router } satisfies Pppoe;
});

function isCommand(line: string): boolean {
  return /\b(ip|nft|openvpn|kill|echo|rm) \S/.test(line) && !line.includes('bonding: ');
}

/** Waits for an address that is not `old`, then for the link. */
async function untilBack(
  ends: Record<End['ns'], End>,
  old: string | null,
): Promise<{ address: string; after: number }> {
  const dialled = (): string | null => {
    const address = dialledAddress();
    return address === old ? null : address;
  };
  const { value } = await until('a (new) address on ppp0', dialled, { timeout: 30_000 });
  const began = now();
  await Promise.all([untilUp(ends.router, 'link1'), untilUp(ends.server, 'link1')]);
  return { address: value ?? '', after: now() - began };
}

async function untilUp(end: End, link: string): Promise<void> {
  const up = async (): Promise<boolean> => {
    const found = (await end.status()).links.find(({ name }) => name === link);
    return found?.up === true && found.slave;
  };
  await until(`${link} of ${end.ns} to be up`, up, { timeout: 40_000, every: 50 });
}
