import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Howto } from './guest/programs/howto.ts';
import { play } from './host/play.ts';
import { secondOpinion } from './host/second-opinion.ts';

/** bit/s of each line, both ways. */
const LINE = 4e6;

const ENDS = ['router', 'server'] as const;

describe("the HOWTO's own sample, as it is, on the patched driver", () => {
  let seen: Howto;

  beforeAll(async () => {
    const measure = async (): Promise<Howto> =>
      (await play('howto', ['4/4/20,4/4/20'], { driver: 'patched' })) as Howto;
    seen = await secondOpinion(measure, ({ down, up }) => Math.min(down, up) > 1.6 * LINE);
  });

  it.each(ENDS)('comes up at the %s: tun, both links, no errors', (end) => {
    const { state, driver, links, problems } = seen[end];
    expect({ state, driver }).toEqual({ state: 'up', driver: 'bond-tun' });
    expect(links.map(({ tunnel, up, slave }) => [tunnel, up, slave])).toEqual([
      ['tun0', true, true],
      ['tun1', true, true],
    ]);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('carries one flow each way over both lines', () => {
    expect(seen.down).toBeGreaterThan(1.6 * LINE);
    expect(seen.up).toBeGreaterThan(1.6 * LINE);
    for (const { rx_bytes, tx_bytes } of seen.router.links) {
      expect(rx_bytes).toBeGreaterThan(1e6);
      expect(tx_bytes).toBeGreaterThan(1e6);
    }
  });

  it('knows the other end by the authority of the HOWTO and its kind of certificate', () => {
    expect(seen.tunnels.router).toMatch(/^ca \/etc\/openvpn\/ca\.crt$/m);
    expect(seen.tunnels.router).toMatch(/^tls-auth \/etc\/openvpn\/ta\.key 1$/m);
    expect(seen.tunnels.router).toMatch(/^remote-cert-tls server$/m);
    expect(seen.tunnels.server).toMatch(/^remote-cert-tls client$/m);
    expect(seen.tunnels.server).toMatch(/^lport 1194$/m);
  });

  it.each(ENDS)('`bonding check` explains at the %s what it changed, and nothing else', (end) => {
    const golden = join(import.meta.dirname, `../cases/config/howto-${end}/problems.txt`);
    expect(seen.checks[end]).toBe(readFileSync(golden, 'utf8'));
  });

  it.each(ENDS)('the status of the %s tells the same', (end) => {
    const codes = new Set(seen[end].problems.map(({ code }) => code));
    expect([...codes].filter((code) => !/^(option-|table-name|link-of-router)/.test(code))).toEqual(
      [],
    );
  });
});
