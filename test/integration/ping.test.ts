import { spawn } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { openPings } from '../../backend/src/effects/ping.ts';
import { parseReply, type Reply } from '../../backend/src/monitor/latency.ts';
import { programsIn, testFolder } from '../fakes/folder.ts';

const folder = testFolder();
const TARGET = { source: '127.0.0.1', server: '127.0.0.2', period: 1 };

/** BusyBox's needs a raw socket, for which Debian gives it no right of its own. */
const dialects = ['/usr/bin/ping', '/bin/busybox'];
const asRoot = describe.skipIf(process.getuid?.() !== 0);

asRoot.each(dialects)('%s', (program) => {
  const usePing = (): void => {
    symlinkSync(program, folder.at('ping'));
    programsIn(folder.path);
  };

  it('says each reply at once, into a pipe, until it is ended', async () => {
    usePing();
    const replies: Reply[] = [];
    const times: number[] = [];
    const ended = vi.fn();
    const ping = openPings(folder.path).start(
      TARGET,
      (line) => {
        const reply = parseReply(line);
        if (reply === null) return;
        replies.push(reply);
        times.push(performance.now());
      },
      ended,
    );
    await vi.waitFor(() => expect(replies.length).toBeGreaterThanOrEqual(3), 8_000);
    const [first, second] = replies;
    expect([0, 1]).toContain(first?.seq);
    expect(second?.seq).toBe((first?.seq ?? 0) + 1);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(500);
    const pid = Number(readFileSync(folder.at('pings'), 'utf8').split(' ')[0]);
    ping.end();
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`)).toBe(false));
    expect(ended).not.toHaveBeenCalled();
  });

  it('dies with its next reply when nobody reads it any more', async () => {
    usePing();
    const argv = ['-n', '-i', '1', '-s', '16', '-I', TARGET.source, TARGET.server];
    const child = spawn(folder.at('ping'), argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    const gone = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await gone).toBe('SIGPIPE');
  });

  it('ends by itself where it cannot send', async () => {
    usePing();
    const ended = vi.fn();
    // 203.0.113.1 is nobody's here.
    openPings(folder.path).start({ ...TARGET, source: '203.0.113.1' }, () => {}, ended);
    await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce(), 5_000);
  });
});
