import { appendFileSync, rmSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Logs, openLogs } from '../../../backend/src/daemon/logs.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
let logs: Logs;

beforeEach(() => {
  logs = openLogs((link) => folder.at(`${link}.log`));
});

/** OpenVPN writes a line of a link's log. */
function say(link: string, ...texts: string[]): void {
  for (const text of texts)
    appendFileSync(folder.at(`${link}.log`), `1700000000.000001 1 ${text}\n`);
}

const CONNECTED = 'Initialization Sequence Completed';
const LOST = 'SIGUSR1[soft,ping-restart] received, process restarting';
const BUSY = 'Restart pause, 1 second(s)';
const kinds = (link: string) => logs.take(link).map(({ kind }) => kind);

describe('the tunnels’ logs', () => {
  it('are read whole at the first look: that is how the next daemon learns what is', () => {
    say('link0', 'OpenVPN 2.6.14', CONNECTED, LOST, BUSY, CONNECTED);
    expect(kinds('link0')).toEqual(['connected', 'lost', 'connected']);
    expect(kinds('link0')).toEqual([]);
    expect(kinds('link1')).toEqual([]);
  });

  it('wait for the next round, in order, each once', () => {
    say('link0', CONNECTED);
    expect(logs.pump(['link0', 'link1'])).toBe(true);
    say('link0', LOST);
    expect(logs.pump(['link0', 'link1'])).toBe(true);
    say('link0', CONNECTED);
    expect(kinds('link0')).toEqual(['connected', 'lost', 'connected']);
    expect(logs.pump(['link0', 'link1'])).toBe(false);
    expect(kinds('link0')).toEqual([]);
  });

  it('make no round for lines that change nothing', () => {
    say('link0', BUSY, 'UDPv4 link remote: [AF_INET]198.51.100.1:1194', 'anything else');
    appendFileSync(folder.at('link0.log'), 'no line of OpenVPN\n');
    expect(logs.pump(['link0'])).toBe(false);
  });

  it('keep the state of a tunnel through a cut, for the next daemon', () => {
    say('link0', CONNECTED);
    say('link0', ...Array<string>(1_500).fill(`${BUSY} ${'x'.repeat(40)}`));
    for (let i = 0; i < 5; i += 1) logs.take('link0');
    logs = openLogs((link) => folder.at(`${link}.log`));
    expect(kinds('link0')).toEqual(['connected']);
  });

  it('of two links do not mix', () => {
    say('link0', CONNECTED);
    say('link1', LOST);
    logs.pump(['link0', 'link1']);
    expect(kinds('link1')).toEqual(['lost']);
    rmSync(folder.at('link1.log'));
    expect(kinds('link0')).toEqual(['connected']);
  });
});

describe('what comes into our own log', () => {
  let said: string[];
  let now: number;

  beforeEach(() => {
    said = [];
    now = 0;
    logs = openLogs(
      (link) => folder.at(`${link}.log`),
      (line, severity = 'info') => void said.push(`${severity} ${line}`),
      () => now,
    );
  });

  /** A line with flags of its own, in hex. */
  function flagged(flags: string, text: string): void {
    appendFileSync(folder.at('link0.log'), `1700000000.000001 ${flags} ${text}\n`);
  }

  it('is that a tunnel connects, is lost or ends, and what it calls an error', () => {
    logs.pump(['link0']);
    say('link0', 'OpenVPN 2.6.14', CONNECTED, LOST, BUSY);
    flagged('21', 'TLS Error: TLS handshake failed');
    flagged('21', 'TLS Error: Unroutable control packet received from [AF_INET]192.0.2.1:1');
    flagged('10', 'Cannot open TUN/TAP dev /dev/net/tun');
    logs.pump(['link0']);
    expect(said).toEqual([
      `info openvpn(link0): ${CONNECTED}`,
      `info openvpn(link0): ${LOST}`,
      'warning openvpn(link0): TLS Error: TLS handshake failed',
      'error openvpn(link0): Cannot open TUN/TAP dev /dev/net/tun',
    ]);
  });

  it('is not what was there before us', () => {
    say('link0', CONNECTED);
    logs.take('link0');
    expect(said).toEqual([]);
    expect(logs.traceOf('link0')?.state).toBe('connected');
  });

  it('is no flood: twenty lines a minute and tunnel, then how many more there were', () => {
    logs.pump(['link0', 'link1']);
    for (let i = 0; i < 500; i += 1) flagged('21', `TLS Error: no. ${i}`);
    say('link1', CONNECTED);
    logs.pump(['link0', 'link1']);
    expect(said).toHaveLength(21);
    expect(said.at(-1)).toContain('openvpn(link1)');
    now = 60_000;
    flagged('21', 'TLS Error: later');
    logs.pump(['link0']);
    expect(said.slice(21)).toEqual([
      'warning openvpn(link0): 480 more lines are in its log',
      'warning openvpn(link0): TLS Error: later',
    ]);
  });

  it('says once that a log is too fast to be read, and reads no more than a piece a second', () => {
    logs.pump(['link0']);
    const flood = `1700000000.000001 21 write to TUN/TAP : File descriptor in bad state\n`;
    for (let second = 0; second < 10; second += 1) {
      now = second * 1_000;
      appendFileSync(folder.at('link0.log'), flood.repeat(60_000));
      // each line written wakes us: nothing of that may be work
      const began = performance.now();
      for (let i = 0; i < 5_000; i += 1) logs.pump(['link0']);
      expect(performance.now() - began).toBeLessThan(1_000);
    }
    const told = said.filter((line) => line.includes('faster than it is read'));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^warning openvpn\(link0\): .*; \d+ KiB were skipped$/);
    now += 2_000;
    logs.pump(['link0']);
    appendFileSync(folder.at('link0.log'), flood);
    say('link0', LOST);
    now += 2_000;
    expect(kinds('link0')).toEqual(['lost']);
  });
});
