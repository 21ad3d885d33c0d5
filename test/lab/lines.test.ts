/** Does the lab keep what its lines promise? Without our daemon: what fails here is the lab. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PlainLine } from './guest/programs/plain-lines.ts';
import { boot, type Machine } from './host/machine.ts';
import { secondOpinion } from './host/second-opinion.ts';
import { parseLines } from './lines.ts';

const LINES = '12/3/20,5/1/50/10';
const lines = parseLines(LINES);

/** TCP's payload in a full frame is 1448 of 1514 bytes, 95.6 %. */
const PART_THAT_ARRIVES = 0.93;

interface Measured {
  lines: PlainLine[];
  changed: string[];
}

let machine: Machine;
let measured: Measured;

async function measure(): Promise<Measured> {
  await machine?.close();
  machine = await boot();
  return (await machine.result('plain-lines', [LINES])) as Measured;
}

/** Whether every line carries what it should, both ways. */
function promised(result: Measured): boolean {
  return lines.every((line, index) =>
    (['down', 'up'] as const).every((way) => {
      const rate = result.lines[index]?.[way].bitsPerSecond ?? 0;
      return rate > line[way] * 1e6 * PART_THAT_ARRIVES;
    }),
  );
}

beforeAll(async () => {
  measured = await secondOpinion(measure, promised);
});

afterAll(() => machine?.close());

describe.each(lines.map((line, index) => ({ ...line, index })))('line $index', (line) => {
  const found = (): PlainLine => {
    const one = measured.lines[line.index];
    if (one === undefined) throw new Error(`line ${line.index} was not measured`);
    return one;
  };

  test('carries one TCP flow at its rate, and not faster', () => {
    for (const way of ['down', 'up'] as const) {
      const { bitsPerSecond, ...more } = found()[way];
      const said = `${way} ${JSON.stringify(more)}`;
      expect(bitsPerSecond, said).toBeGreaterThan(line[way] * 1e6 * PART_THAT_ARRIVES);
      expect(bitsPerSecond, said).toBeLessThan(line[way] * 1e6);
    }
  });

  test('has its round trip, and loses nothing', () => {
    const { p50, p95, lost } = found().idle;
    expect(lost).toBe(0);
    expect(Math.abs((p50 ?? 0) - line.rtt)).toBeLessThan(2 + line.jitter / 2);
    expect(p95).toBeLessThan(line.rtt + line.jitter + 2);
  });

  test('is silent while it is dead, and as before after that', () => {
    expect(found().dead.lost).toBe(found().dead.sent);
    expect(found().revived.lost).toBe(0);
  });
});

test('measuring leaves the router as it was', () => {
  expect(measured.changed).toEqual([]);
});

test('what fails in the guest is told to the host', async () => {
  const ran = await machine.exec(['sh', '-c', 'echo out; echo err >&2; exit 3']);
  expect(ran).toMatchObject({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  await expect(machine.exec(['/no/such/program'])).rejects.toThrow('/no/such/program');
  await expect(machine.result('plain-lines', ['12/3'])).rejects.toThrow('line 1 ("12/3")');
  await expect(machine.exec(['sleep', '1000000'], { seconds: 1 })).rejects.toThrow(
    'killed after 1 s',
  );
});
