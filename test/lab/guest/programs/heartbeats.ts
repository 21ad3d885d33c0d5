/**
 * Every kind of death of a line under a running TCP flow, seen by heartbeats: how long
 * until the flow is back at 80 % of what remains, and how the line comes back.
 * Arguments: lines, tun (default) or tap, ms between two heartbeats, the deaths as a list of
 * both,down,up,wan,tunnel,server-tunnel,daemon (default, or an empty one: all of them), and which way
 * the flow goes, down (default) or up.
 */
import { parseLines } from '../../lines.ts';
import { bringUp, createEnds, type End, tunnelPid } from '../ends.ts';
import {
  type Disturbance,
  describeDisturbance,
  type FlowSample,
  stillAfter,
} from '../flow-gaps.ts';
import { type FlowMeter, meterClock, meterFlow, meterSent } from '../flow-meter.ts';
import { startTcp } from '../iperf.ts';
import { ADDRESS, buildLines, lineAddress, type Network } from '../network.ts';
import { program, progress } from '../program.ts';
import { ipBatch } from '../run.ts';
import { sleep, until } from '../wait.ts';

/** One way for a line to die. */
export type Death = 'both' | 'down' | 'up' | 'wan' | 'tunnel' | 'server-tunnel' | 'daemon';

/** What one death did; times in guest ms. */
export interface Died {
  death: Death;
  /** Until each end sent nothing more into its tunnel, to 20 ms; null: it went on. */
  out: { router: number | null; server: number | null };
  /** Of the flow; it counts as back at 80 % of what one line carries. */
  flow: Disturbance;
  /** Until it was up again at both ends after its return. */
  back: number;
  /** Of the flow, from the return on; it counts as back at 80 % of one line, which it has all along. */
  dip: Disturbance;
  /** Names of the links that were taken out at either end, of those that did not die. */
  others: string[];
}

/** What {@link program} hands to the host. */
export interface HeartbeatsRun {
  driver: string | null;
  died: Died[];
  /** The last problems of both ends. */
  problems: string[];
  /** A part of each end's journal. */
  events: { router: string[]; server: string[] };
}

const ALL: readonly Death[] = ['both', 'down', 'up', 'wan', 'tunnel', 'server-tunnel', 'daemon'];

/** How long a flow is watched after a death, and after a return, ms. */
const WATCHED = 1_500;

/** Between two looks at the links meanwhile, ms. */
const LOOK = 500;

/** Part of a line's rate that a flow has through tunnels of either kind, at the least. */
const CARRIED = 0.95;

type Ends = Record<End['ns'], End>;

program(async ([text = '6/6/20,6/6/20', type = 'tun', interval = '100', ...rest]) => {
  const [which = '', way = 'down'] = rest;
  const network = buildLines(parseLines(text));
  const deviceType = type === 'tap' ? 'tap' : 'tun';
  const bond = `\toption heartbeat_interval '${interval}'`;
  const ends = createEnds(network, { deviceType, bond });
  await bringUp(ends);
  await untilAlive(ends);
  const { driver } = await ends.router.status();
  progress(`bond up, ${driver}, heartbeats alive`);
  const deaths =
    which === '' ? ALL : which.split(',').filter((name): name is Death => isDeath(name));
  const died: Died[] = [];
  const meter = await meterFlow(way === 'up' ? 'inet' : 'lan');
  const tunnels = network.lines.map((_, index) => `${deviceType}${index}`);
  const sent = {
    router: await meterSent('router', tunnels),
    server: await meterSent('server', tunnels),
  };
  const to = { ns: 'inet', address: ADDRESS.inet };
  // One and the same all the time: it is how we know that the session lives.
  await startTcp({ from: 'lan', to, reverse: way !== 'up', seconds: 600, omit: 0 });
  for (const [number, death] of deaths.entries()) {
    // Lines that die again and again come back later and later: they take turns.
    const index = 1 - (number % 2);
    const line = (network.lines[index]?.[way === 'up' ? 'up' : 'down'] ?? 0) * 1e6;
    const one = await die({ network, ends, meter, sent, line }, death, index);
    died.push(one);
    progress(JSON.stringify(one));
  }
  const events = { router: await eventsOf(ends.router), server: await eventsOf(ends.server) };
  const both = [await ends.router.status(), await ends.server.status()];
  const problems = both.flatMap((status) =>
    status.problems.map(({ subject, text: said }) => `${subject}: ${said}`),
  );
  return { driver, died, problems, events } satisfies HeartbeatsRun;
});

