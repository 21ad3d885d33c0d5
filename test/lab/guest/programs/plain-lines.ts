/** Measures each line by itself, without any tunnel: does the lab give what its lines promise? */
import { parseLines } from '../../lines.ts';
import { measureTcp, type TcpTest } from '../iperf.ts';
import type { TcpResult } from '../iperf-json.ts';
import { ADDRESS, buildLines, settled } from '../network.ts';
import { type PingResult, ping } from '../ping.ts';
import { program, progress } from '../program.ts';
import { mbit } from '../rates.ts';
import { compareSnapshots, snapshotNetwork } from '../snapshot.ts';

/** What {@link program} hands to the host, per line. */
export interface PlainLine {
  down: TcpResult;
  up: TcpResult;
  idle: PingResult;
  dead: PingResult;
  revived: PingResult;
}

program(async ([text = '']) => {
  const network = buildLines(parseLines(text));
  await settled();
  const before = snapshotNetwork('router');
  const lines: PlainLine[] = [];
  for (const index of network.lines.keys()) {
    const device = `wan${index}`;
    const test: TcpTest = {
      from: 'router',
      to: { ns: 'server', address: ADDRESS.server },
      device,
      seconds: 5,
    };
    const pings = { from: 'router', to: ADDRESS.server, source: device, count: 20 };
    const idle = await ping(pings);
    const down = await measureTcp({ ...test, reverse: true });
    const up = await measureTcp(test);
    network.killLine(index);
    const dead = await ping({ ...pings, count: 5 });
    network.reviveLine(index);
    const revived = await ping(pings);
    progress(`line ${index}: down ${mbit(down.bitsPerSecond)}, up ${mbit(up.bitsPerSecond)}`);
    lines.push({ down, up, idle, dead, revived });
  }
  return { lines, changed: compareSnapshots(before, snapshotNetwork('router')) };
});
