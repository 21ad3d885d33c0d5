import type { ForwardSnapshot, LinkSnapshot, Snapshot } from '../status/snapshot.ts';

const COLOURS = { good: '\x1b[32m', warn: '\x1b[33m', bad: '\x1b[31m', plain: '', end: '\x1b[0m' };

/** The snapshot as a table for a terminal; colours only where `colour` is set. */
export function statusTable(snapshot: Snapshot, colour: boolean): string {
  const paint = (kind: keyof typeof COLOURS, text: string): string =>
    colour && COLOURS[kind] !== '' ? `${COLOURS[kind]}${text}${COLOURS.end}` : text;
  const { bond } = snapshot;
  const head = [
    `bond ${bond.ifname}: ${paint(mood(snapshot.state), sentence(snapshot))}`,
    `  ${bond.address} to ${bond.peer}, ${bond.mode}, ${snapshot.driver ?? 'no driver'}, mtu ${bond.mtu}`,
    `  down ${rate(bond.rx_rate)}, up ${rate(bond.tx_rate)}, received ${bytes(bond.rx_bytes)}, sent ${bytes(bond.tx_bytes)}`,
  ];
  const rows = [
    [
      'link',
      'WAN',
      'device',
      'tunnel',
      'state',
      'in bond',
      'weight',
      'down',
      'up',
      'received',
      'sent',
      'since',
    ],
    ...snapshot.links.map(row),
  ];
  const moods = snapshot.links.map((link) => mood(link.state));
  const table = columns(rows, (cell, line, column) =>
    column === 4 ? paint(moods[line - 1] ?? 'plain', cell) : cell,
  );
  const forwards = snapshot.forwards.map(forwardRow);
  const titles = ['forward', 'protocol', 'port', 'to', 'state', 'connections'];
  const forwardTable = forwards.length === 0 ? [] : ['', ...columns([titles, ...forwards])];
  const problems = snapshot.problems.flatMap(({ severity, subject, text, fix }) => [
    `${paint(severity === 'error' ? 'bad' : 'warn', severity)}: ${subject}: ${text}`,
    `  fix: ${fix}`,
  ]);
  const out = reasons(snapshot);
  const why = out.length === 0 ? [] : ['', ...out];
  return `${[...head, '', ...table, ...why, ...forwardTable, ...(problems.length > 0 ? ['', ...problems] : [])].join('\n')}\n`;
}

/** The cells in columns, as lines; the first row is the titles, which `finish` is not asked about. */
function columns(
  rows: readonly (readonly string[])[],
  finish = (cell: string, _line: number, _column: number): string => cell,
): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)));
  return rows.map((cells, line) =>
    cells
      .map((cell, i) => {
        const padded = cell.padEnd(widths?.[i] ?? 0);
        return line > 0 ? finish(padded, line, i) : padded;
      })
      .join('  ')
      .trimEnd(),
  );
}

function forwardRow(forward: ForwardSnapshot): string[] {
  const { name, proto, port, dest_ip, dest_port, enabled, active, connections } = forward;
  const protocol = proto === 'tcpudp' ? 'tcp, udp' : proto;
  const state = active ? 'active' : enabled ? 'waiting' : 'disabled';
  return [name, protocol, port, `${dest_ip}:${dest_port}`, state, String(connections)];
}

function row(link: LinkSnapshot): string[] {
  return [
    link.name,
    link.interface ?? '-',
    link.l3_device ?? '-',
    link.tunnel,
    link.state,
    link.slave ? 'yes' : 'no',
    weightWords(link),
    rate(link.rx_rate),
    rate(link.tx_rate),
    bytes(link.rx_bytes),
    bytes(link.tx_bytes),
    duration(link.since),
  ];
}

/** The part that is to be sent over it, and in brackets that which the other end sends, where it differs. */
function weightWords({ weight: { rx, tx } }: LinkSnapshot): string {
  if (tx === null) return '-';
  const percent = (part: number): string => `${Math.round(100 * part)} %`;
  return rx === null || rx === tx ? percent(tx) : `${percent(tx)} (${percent(rx)})`;
}

/** Why links are out, unless it stands among the problems anyway. */
function reasons({ links, problems }: Snapshot): string[] {
  return links.flatMap(({ name, problem }) => {
    const known = problems.some(({ text }) => text === problem?.text);
    return problem === null || known ? [] : [`${name}: ${problem.text}`];
  });
}

function sentence(snapshot: Snapshot): string {
  const wanted = snapshot.links.filter((link) => link.enabled);
  const up = wanted.filter((link) => link.up).length;
  const lines = `${up} of ${wanted.length} links up`;
  return `${snapshot.state} for ${duration(snapshot.since)}, ${lines}`;
}

function mood(state: string): keyof typeof COLOURS {
  if (state === 'up') return 'good';
  if (state === 'down' || state === 'fallback') return 'bad';
  return state === 'degraded' || state === 'waiting' || state === 'connecting' ? 'warn' : 'plain';
}

/** 12345678 → `12.3 Mbit/s` */
export function rate(bits: number): string {
  return scaled(bits, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s']);
}

/** 12345678 → `11.8 MiB` */
export function bytes(count: number): string {
  return scaled(count, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
}

function scaled(value: number, step: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  while (rest >= step && unit < units.length - 1) {
    rest /= step;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(rest) : rest.toFixed(1)} ${units[unit]}`;
}

/** 3725 → `1h 2m` */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
  if (seconds < 86_400)
    return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d ${Math.floor((seconds % 86_400) / 3600)}h`;
}