function isDeath(name: string): name is Death {
  return (ALL as readonly string[]).includes(name);
}

interface Place {
  network: Network;
  ends: Ends;
  meter: FlowMeter;
  /** What each end has put into a tunnel, by the link's number. */
  sent: Record<End['ns'], (index: number) => FlowSample[]>;
  /** What the line that dies carries, bit/s. */
  line: number;
}

async function die(
  { network, ends, meter, sent, line }: Place,
  death: Death,
  index: number,
): Promise<Died> {
  await untilFull(meter, 1.6 * line);
  const mend = await kill(network, ends, death, index);
  // The program that changes the line takes 20 to 50 ms until it does.
  const broken = meterClock();
  const alive = death === 'daemon' ? [ends.router] : [ends.router, ends.server];
  const others = await watchOthers(alive, index);
  const watched = meterClock();
  const out = {
    router: stillAfter(sent.router(index), broken, watched),
    server: stillAfter(sent.server(index), broken, watched),
  };
  const rate = 0.8 * CARRIED * line;
  const flow = describeDisturbance(meter.samples(), broken, watched, rate);
  const returned = meterClock();
  await mend();
  await untilAlive(ends);
  const back = meterClock() - returned;
  await sleep(WATCHED);
  const dip = describeDisturbance(meter.samples(), returned, meterClock(), rate);
  return { death, out, flow, back, dip, others };
}

/** Breaks it; what comes back mends it. */
async function kill(
  network: Network,
  ends: Ends,
  death: Death,
  index: number,
): Promise<() => Promise<void>> {
  const nothing = async (): Promise<void> => {};
  switch (death) {
    case 'both':
    case 'down':
    case 'up':
      network.killLine(index, death);
      return async () => network.reviveLine(index);
    case 'wan': {
      const device = `wan${index}`;
      ipBatch('router', [`link set ${device} down`]);
      const { gateway } = lineAddress(index);
      const route = `route add default via ${gateway} dev ${device} metric ${10 * (index + 1)}`;
      return async () => ipBatch('router', [`link set ${device} up`, route]);
    }
    case 'tunnel':
    case 'server-tunnel':
      process.kill(
        tunnelPid(death === 'tunnel' ? ends.router : ends.server, `link${index}`),
        'SIGKILL',
      );
      return nothing;
    case 'daemon':
      await ends.server.daemon().stop('SIGKILL');
      return () => ends.server.startDaemon();
  }
}

/**
 * For WATCHED ms: names of links but this one that were not up. One that is taken out is out for half a
 * second at least; to ask more often would take from the processor that all share.
 */
async function watchOthers(ends: readonly End[], index: number): Promise<string[]> {
  const others = new Set<string>();
  for (let left = WATCHED; left > 0; left -= LOOK) {
    await sleep(LOOK);
    for (const { links } of await Promise.all(ends.map((end) => end.status())))
      for (const { name, up } of links) if (!up && name !== `link${index}`) others.add(name);
  }
  return [...others];
}

/** Until every link of both ends is up and its heartbeats are heard. */
async function untilAlive(ends: Ends): Promise<void> {
  await until(
    'all links to be up, with heartbeats',
    async () => {
      const both = [await ends.router.status(), await ends.server.status()];
      return both.every(({ links }) =>
        links.every(({ up, slave, heartbeat }) => up && slave && heartbeat?.state === 'alive'),
      );
    },
    { timeout: 60_000, every: 100 },
  );
}

/** Until the flow has had so many bit/s for a second. */
async function untilFull(meter: FlowMeter, rate: number): Promise<void> {
  const full = (): boolean => {
    const samples = meter.samples();
    const [last, first] = [samples.at(-1), samples.at(-50)];
    if (last === undefined || first === undefined) return false;
    return ((last.bytes - first.bytes) * 8_000) / (last.at - first.at) >= rate;
  };
  await until(`the flow to bring ${rate} bit/s`, full, { timeout: 20_000, every: 200 });
}

async function eventsOf(end: End): Promise<string[]> {
  const { events } = (await end.call('events')) as { events: { subject: string; text: string }[] };
  return events.map(({ subject, text }) => `${subject}: ${text}`);
}
