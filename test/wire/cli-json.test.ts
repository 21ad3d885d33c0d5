import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseMessage, readRoot } from '../../backend/src/ubus/codec/message.ts';
import {
  decodeTable,
  double,
  encodeTable,
  type Input,
  int64,
  type Value,
} from '../../backend/src/ubus/codec/values.ts';

/** JavaScript values become the bytes that the `ubus` command makes of the same JSON. */

interface Line {
  json: string;
  printed: string;
  hex: string;
}

const lines: Line[] = readFileSync(new URL('./frames/cli-json.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

/** What JSON.parse loses must be said: 1.0 is a double there, and 2^63 an integer. */
const EXACT: Readonly<Record<string, Input>> = {
  '{"x":1.0}': { x: double(1) },
  '{"x":1e3}': { x: double(1000) },
  '{"x":9007199254740993}': { x: 9007199254740993n },
  '{"x":9223372036854775807}': { x: 9223372036854775807n },
  '{"x":9223372036854775808}': { x: int64(9223372036854775808n) },
};

const data = (hex: string): Buffer =>
  readRoot(parseMessage(Buffer.from(hex, 'hex')).root).data ?? Buffer.alloc(0);

it.each(lines.filter(({ json }) => json !== '{"":1}'))('$json', ({ json, printed, hex }) => {
  const value = (EXACT[json] ?? JSON.parse(json)) as { [name: string]: Input };
  expect(encodeTable(value).toString('hex')).toBe(data(hex).toString('hex'));
  const decoded = decodeTable(data(hex));
  if (typeof decoded.x === 'bigint') expect(`{"x":${decoded.x}}`).toBe(printed);
  else expect(plain(decoded)).toEqual(JSON.parse(printed));
});

/** The same without null prototypes. */
function plain(value: Value): unknown {
  return JSON.parse(JSON.stringify(value));
}

it('a member without a name, which prints as {1}, is neither shown nor sent', () => {
  const line = lines.find(({ json }) => json === '{"":1}');
  expect(line?.printed).toBe('{1}');
  expect(Object.keys(decodeTable(data(line?.hex ?? '')))).toEqual([]);
  expect(() => encodeTable({ '': 1 })).toThrow(/empty member name/);
});
