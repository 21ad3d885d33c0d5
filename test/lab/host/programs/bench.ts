/**
 * `npm run bench`: one TCP flow over each scenario's lines, down and up, with pings beside it, in the
 * lab's virtual time, with tap on the stock bonding driver and with tun on the patched one; then what
 * a packet and the daemon cost. `--json`: one JSON object per line on stdout. `--device tap` or `tun`:
 * only that one; `--lines`: other lines.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { BondFlow, BondRates, PacketCost } from '../../guest/rates.ts';
import { formatLines, type Line, parseLines } from '../../lines.ts';
import { boot } from '../machine.ts';
import { ROOT } from '../paths.ts';

interface Scenario {
  name: string;
  lines: Line[];
}

const SCENARIOS: readonly (readonly [string, string])[] = [
  ['two equal', '12/12/20,12/12/20'],
  ['two DSL', '7.2/0.9/50,7/0.83/25'],
  ['fast and slow', '20/5/20,5/1/20'],
  ['four equal', '6/6/15,6/6/25,6/6/35,6/6/45'],
];

/** Of each full packet: IP 20, TCP with timestamps 32. */
const TCP_HEADERS = 52;

type Device = 'tap' | 'tun';

interface Measured {
  name: string;
  device: Device;
  lines: string;
  direction: 'down' | 'up';
  /** bit/s */
  goodput: number;
  percent_of_sum: number;
  percent_of_max: number;
  /** ms */
  ping_p50: number | null;
  ping_p95: number | null;
}

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, lines: { type: 'string' }, device: { type: 'string' } },
  });
  const scenarios =
    values.lines === undefined
      ? SCENARIOS.map(([name, lines]) => ({ name, lines: parseLines(lines) }))
      : [{ name: 'given', lines: parseLines(values.lines) }];
  const devices = (['tap', 'tun'] as const).filter((name) => name === (values.device ?? name));
  if (devices.length === 0) throw new Error(`--device ${values.device} is neither tap nor tun`);
  const show = (object: object): void => print(object, values.json === true);
  const last = new Map<Device, BondRates>();
  for (const scenario of scenarios) {
    for (const device of devices) {
      const rates = await measure(scenario, device);
      last.set(device, rates);
      for (const direction of ['down', 'up'] as const)
        show(describeFlow(scenario, device, direction, rates));
    }
  }
  for (const [device, { packet }] of last) show(describePacket(device, packet));
  const [first] = last.values();
  if (first !== undefined) show({ name: 'budgets', ...budgets(first) });
}

async function measure(scenario: Scenario, device: Device): Promise<BondRates> {
  process.stderr.write(`bench: ${scenario.name} (${formatLines(scenario.lines)}) on ${device} …\n`);
  const machine = await boot({ driver: device === 'tun' ? 'patched' : 'stock' });
  try {
    const args = [formatLines(scenario.lines), device, '0', '7'];
    const onLine = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
    return (await machine.result('bond-rates', args, { onLine, seconds: 3_600 })) as BondRates;
  } finally {
    await machine.close();
  }
}

function describeFlow(
  scenario: Scenario,
  device: Device,
  direction: 'down' | 'up',
  rates: BondRates,
): Measured {
  const flow: BondFlow = rates[direction];
  const { packet, frame } = rates.packet;
  const sum = scenario.lines.reduce((total, line) => total + line[direction], 0) * 1e6;
  const percent = (part: number): number => Math.round((flow.bitsPerSecond / part) * 1000) / 10;
  return {
    name: scenario.name,
    device,
    lines: formatLines(scenario.lines),
    direction,
    goodput: flow.bitsPerSecond,
    percent_of_sum: percent(sum),
    percent_of_max: percent((sum * (packet - TCP_HEADERS)) / frame),
    ping_p50: flow.ping.p50,
    ping_p95: flow.ping.p95,
  };
}

/** Bytes; `most_percent`: of a line's rate, what one TCP flow can carry at best. */
function describePacket(device: Device, { packet, frame }: PacketCost): Record<string, unknown> {
  return {
    name: 'packet',
    device,
    packet_bytes: packet,
    frame_bytes: frame,
    overhead_bytes: frame - packet,
    most_percent: Math.round(((packet - TCP_HEADERS) / frame) * 1000) / 10,
  };
}

/** Sizes in bytes, times in ms (guest), commands in programs run. */
function budgets(rates: BondRates): Record<string, number> {
  const bundle = readFileSync(join(ROOT, 'dist/bonding.cjs'));
  const page = readFileSync(join(ROOT, 'dist/luci/status.js'));
  const { rss, bareRss, startToReply, commands } = rates.budgets;
  return {
    bundle_bytes: bundle.length,
    page_gzip_bytes: gzipSync(page).length,
    rss_bytes: rss,
    own_memory_bytes: rss - bareRss,
    start_to_first_reply_ms: Math.round(startToReply),
    commands_per_start: commands,
  };
}

function print(object: object, json: boolean): void {
  const text = json
    ? JSON.stringify(object)
    : Object.entries(object)
        .map(([key, value]) => `${key} ${value}`)
        .join(', ');
  process.stdout.write(`${text}\n`);
}

bench().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
