import { describe, expect, it } from 'vitest';
import { bytes, duration, rate, statusTable } from '../../../backend/src/cli/table.ts';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { SAMPLE_PROBLEM, sampleLink, sampleSnapshot } from '../luci-ui/sample.ts';

const ESC = '\x1b[';
const lines = (snapshot: Snapshot, colour = false) => statusTable(snapshot, colour).split('\n');
/** Head of the table and its rows. */
const rows = (snapshot: Snapshot) => {
  const all = lines(snapshot);
  const head = all.findIndex((line) => line.startsWith('link  ') || line.startsWith('link '));
  return all.slice(head, head + 1 + snapshot.links.length);
};

describe('the table', () => {
  it('says in its head how things stand', () => {
    const [first, second, third] = lines(sampleSnapshot({ since: 3_725 }));
    expect(first).toBe('bond bond0: up for 1h 2m, 2 of 2 links up');
    expect(second).toContain('10.0.0.2 to 10.0.0.1, balance-rr, bond-tap, mtu 1400');
    expect(third).toBe('  down 16.0 kbit/s, up 8.0 kbit/s, received 2.0 KiB, sent 1000 B');
  });

  it('does not count links that are switched off', () => {
    const off = sampleLink('b', { enabled: false, up: false, state: 'disabled' });
    const snapshot = sampleSnapshot({ links: [sampleLink('a'), off], driver: null });
    expect(lines(snapshot)[0]).toContain('1 of 1 links up');
    expect(lines(snapshot)[1]).toContain('no driver');
  });

  it('has columns that stand below each other, with eight links and names of all lengths', () => {
    const links = Array.from({ length: 8 }, (_, i) =>
      sampleLink(`link${'x'.repeat(i * 4)}`, {
        interface: i % 2 ? 'wan' : 'a_long_wan_name',
        state: i % 2 ? 'up' : 'connecting',
        rx_rate: 10 ** i,
        rx_bytes: 7 ** i,
        slave: i > 3,
        l3_device: i === 0 ? null : 'pppoe-wan',
      }),
    );
    const table = rows(sampleSnapshot({ links }));
    expect(table).toHaveLength(9);
    const head = table[0] ?? '';
    const starts = [...head.matchAll(/(?<=^| {2})\S+(?: \S+)*/g)].map((found) => found.index);
    expect(starts).toHaveLength(12);
    for (const row of table) {
      expect(row).toBe(row.trimEnd());
      for (const start of starts.slice(1)) {
        expect(row.slice(start - 2, start)).toBe('  ');
        expect(row[start]).toMatch(/\S/);
      }
    }
  });

  it('says how much is to go over each link, both ways where they differ', () => {
    const links = [
      sampleLink('a', { weight: { rx: 0.8, tx: 0.833 } }),
      sampleLink('b', { weight: { rx: null, tx: 0.167 } }),
      sampleLink('c', { weight: { rx: null, tx: null } }),
    ];
    const at = (rows(sampleSnapshot({ links }))[0] ?? '').indexOf('weight');
    const cells = rows(sampleSnapshot({ links })).map((row) => row.slice(at, at + 12).trim());
    expect(cells).toEqual(
      ['weight', '83 % (80 %)', '17 %', '-'].map((cell) => expect.stringContaining(cell)),
    );
  });

  it('says below why a link is out, once', () => {
    const out = sampleLink('b', { up: false, state: 'down', problem: SAMPLE_PROBLEM });
    const links = [sampleLink('a'), out];
    const line = `b: ${SAMPLE_PROBLEM.text}`;
    expect(lines(sampleSnapshot({ links }))).toContain(line);
    expect(lines(sampleSnapshot({ links, problems: [SAMPLE_PROBLEM] }))).not.toContain(line);
  });

  it('has a second one for the forwards of a server', () => {
    const web = { name: 'web', proto: 'tcp' as const, port: '80', dest_ip: '192.168.1.2' };
    const counted = { ...web, dest_port: '8080', enabled: true, active: true, connections: 41 };
    const forwards = [
      counted,
      { ...counted, name: 'games', proto: 'tcpudp' as const, active: false, connections: 0 },
      { ...counted, name: 'off', enabled: false, active: false, connections: 0 },
    ];
    const all = lines(sampleSnapshot({ forwards }));
    const at = all.findIndex((line) => line.startsWith('forward '));
    expect(all.slice(at - 1, at + 4)).toEqual([
      '',
      'forward  protocol  port  to                state     connections',
      'web      tcp       80    192.168.1.2:8080  active    41',
      'games    tcp, udp  80    192.168.1.2:8080  waiting   0',
      'off      tcp       80    192.168.1.2:8080  disabled  0',
    ]);
    expect(lines(sampleSnapshot()).some((line) => line.startsWith('forward'))).toBe(false);
  });

  it('has only its head without links', () => {
    const snapshot = sampleSnapshot({ links: [], state: 'fallback' });
    expect(rows(snapshot)).toHaveLength(1);
    expect(lines(snapshot)[0]).toContain('0 of 0 links up');
  });

  it('ends in one newline, and has no problems where there are none', () => {
    const text = statusTable(sampleSnapshot(), false);
    expect(text).toMatch(/[^\n]\n$/);
    expect(text).not.toContain('fix:');
  });

  it('names problems with their fixes below; a very long one leaves the columns alone', () => {
    const long = { ...SAMPLE_PROBLEM, text: 'long '.repeat(2_000) };
    const snapshot = sampleSnapshot({ problems: [SAMPLE_PROBLEM, long] });
    expect(rows(snapshot)).toEqual(rows(sampleSnapshot()));
    const text = statusTable(snapshot, false);
    expect(text).toContain(
      "\n\nwarning: link 'link1': nothing is heard from the other end\n  fix: look at the modem\n",
    );
    expect(text).toContain(long.text);
  });
});

