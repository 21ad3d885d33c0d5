/**
 * Lines of which the last loses packets by chance, with each packet of its tunnel sent twice by both ends:
 * one flow down, what stays in the kernel and in the logs. Arguments: lines, seconds of traffic before
 * the flow that is measured.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { parseLines } from '../../lines.ts';
import { rateOptions } from '../bench-jobs.ts';
import { bringUp, createEnds, type End, setLink } from '../ends.ts';
import { measureTcp } from '../iperf.ts';
import { ADDRESS, buildLines } from '../network.ts';
import { program, progress } from '../program.ts';
import { type BondFlow, measureBond } from '../rates.ts';
import { run, tryRun } from '../run.ts';
import { until } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface SendTwice {
  server: Snapshot;
  down: BondFlow;
  /** What each end has put into that tunnel, and onto its line, during all traffic. */
  packets: Record<End['ns'], Packets>;
  /** Lines of the router's log of that tunnel. */
  logged: number;
  /** What `nft` says of the tables when nothing is sent twice any more. */
  left: string;
}

interface Packets {
  tunnel: number;
  line: number;
}

program(async ([text = '', before = '0']) => {
  const lines = parseLines(text);
  const ends = createEnds(buildLines(lines), {
    ...{ deviceType: 'tun', links: lines.map(rateOptions) },
    // They take the same line.
    bond: "\toption heartbeat_interval '1000'",
  });
  const last = lines.length - 1;
  for (const end of [ends.router, ends.server]) setLink(end, `link${last}`, 'send_twice', '1');
  await bringUp(ends);
  const start = { router: packetsOf('router', last), server: packetsOf('server', last) };
  if (Number(before) > 0) await warmUp(Number(before));
  const down = await measureBond(true, 4);
  const since = (ns: End['ns']): Packets => {
    const { tunnel, line } = packetsOf(ns, last);
    return { tunnel: tunnel - start[ns].tunnel, line: line - start[ns].line };
  };
  const packets = { router: since('router'), server: since('server') };
  const server = await ends.server.status();
  const log = readFileSync(join(ends.router.runFolder, `link${last}.log`), 'utf8');
  progress(`ping ${down.ping.p50}/${down.ping.p95}, ${JSON.stringify(packets)}`);
  for (const end of [ends.router, ends.server]) {
    setLink(end, `link${last}`, 'send_twice', '0');
    await end.call('reload');
  }
  await until('the copies to end', () => !tables().includes('table ip bonding'), {
    timeout: 20_000,
  });
  const result: SendTwice = {
    server,
    down,
    packets,
    logged: log.split('\n').length,
    left: tables(),
  };
  return result;
});

async function warmUp(seconds: number): Promise<void> {
  const to = { ns: 'inet', address: ADDRESS.inet };
  await measureTcp({ from: 'lan', to, seconds, reverse: true });
}

const tables = (): string =>
  ['router', 'server'].map((ns) => tryRun(['nft', 'list', 'tables'], { ns }).stdout).join('');

/** What an end has sent into a tunnel, and what of it and beside it has left the line's first end. */
function packetsOf(ns: End['ns'], index: number): Packets {
  const line =
    ns === 'router'
      ? count('router', `wan${index}`, 'tx_packets')
      : count(`line${index}`, 'net', 'rx_packets');
  return { tunnel: count(ns, `tun${index}`, 'tx_packets'), line };
}

function count(ns: string, device: string, name: string): number {
  return Number(run(['cat', `/sys/class/net/${device}/statistics/${name}`], { ns }));
}
