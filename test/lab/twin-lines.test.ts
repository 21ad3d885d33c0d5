import { beforeAll, describe, expect, it } from 'vitest';
import type { TwinLines } from './guest/programs/twin-lines.ts';
import { play } from './host/play.ts';

const LINE = 4e6;

async function measure(likeness: 'address' | 'card'): Promise<TwinLines> {
  return (await play('twin-lines', ['4/4/20,4/4/20', likeness])) as TwinLines;
}

describe.each([
  [
    'two lines with one address',
    'address',
    {
      'wan0/rp_filter': '2',
      'wan1/rp_filter': '2',
      'wan0/accept_redirects': '1',
      'wan1/accept_redirects': '1',
    },
  ],
  ['two boxes on one card', 'card', { 'wan0/rp_filter': '0', 'wan0/accept_redirects': '0' }],
] as const)('%s', (_what, likeness, settings) => {
  let seen: TwinLines;

  beforeAll(async () => {
    seen = await measure(likeness);
  });

  it('are both up, each tunnel over its own line', () => {
    expect(seen.router.links.map(({ up, slave }) => up && slave)).toEqual([true, true]);
    expect(seen.router.problems).toEqual([]);
    expect(seen.peers.map((peer) => peer?.replace(/:\d+$/, ''))).toEqual([
      '198.51.100.10',
      '198.51.100.11',
    ]);
  });

  it('carry a download together', () => {
    expect(seen.down).toBeGreaterThan(1.2 * LINE);
    const sum = seen.bytes.reduce((all, one) => all + one, 0);
    for (const one of seen.bytes) expect(one / sum).toBeGreaterThan(0.4);
  });

  it('are told apart by marks', () => {
    expect(seen.rules).toMatch(/20080:\s+from all fwmark 0xb0000000\/0xff000000 lookup 20101/);
    expect(seen.rules).toMatch(/20081:\s+from all fwmark 0xb1000000\/0xff000000 lookup 20102/);
  });

  it('change the settings that they need and no others', () => {
    expect(seen.settings).toEqual(settings);
  });

  it('hear the answers, also where strict rp_filter would drop them', () => {
    const { before, during } = seen.answers;
    if (likeness === 'address') expect(before).toMatch(/Invalid cross-device link/);
    expect(during).toMatch(/^local 10\.1\.0\.2 from 198\.51\.100\.1 /);
  });

  it('let nothing that goes to the server into the bond, nor out of another line', () => {
    expect(seen.toServer).toMatch(/ dev wan0 /);
    expect(seen.withoutDefault).toMatch(/Permission denied/);
  });

  it('leave the router as it was, also after a crash', () => {
    expect(seen.changed).toEqual({ stop: [], crash: [] });
  });
});