describe('colours', () => {
  const problems = [SAMPLE_PROBLEM, { ...SAMPLE_PROBLEM, severity: 'error' as const }];
  const links = [sampleLink('a'), sampleLink('b', { state: 'down', up: false })];
  const snapshot = sampleSnapshot({ state: 'degraded', links, problems });

  it('are there only when asked for', () => {
    expect(statusTable(snapshot, false)).not.toContain('\x1b');
    expect(statusTable(snapshot, true)).toContain(ESC);
  });

  it('change nothing but the colour', () => {
    const coloured = statusTable(snapshot, true);
    expect(coloured.replace(/\x1b\[\d*m/g, '')).toBe(statusTable(snapshot, false));
    const opened = coloured.split(ESC).length - 1;
    expect(coloured.split(`${ESC}0m`).length - 1).toBe(opened / 2);
  });

  it('are green for up, yellow for half, red for down', () => {
    const [head] = lines(snapshot, true);
    expect(head).toContain(`${ESC}33mdegraded`);
    const table = statusTable(snapshot, true);
    expect(table).toMatch(/\x1b\[32mup +\x1b\[0m/);
    expect(table).toMatch(/\x1b\[31mdown +\x1b\[0m/);
    expect(table).toContain(`${ESC}31merror${ESC}0m`);
    expect(table).toContain(`${ESC}33mwarning${ESC}0m`);
  });
});

describe('numbers', () => {
  it.each([
    [0, '0 bit/s'],
    [999, '999 bit/s'],
    [1_000, '1.0 kbit/s'],
    [12_345_678, '12.3 Mbit/s'],
    [9.9e13, '99000.0 Gbit/s'],
  ])('rate %d is %s', (value, text) => expect(rate(value)).toBe(text));

  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_024, '1.0 KiB'],
    [12_345_678, '11.8 MiB'],
    [2 ** 50, '1024.0 TiB'],
  ])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));

  it.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m 0s'],
    [3_599, '59m 59s'],
    [3_725, '1h 2m'],
    [86_399, '23h 59m'],
    [90_000, '1d 1h'],
  ])('%d seconds are %s', (value, text) => expect(duration(value)).toBe(text));
});
