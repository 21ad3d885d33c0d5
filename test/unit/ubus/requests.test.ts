import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { int32 } from '../../../backend/src/ubus/codec/blob.ts';
import {
  ATTR,
  encodeMessage,
  parseMessage,
  TYPE,
} from '../../../backend/src/ubus/codec/message.ts';
import { Requests } from '../../../backend/src/ubus/requests.ts';

const about = { object: 'thing', method: 'do' };
let sent: number[];
let requests: Requests;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  requests = new Requests((frame) => {
    sent.push(parseMessage(frame).seq);
    return true;
  });
});
afterEach(() => vi.useRealTimers());

const ask = (peer = 7, options = {}): Promise<unknown> =>
  requests.request({ type: TYPE.INVOKE, peer }, [], about, options);

function reply(seq: number, peer: number, status: number): void {
  const bytes = encodeMessage({ type: TYPE.STATUS, seq, peer }, [int32(ATTR.STATUS, status)]);
  requests.receive(parseMessage(bytes));
}

describe('sequence numbers', () => {
  it('wrap from 65535 to 1 and skip those under way and those given up', async () => {
    const slow = ask();
    const abandoned = ask(7, { timeout: 10 });
    abandoned.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(10);
    for (let count = 3; count <= 65_535; count += 1) {
      const done = ask();
      reply(sent.at(-1) ?? 0, 7, 0);
      await done;
    }
    const next = ask();
    expect(sent.slice(0, 3)).toEqual([1, 2, 3]);
    expect(sent.slice(-2)).toEqual([65_535, 3]);
    expect(sent).not.toContain(0);
    reply(3, 7, 0);
    reply(1, 7, 0);
    await Promise.all([next, slow]);
  });

  it('come back into use with the late answer', async () => {
    const abandoned = ask(7, { timeout: 10 });
    abandoned.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(10);
    await expect(abandoned).rejects.toMatchObject({ status: 7 });
    reply(1, 7, 0);
    for (let count = 2; count <= 65_536; count += 1) {
      ask().catch(() => undefined);
      reply(sent.at(-1) ?? 0, 7, 0);
    }
    expect(sent.at(-1)).toBe(1);
  });

  it('fail clearly when all are in use', async () => {
    const all = Array.from({ length: 65_535 }, () => ask());
    await expect(ask()).rejects.toThrow(/thing do: out of memory .*all 65535 sequence numbers/);
    requests.fail('over');
    const ended = await Promise.allSettled(all);
    expect(ended.every(({ status }) => status === 'rejected')).toBe(true);
    // 65 535 promises with their errors: seconds on a machine that has other things to do.
  }, 30_000);
});

describe('answers', () => {
  it('count only with the peer that was asked', async () => {
    const one = ask(7);
    reply(1, 8, 4);
    reply(1, 7, 0);
    await expect(one).resolves.toEqual([]);
  });

  it('without a status are a parse error, not a success', async () => {
    const one = ask(7);
    requests.receive(parseMessage(encodeMessage({ type: TYPE.STATUS, seq: 1, peer: 7 }, [])));
    await expect(one).rejects.toMatchObject({ status: 12, code: 'PARSE_ERROR' });
  });

  it('are bounded in sum', async () => {
    const one = ask(7);
    const chunk = encodeMessage({ type: TYPE.DATA, seq: 1, peer: 7 }, [Buffer.alloc(1_000_000)]);
    for (let count = 0; count < 9; count += 1) requests.receive(parseMessage(chunk));
    await expect(one).rejects.toThrow(/over 8388608 bytes/);
  });
});

it('an aborted signal stops a request before anything is sent', async () => {
  await expect(ask(7, { signal: AbortSignal.abort(new Error('no more')) })).rejects.toThrow(
    'no more',
  );
  expect(sent).toEqual([]);
});

it('leaves no listener on the signal and no timer behind', async () => {
  const { signal } = new AbortController();
  const remove = vi.spyOn(signal, 'removeEventListener');
  const one = ask(7, { signal });
  reply(1, 7, 0);
  await one;
  expect(remove).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});
