import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countsIn, openCounts } from '../../../backend/src/effects/tunnel-counts.ts';
import { testFolder } from '../../fakes/folder.ts';

const HEAD = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const TEXT = `${HEAD}    lo: 1104    12    0    0    0     0          0         0     1104      12    0    0    0     0       0          0
mytun0: 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9
  tun0: 5000000000   41    1    2    3     4          5         6   700   8    0    9    0     0       0          0
 tun10:1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0
`;

const folder = testFolder();

describe('counters of tunnels', () => {
  it('reads a device, and no other one whose name ends alike', () => {
    expect(countsIn(TEXT, 'tun0')).toEqual({
      rxBytes: 5_000_000_000,
      rxPackets: 41,
      txBytes: 700,
      txPackets: 8,
    });
    expect(countsIn(TEXT, 'tun10')).toMatchObject({ rxBytes: 1, txPackets: 4 });
    expect(countsIn(TEXT, 'lo')).toMatchObject({ rxPackets: 12 });
  });

  it('knows nothing of what is not there, or cut short', () => {
    for (const name of ['tun1', 'un0', 'face', '', 'bytes'])
      expect(countsIn(TEXT, name)).toBeNull();
    expect(countsIn(TEXT.slice(0, TEXT.indexOf('700')), 'tun0')).toBeNull();
    expect(countsIn('', 'tun0')).toBeNull();
  });

  it('reads the file again when what it knows is old, also when it is longer than one read', () => {
    const file = folder.at('dev');
    const more = Array.from({ length: 300 }, (_, i) => `eth${i}: ${'1 '.repeat(16)}\n`).join('');
    writeFileSync(file, HEAD + more + TEXT.slice(HEAD.length));
    const counts = openCounts(file);
    expect(counts.read('tun0', 1_000)?.rxPackets).toBe(41);
    writeFileSync(file, TEXT.replace('   41 ', '   42 '));
    expect(counts.read('tun0', 1_005)?.rxPackets).toBe(41);
    expect(counts.read('tun0', 1_050)?.rxPackets).toBe(42);
    counts.close();
  });

  it('reads this machine’s own', () => {
    const counts = openCounts();
    expect(counts.read('lo', 0)?.rxBytes).toBeGreaterThanOrEqual(0);
    expect(counts.read('nothing0', 0)).toBeNull();
    counts.close();
    const none = openCounts(folder.at('none'));
    expect(none.read('lo', 0)).toBeNull();
    none.close();
  });
});
