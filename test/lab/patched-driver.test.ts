import { beforeAll, describe, expect, it } from 'vitest';
import type { EthernetBonds } from './guest/programs/ethernet-bonds.ts';
import type { TunBondLife } from './guest/programs/tun-bond-life.ts';
import type { TunBondModes } from './guest/programs/tun-bond-modes.ts';
import { play } from './host/play.ts';

const PATCHED = { driver: 'patched' } as const;

describe('a bond of tun devices on the patched driver', () => {
  let seen: TunBondLife;
  const CYCLES = 200;

  beforeAll(async () => {
    seen = (await play('tun-bond-life', [String(CYCLES)], PATCHED)) as TunBondLife;
  });

  it('is a device without address', () => {
    expect(seen.driver).toBe('patched');
    expect(seen.link).toMatch(/POINTOPOINT,NOARP,MASTER/);
    expect(seen.link).toMatch(/link\/none/);
  });

  it('sends by turns over both tunnels', () => {
    expect(seen.shares).toHaveLength(2);
    for (const packets of seen.shares) expect(Math.abs(packets - 50)).toBeLessThan(3);
  });

  it.each([
    'new',
    'released and enslaved',
    'deleted and made anew',
    'one tunnel left',
    'all tunnels back',
    'module loaded again',
  ])('carries IPv4 and IPv6 from both ends: %s', (step) => {
    expect(seen.lost[step]).toEqual([0, 0, 0, 0]);
  });

  it('keeps addresses and routes while slaves leave and come back under traffic', () => {
    const { done, carried, before, after } = seen.cycles;
    expect(done).toBe(CYCLES);
    expect(carried).toBeGreaterThan(CYCLES);
    for (const line of [/^10\.77\.0\.0\/24/, /inet6 fd09::1\/64/, /^fd77::\/64/])
      expect(before).toContainEqual(expect.stringMatching(line));
    expect(after).toEqual(before);
  });

  it('stays, with addresses and routes, when its last tunnel is gone', () => {
    expect(seen.lastTunnel.slaves).toBe('');
    expect(seen.lastTunnel.before).toHaveLength(seen.cycles.before.length);
    expect(seen.lastTunnel.after).toEqual(seen.lastTunnel.before);
  });

  it('goes with the module, which can be unloaded under traffic', () => {
    expect(seen.unload).toEqual({ code: 0, bondsLeft: 0, loaded: false });
  });

  it('leaves nothing bad in the kernel log', () => {
    expect(seen.faults).toEqual([]);
  });
});

describe('tun devices in each mode of the patched driver', () => {
  let seen: TunBondModes;

  beforeAll(async () => {
    seen = (await play('tun-bond-modes', [], PATCHED)) as TunBondModes;
  });

  /** 8 rows of 5 pings; the numbers of both slaves in ascending order, whichever it is that sends. */
  it.each([
    ['mode balance-xor xmit_hash_policy layer2', [0, 40]],
    ['mode balance-xor xmit_hash_policy layer2+3', [0, 40]],
    ['mode balance-xor xmit_hash_policy vlan+srcmac', [0, 40]],
    ['mode balance-xor xmit_hash_policy layer3+4', [20, 20]],
    ['mode broadcast', [40, 40]],
    ['mode active-backup', [0, 40]],
    ['mode active-backup fail_over_mac active', [0, 40]],
    ['mode active-backup fail_over_mac follow', [0, 40]],
  ])('%s sends %j', (mode, expected) => {
    const { lost, sent } = seen.modes[mode] ?? { lost: -1, sent: [] };
    expect(lost).toBe(0);
    expect([...sent].sort((a, b) => a - b)).toEqual(expected);
  });

  it.each([
    'mode active-backup',
    'mode active-backup fail_over_mac active',
    'mode active-backup fail_over_mac follow',
  ])('%s goes over to the other slave', (mode) => {
    expect(seen.failover[mode]).toEqual({ lost: 0, sent: [0, 40] });
  });

  it('refuses tun in modes that need Ethernet addresses, also in a bond that had one before', () => {
    for (const mode of ['802.3ad', 'balance-tlb', 'balance-alb']) {
      expect(seen.verdicts[`tun in ${mode}`]).toMatch(/require devices with a hardware address/);
      expect(seen.verdicts[`tun in ${mode} after balance-rr`]).toBe(
        seen.verdicts[`tun in ${mode}`],
      );
      expect(seen.verdicts[`veth in ${mode} after that`]).toBe('ok');
    }
  });

  it('refuses to mix types, in words', () => {
    for (const what of ['tun beside veth', 'veth beside tun'])
      expect(seen.verdicts[what]).toMatch(/Device type is different from other slaves/);
    expect(seen.verdicts['tun that is up']).toMatch(/can not be enslaved while up/);
    expect(seen.verdicts['WireGuard beside tun']).toBe('ok');
  });

  it('makes an Ethernet bond again, with jumbo frames, of one that had a tun', () => {
    expect(seen.verdicts['veth after tun']).toBe('ok');
    expect(seen.verdicts['MTU 9000 after that']).toBe('ok');
  });

  it('leaves nothing bad in the kernel log', () => {
    expect(seen.faults).toEqual([]);
  });
});

describe('Ethernet bonds', () => {
  let stock: EthernetBonds;
  let patched: EthernetBonds;
  /** A stock driver forgets the greatest MTU; see patches/README.md. */
  const CORRECTED = /^Ethernet again: (link set b0 mtu 9000|b0)$/;

  beforeAll(async () => {
    const both = [play('ethernet-bonds', []), play('ethernet-bonds', [], PATCHED)];
    [stock, patched] = (await Promise.all(both)) as [EthernetBonds, EthernetBonds];
  });

  it('are the same on the patched driver as on the stock one, refusals included', () => {
    expect([stock.driver, patched.driver]).toEqual(['stock', 'patched']);
    const same = ({ answers }: EthernetBonds): Record<string, string> =>
      Object.fromEntries(Object.entries(answers).filter(([question]) => !CORRECTED.test(question)));
    expect(Object.keys(stock.answers).length).toBeGreaterThan(120);
    expect(same(patched)).toEqual(same(stock));
  });

  it('were really asked', () => {
    const { answers } = patched;
    const lost = Object.entries(answers).filter(([question]) => question.endsWith(': lost'));
    expect(lost).toHaveLength(12);
    expect(lost.filter(([, answer]) => answer !== '0')).toEqual([]);
    expect(answers['mode balance-rr: line1']).toMatch(/"address":"02:00:00:00:01:00"/);
    expect(answers['ipip in balance-rr: link set ip0 master b0']).toMatch(/not supported/);
    expect(answers['ipip in active-backup: b0']).toBe('gone');
  });

  it('have their MTU back after another type', () => {
    const question = 'Ethernet again: link set b0 mtu 9000';
    expect(stock.answers[question]).toMatch(/mtu greater than device maximum/);
    expect(patched.answers[question]).toBe('ok');
  });

  it('leave nothing bad in the kernel log', () => {
    expect([...stock.faults, ...patched.faults]).toEqual([]);
  });
});
