/**
 * Shares that are learned, and lines that hurt: one TCP flow after another over our daemon at both ends,
 * and second by second what the sending end makes of its lines. Arguments: lines, `rates` when the daemons
 * are told the lines' rates or `learned`, the flows as in `down,up,down bbr`, seconds of each.
 */
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { type Line, parseLines } from '../../lines.ts';
import { countSent } from '../bond-sysfs.ts';
import { bringUp, createEnds, type End } from '../ends.ts';
import { startTcp } from '../iperf.ts';
import { ADDRESS, buildLines } from '../network.ts';
import { program, progress } from '../program.ts';
import { mbit } from '../rates.ts';
import { sleep } from '../wait.ts';

/** What {@link program} hands to the host. */
export interface Quality {
  driver: string | null;
  flows: Flow[];
}

interface Flow {
  kind: string;
  /** bit/s, each half second. */
  series: number[];
  /** The sending end's lines, each STEP ms while the flow goes. */
  steps: Step[];
}

/** One look at the sending end. */
interface Step {
  /** Packets put on each slave since the last look. */
  sent: Record<string, number>;
  links: Pick<Snapshot['links'][number], 'name' | 'state' | 'weight' | 'heartbeat'>[];
  problems: string[];
}

const STEP = 2_000;

program(async ([text = '', rates = '', kinds = 'down', duration = '20']) => {
  const lines = parseLines(text);
  const told = rates === 'rates' ? { links: lines.map(ratesOf) } : {};
  const ends = createEnds(buildLines(lines), { deviceType: 'tun', ...told });
  await bringUp(ends);
  const flows: Flow[] = [];
  for (const kind of kinds.split(',')) {
    const sender = ends[kind.startsWith('down') ? 'server' : 'router'];
    flows.push(await watchFlow(sender, kind, Number(duration)));
  }
  const { driver } = await ends.router.status();
  return { driver, flows } satisfies Quality;
});

async function watchFlow(sender: End, kind: string, seconds: number): Promise<Flow> {
  const to = { ns: 'inet', address: ADDRESS.inet };
  const [way, control] = kind.split(' ');
  const congestion = control === 'bbr' ? 'bbr' : 'cubic';
  const flow = await startTcp({ from: 'lan', to, seconds, reverse: way === 'down', congestion });
  const steps: Step[] = [];
  for (let at = 0; at < seconds * 1_000; at += STEP) steps.push(await look(sender));
  const { bitsPerSecond, series } = await flow.result();
  progress(`${mbit(bitsPerSecond)} ${kind}`);
  return { kind, series: series.map((one) => one.bitsPerSecond), steps };
}

function ratesOf({ down, up }: Line): string {
  return `\toption download '${down * 1_000}'\n\toption upload '${up * 1_000}'`;
}

async function look(end: End): Promise<Step> {
  const counted = countSent(end.ns);
  await sleep(STEP);
  const { links, problems } = await end.status();
  const step = {
    sent: counted(),
    links: links.map(({ name, state, weight, heartbeat }) => ({ name, state, weight, heartbeat })),
    problems: problems.map(({ code, subject, text }) => `${code} ${subject}: ${text}`),
  };
  const shares = step.links.map(({ state, weight, heartbeat }) => {
    return `${state} ${weight.tx?.toFixed(3) ?? '-'} ${heartbeat?.rtt ?? '-'} ms`;
  });
  progress(`${shares.join(', ')} ${JSON.stringify(step.sent)} ${step.problems.join('; ')}`);
  return step;
}
