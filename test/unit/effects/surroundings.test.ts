import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { monotonic, wallSeconds } from '../../../backend/src/effects/clock.ts';
import { probeAbilities } from '../../../backend/src/effects/read.ts';
import { readCarrier, readCounts } from '../../../backend/src/effects/sysfs.ts';
import { watchFolder } from '../../../backend/src/effects/watch.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

describe('counters', () => {
  it('are those of the kernel', () => {
    const text = readFileSync('/sys/class/net/lo/statistics/rx_bytes', 'utf8');
    const count = readCounts('lo');
    expect(count?.rx).toBeGreaterThanOrEqual(Number(text));
    expect(count?.tx).toEqual(expect.any(Number));
  });

  it('are null without a device, also when the name is no name', () => {
    expect(readCounts('nosuchdevice0')).toBeNull();
    expect(readCounts('')).toBeNull();
    expect(readCarrier('nosuchdevice0')).toBeNull();
  });

  it.skipIf(!existsSync('/sys/class/net/lo/carrier'))('tell the carrier', () => {
    const text = (): string => {
      try {
        return readFileSync('/sys/class/net/lo/carrier', 'utf8').trim();
      } catch {
        return '';
      }
    };
    expect(readCarrier('lo')).toBe({ '1': true, '0': false }[text()] ?? null);
  });
});

describe('watching a folder', () => {
  it('tells of a file that is written, until it is closed', async () => {
    let seen = 0;
    const watcher = watchFolder(folder.path, () => {
      seen += 1;
    });
    await sleep(50);
    writeFileSync(folder.at('link0.log'), 'x');
    const end = Date.now() + 3_000;
    while (seen === 0 && Date.now() < end) await sleep(10);
    expect(seen).toBeGreaterThan(0);
    watcher.close();
    seen = 0;
    writeFileSync(folder.at('link0.log'), 'y');
    await sleep(100);
    expect(seen).toBe(0);
  });

  it('does without where there is no folder', () => {
    const watcher = watchFolder(folder.at('nothing'), () => {});
    expect(() => watcher.close()).not.toThrow();
  });
});

describe('what this machine can do', () => {
  it.each([
    ['OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)]', 0, '2.6.14'],
    // 2.5 ends with 1 after it has printed its version
    ['OpenVPN 2.5.9 mips-openwrt-linux-gnu [SSL (mbed TLS)]', 1, '2.5.9'],
    ['something else', 0, 'unknown'],
    ['', 1, 'unknown'],
  ])('reads %j with exit code %i as version %s', async (text, code, version) => {
    script(folder.at('openvpn'), `echo '${text}'`, `exit ${code}`);
    programsIn(folder.path);
    expect((await probeAbilities()).openvpn).toBe(version);
  });
});

describe('clocks', () => {
  it('count ms that never go back, and Unix seconds', async () => {
    const [start, wall] = [monotonic(), Date.now()];
    await sleep(30);
    expect(monotonic() - start).toBeGreaterThanOrEqual(25);
    expect(monotonic() - start).toBeLessThan(5_000);
    expect(Math.abs(wallSeconds() - wall / 1000)).toBeLessThan(2);
  });
});
