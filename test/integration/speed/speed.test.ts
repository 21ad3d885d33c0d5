import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TEST_PORT } from '../../../backend/src/plan/numbers.ts';
import { AWAY, dial, finished, HOME, linksOf, openEnd, pause, type TestEnd } from './ends.ts';

let home: TestEnd;
let away: TestEnd;

beforeEach(async () => {
  home = await openEnd(HOME, AWAY);
  away = await openEnd(AWAY, HOME);
});

afterEach(async () => {
  await home.speed.close();
  await away.speed.close();
});

const HELLO = { hello: 1, ports: [1194], seconds: 1, mac: null };
const line = (value: object): string => `${JSON.stringify(value)}\n`;
const portsOf = (end: TestEnd): unknown => [...(end.paths[0]?.ports ?? [])];

describe('a test between two ends', () => {
  it('measures each link and the bond in both directions', async () => {
    expect(home.speed.start([], 1)).toEqual({ id: 1, problem: null });
    const result = await finished(home);
    expect(result).toMatchObject({ id: 1, state: 'done', seconds: 1, problem: null });
    expect(result.links.map(({ name, skipped }) => [name, skipped])).toEqual([
      ['link0', null],
      ['link1', null],
    ]);
    for (const rates of [...result.links, result.bond])
      for (const value of [rates?.down, rates?.up]) expect(value).toBeGreaterThan(100e6);
    const [a, b] = result.links;
    expect(result.sum.down).toBe((a?.down ?? 0) + (b?.down ?? 0));
    expect(result.percent?.up).toBe(
      Math.round((100 * (result.bond?.up ?? 0)) / ((a?.up ?? 0) + (b?.up ?? 0))),
    );
    // Both ends are this process, which does nothing else meanwhile.
    for (const verdict of [result.verdict?.down, result.verdict?.up])
      expect(verdict?.text).toMatch(/^lines .*, bond .*; limit: (this router|the server)'s CPU/);
    expect(home.seen).toEqual(
      new Set(['link0 down', 'link0 up', 'link1 down', 'link1 up', 'bond down', 'bond up']),
    );
  });

  it('gives the same ports the same meaning at both ends, and takes the paths away again', async () => {
    away.subject.links = [...linksOf(2)].reverse().map((link, index) => {
      return { ...link, name: `other${index}` };
    });
    home.speed.start(['link1'], 1);
    await finished(home);
    await pause(50);
    expect(portsOf(home)).toEqual([['link1', TEST_PORT + 1]]);
    expect(portsOf(away)).toEqual([['other0', TEST_PORT + 1]]);
    for (const end of [home, away]) {
      expect(end.paths).toHaveLength(2);
      expect(end.paths[0]?.peerMac).toBe('02:00:00:00:00:01');
      expect(end.paths[1]).toBeNull();
    }
    expect(home.speed.result()).toMatchObject({ bond: null, percent: null });
    const left = await dial(HOME, AWAY, TEST_PORT + 1);
    expect(left.socket.destroyed).toBe(true);
  });

  it('leaves out what is not up, here or there, and what cannot be told apart', async () => {
    const links = [...linksOf(4), ...linksOf(1).map((link) => ({ ...link, name: 'twin' }))];
    home.subject.links = links.map((link) =>
      link.name === 'link1' ? { ...link, phase: 'down' } : link,
    );
    away.subject.links = linksOf(3).map((link) => ({ ...link }));
    home.speed.start([], 1);
    const result = await finished(home);
    expect(result.state).toBe('done');
    expect(result.links.map(({ name, skipped }) => [name, skipped])).toEqual([
      ['link0', 'it has the same port as twin'],
      ['link1', 'it is down'],
      ['link2', null],
      ['link3', 'it is not up at the other end'],
      ['twin', 'it has the same port as link0'],
    ]);
    expect(result.sum.down).toBe(result.links[2]?.down);
    expect(result.bond?.down).toBeGreaterThan(0);
  });

  it('runs once at a time, whoever asks', async () => {
    home.speed.start([], 1);
    await pause(400);
    expect(home.speed.start([], 1).problem?.text).toContain('a test is running already');
    expect(away.speed.start([], 1).problem?.text).toContain('a test is running already');
    const third = await dial(HOME, AWAY);
    third.socket.write(line(HELLO));
    await third.closed;
    expect(third.text()).toBe(line({ refused: 'a test is running there' }));
    expect((await finished(home)).state).toBe('done');
    // At once: the other end has hardly seen that it is over.
    expect(home.speed.start(['link0'], 1).problem).toBeNull();
    expect((await finished(home)).state).toBe('done');
  });

  it('can be stopped; the other end notices', async () => {
    home.speed.start([], 30);
    await pause(1_000);
    home.speed.stop();
    const result = await finished(home);
    expect(result).toMatchObject({ state: 'failed', progress: null });
    expect(result.problem?.text).toContain('it was stopped');
    await pause(50);
    expect(away.paths.at(-1)).toBeNull();
    expect(away.speed.start(['link0'], 1).problem).toBeNull();
    expect((await finished(away)).state).toBe('done');
  });

  it('ends when the other end goes', async () => {
    home.speed.start([], 30);
    await pause(1_000);
    await away.speed.close();
    const result = await finished(home);
    expect(result.problem?.code).toBe('test-broken');
    expect(home.paths.at(-1)).toBeNull();
  });

  it('ends when the bond goes, and listens again when it is back', async () => {
    home.speed.start([], 30);
    await pause(700);
    home.present = false;
    home.speed.sync();
    expect((await finished(home)).state).toBe('failed');
    expect((await dial(AWAY, HOME)).socket.destroyed).toBe(true);
    expect(home.speed.start([], 1).problem?.text).toContain('the bond is not up');
    home.present = true;
    home.speed.sync();
    await pause(50);
    expect((await dial(AWAY, HOME)).socket.destroyed).toBe(false);
  });
});

describe('a test that cannot be', () => {
  it('names the port when nobody answers there', async () => {
    await away.speed.close();
    home.speed.start([], 1);
    const { problem } = await finished(home);
    expect(problem?.code).toBe('test-peer');
    expect(problem?.text).toContain(`${AWAY}, TCP port ${TEST_PORT} (connect ECONNREFUSED`);
    expect(problem?.fix).toContain(`TCP ports ${TEST_PORT} to ${TEST_PORT + 2}`);
    expect(home.paths).toEqual([]);
  });

  it.each<[string[], number, string]>([
    [['link7'], 1, "there is no link 'link7'"],
    [[], 0, '0 seconds is not from 1 to 60'],
    [[], 61, '61 seconds'],
  ])('is refused: links %j, %d seconds', (links, seconds, why) => {
    expect(home.speed.start(links, seconds).problem?.text).toContain(why);
    expect(home.speed.result().state).toBe('idle');
  });

  it('is refused without a link that is up', () => {
    for (const link of home.subject.links) link.phase = 'connecting';
    expect(home.speed.start([], 1).problem?.text).toContain('no link is up');
  });

  it.each(['here', 'there'])('says why the paths cannot be made %s', async (where) => {
    (where === 'here' ? home : away).broken = 'no nft';
    home.speed.start([], 1);
    const result = await finished(home);
    expect(result.state).toBe('failed');
    expect(result.problem?.text).toContain('no nft');
    await pause(50);
    for (const end of [home, away]) expect(end.paths.at(-1) ?? null).toBeNull();
  });

  it('is only logged when the port is taken', async () => {
    const twin = await openEnd(HOME, AWAY);
    expect(twin.logged.join()).toContain('EADDRINUSE');
    await twin.speed.close();
  });
});

describe('who is not the peer', () => {
  it('is not listened to', async () => {
    const other = await dial('127.0.81.9', AWAY);
    other.socket.write(line(HELLO));
    await other.closed;
    expect(other.text()).toBe('');
    expect(away.paths).toEqual([]);
  });
});

describe('a peer that talks nonsense', () => {
  it.each([
    ['garbage', 'GET / HTTP/1.1\r\n\r\n'],
    ['a list', '[]\n'],
    ['a line without end', 'x'.repeat(5_000)],
    ['a long line', `{"hello":"${'x'.repeat(5_000)}"}\n`],
    ['an unknown token', line({ token: 'guess', seconds: 1, send: true })],
  ])('%s closes the connection', async (_name, text) => {
    const bad = await dial(HOME, AWAY);
    bad.socket.write(text);
    await bad.closed;
    expect(bad.text()).toBe('');
    expect(away.paths).toEqual([]);
  });

  it.each([
    ['another version', { ...HELLO, hello: 2 }],
    ['too long', { ...HELLO, seconds: 3_600 }],
    ['too many ports', { ...HELLO, ports: Array.from({ length: 9 }, () => 1194) }],
    ['a port that is none', { ...HELLO, ports: ['1194; reboot'] }],
  ])('%s is refused', async (_name, hello) => {
    const bad = await dial(HOME, AWAY);
    bad.socket.write(line(hello));
    await bad.closed;
    expect(JSON.parse(bad.text())).toEqual({ refused: 'it has another version of bonding' });
    expect(away.paths).toEqual([]);
  });

  it('an address that is none never gets into a command', async () => {
    const bad = await dial(HOME, AWAY);
    bad.socket.write(line({ ...HELLO, mac: 'aa:bb dev lo' }));
    await pause(100);
    expect(away.paths[0]?.peerMac).toBeNull();
    bad.socket.destroy();
  });
});
