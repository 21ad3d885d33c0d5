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
