/** One Internet line of the lab. Rates count whole Ethernet frames, as `tc` does. */
export interface Line {
  /** Mbit/s towards the router. */
  down: number;
  /** Mbit/s towards the server. */
  up: number;
  /** Round trip of an idle line, ms; half of it each way. */
  rtt: number;
  /** The round trip varies by up to this many ms either way; packets keep their order. */
  jitter: number;
  /** Packets lost at random in each direction, %. */
  loss: number;
}

const MAX_LINES = 8;

interface Field {
  name: keyof Line;
  unit: string;
  min: number;
  max: number;
}

/** In the order of an item's parts; the first three must be given. */
const FIELDS: readonly Field[] = [
  { name: 'down', unit: 'Mbit/s', min: 0.1, max: 1000 },
  { name: 'up', unit: 'Mbit/s', min: 0.1, max: 1000 },
  { name: 'rtt', unit: 'ms', min: 0, max: 2000 },
  { name: 'jitter', unit: 'ms', min: 0, max: 2000 },
  { name: 'loss', unit: '%', min: 0, max: 100 },
];
const REQUIRED = 3;

/**
 * Reads `20/5/20,5/1/20,16/2/30/10/0.5`: one item per line, its down and up rate in Mbit/s, round
 * trip in ms, and if wanted jitter in ms and loss in %. Throws an Error naming the item.
 */
export function parseLines(text: string): Line[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.length > MAX_LINES) {
    throw new Error(`${items.length} lines given; the lab has room for 1 to ${MAX_LINES}`);
  }
  return items.map(parseLine);
}

function parseLine(item: string, index: number): Line {
  const where = `line ${index + 1} ("${item}")`;
  const parts = item === '' ? [] : item.split('/');
  if (parts.length < REQUIRED || parts.length > FIELDS.length) {
    throw new Error(`${where}: write DOWN/UP/RTT, then /JITTER and /LOSS if wanted, e.g. 20/5/20`);
  }
  const line: Line = { down: 0, up: 0, rtt: 0, jitter: 0, loss: 0 };
  for (const [position, field] of FIELDS.entries()) {
    const part = parts[position];
    if (part !== undefined) line[field.name] = parseField(part, field, where);
  }
  if (line.jitter > line.rtt) {
    throw new Error(`${where}: jitter ${line.jitter} ms is more than the round trip itself`);
  }
  return line;
}

function parseField(text: string, field: Field, where: string): number {
  const value = Number(text);
  const inRange = value >= field.min && value <= field.max;
  if (!/^\d+(\.\d+)?$/.test(text.trim()) || !inRange) {
    const range = `${field.min} to ${field.max} ${field.unit}`;
    throw new Error(`${where}: ${field.name} "${text}" is not a number from ${range}`);
  }
  return value;
}

/** Writes lines as {@link parseLines} reads them, without trailing zero jitter and loss. */
export function formatLines(lines: readonly Line[]): string {
  return lines
    .map(({ down, up, rtt, jitter, loss }) => {
      const parts = [down, up, rtt];
      if (jitter > 0 || loss > 0) parts.push(jitter);
      if (loss > 0) parts.push(loss);
      return parts.join('/');
    })
    .join(',');
}
