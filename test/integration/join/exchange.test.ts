import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { ensureIdentity } from '../../../backend/src/effects/identity.ts';
import { CODE_LIFE, newCode } from '../../../backend/src/setup/code.ts';
import { isDoorNeedless } from '../../../backend/src/setup/door.ts';
import { parse } from '../../../backend/src/uci/index.ts';
import { TLS_KEY } from '../../fakes/join.ts';
import { newPair, type Pair, ROUTER_CONFIG, type Router, SERVER_CONFIG } from './pair.ts';

let pair: Pair;
let router: Router;

beforeEach(async () => {
  pair = await newPair();
  router = pair.router('router');
});
afterEach(() => pair.dispose());

const serverText = () => readFileSync(pair.server.configPath, 'utf8');
const untouched = () => SERVER_CONFIG(pair.port, join(pair.server.keyFolder, 'tls-crypt.key'));
const printOf = ({ options }: Router) => ensureIdentity(options.keyFolder).fingerprint;
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** What is in the router's folder besides its identity, which the first exchange makes. */
function changed(of: Router): string[] {
  const { 'config/bonding': config, ...rest } = of.tree();
  const more = Object.keys(rest).filter((name) => !/^(config|keys|keys\/bonding\..*)$/.test(name));
  return config === `644 ${ROUTER_CONFIG}` ? more : ['config/bonding', ...more];
}

describe('joining', () => {
  it('changes nothing before it is wanted, then all of it, at both ends', async () => {
    await pair.open();
    const plan = await router.plan(pair.newCode());
    expect(plan.name).toBe('home');
    expect(plan.diff).toContain("-\toption enabled '0'\n");
    expect(plan.diff).toContain("+config link 'link1'\n+\toption interface 'lte'\n");
    expect(changed(router)).toEqual([]);
    expect(serverText()).toBe(untouched());
    expect(pair.joined).toEqual([]);

    expect(await plan.commit()).toBeNull();
    const print = printOf(router);
    expect(pair.joined).toEqual([print]);
    expect(serverText()).toBe(
      untouched().replace("'bond'\n", `'bond'\n\tlist peer_fingerprint '${print}'\n`),
    );
    expect(mode(pair.server.configPath)).toBe('640');

    const { keyFolder, configPath } = router.options;
    const { config, problems } = load(parse(readFileSync(configPath, 'utf8')));
    expect(problems).toEqual([]);
    expect(config?.bond.peerFingerprint).toEqual([
      ensureIdentity(pair.server.keyFolder).fingerprint,
    ]);
    expect(config?.links.map((link) => [link.interface, link.remotePort])).toEqual([
      ['wan', pair.port],
      ['lte', pair.port + 1],
    ]);
    expect(readFileSync(join(keyFolder, 'tls-crypt.key'), 'utf8')).toBe(TLS_KEY);
    expect(readFileSync(join(keyFolder, 'config.before-join'), 'utf8')).toBe(ROUTER_CONFIG);
    expect(mode(configPath)).toBe('644');
    expect(mode(keyFolder)).toBe('700');
    expect(Object.keys(router.tree()).sort()).toEqual([
      ...['config', 'config/bonding', 'keys', 'keys/bonding.crt', 'keys/bonding.key'],
      ...['keys/config.before-join', 'keys/tls-crypt.key'],
    ]);
    for (const name of ['bonding.key', 'tls-crypt.key', 'config.before-join'])
      expect(mode(join(keyFolder, name))).toBe('600');
  });

  it('works once; for the same router again, and that changes nothing', async () => {
    await pair.open();
    const code = pair.newCode();
    expect(await router.join(code)).toBeNull();
    const before = router.tree();
    const text = serverText();
    const plan = await router.plan(code);
    expect(plan.diff).toBe('');
    expect(await plan.commit()).toBeNull();
    expect(router.tree()).toEqual(before);
    expect(serverText()).toBe(text);
    expect(pair.joined).toHaveLength(1);

    const other = pair.router('other');
    expect(await other.join(code)).toBe('join-refused');
    expect(changed(other)).toEqual([]);
    expect(serverText()).toBe(text);
  });

  it('a new code takes a new router in place of the old one', async () => {
    await pair.open();
    expect(await router.join(pair.newCode())).toBeNull();
    const other = pair.router('other');
    expect(await other.join(pair.newCode())).toBeNull();
    expect(serverText()).toContain(printOf(other));
    expect(serverText()).not.toContain(printOf(router));
  });

  it('of two at once, one wins', async () => {
    await pair.open();
    const code = pair.newCode();
    const routers = ['a', 'b', 'c'].map((name) => pair.router(name));
    const plans = await Promise.all(routers.map((one) => one.plan(code)));
    const ends = await Promise.all(plans.map((plan) => plan.commit()));
    expect(ends.filter((end) => end === null)).toHaveLength(1);
    expect(ends.filter((end) => end?.code === 'join-refused')).toHaveLength(2);
    const winner = routers.filter((_, index) => ends[index] === null).map(printOf);
    expect(pair.joined).toEqual(winner);
    expect(load(parse(serverText())).config?.bond.peerFingerprint).toEqual(winner);
    for (const [index, one] of routers.entries())
      expect(changed(one).length > 0).toBe(ends[index] === null);
  });

  it('the clock of the router says nothing, that of the server when a code ends', async () => {
    const made = 1_000_000_000;
    const clock = { now: made };
    await pair.open({ now: () => clock.now });
    const code = pair.newCode({ now: made });
    clock.now = made + CODE_LIFE + 1;
    expect(await router.join(code)).toBe('join-refused');
    clock.now = made + CODE_LIFE;
    expect(await router.join(code)).toBeNull();
    clock.now = made + 10 * CODE_LIFE;
    expect(await router.join(code)).toBeNull();
    expect(await pair.router('other').join(code)).toBe('join-refused');
    expect(pair.refused.at(-1)).toMatch(/^a router: used/);
  });

  it('the answer to the confirmation was lost: nothing here, and again works', async () => {
    const between: Socket[] = [];
    const proxy = createServer((socket) => {
      between.push(socket);
      const behind = connectTcp(door.port, '127.0.0.1');
      socket.on('error', () => {});
      behind.on('error', () => {});
      socket.pipe(behind).pipe(socket);
    });
    // The server says that it has taken the router in just before it answers.
    const door = await pair.open({
      port: 0,
      joined: () => {
        for (const socket of between) socket.destroy();
      },
    });
    await new Promise<void>((resolve) => proxy.listen(pair.port, '127.0.0.1', resolve));
    const code = pair.newCode();
    expect(await router.join(code)).toBe('join-unsure');
    expect(changed(router)).toEqual([]);
    expect(serverText()).toContain(printOf(router));
    expect(await router.join(code)).toBeNull();
    expect(changed(router)).not.toEqual([]);
    await new Promise((resolve) => proxy.close(resolve));
  });
});

describe('joining without network', () => {
  it('the code carries everything, and the server knows the router at once', async () => {
    const code = pair.newCode({ offline: true });
    expect(code.length).toBeLessThan(3_000);
    const plan = await router.plan(code);
    // The identity was not made: it comes with the code.
    expect(Object.keys(router.tree())).toEqual(['config', 'config/bonding']);
    expect(await plan.commit()).toBeNull();
    expect(load(parse(serverText())).config?.bond.peerFingerprint).toEqual([printOf(router)]);
    for (const name of ['bonding.key', 'bonding.crt', 'tls-crypt.key'])
      expect(mode(join(router.options.keyFolder, name))).toBe('600');
    expect(mode(router.options.keyFolder)).toBe('700');
  });

  it('keeps the identity that was there, and voids the code before it', async () => {
    const old = printOf(router);
    const before = pair.newCode();
    await pair.open();
    expect(await router.join(pair.newCode({ offline: true }))).toBeNull();
    expect(printOf(router)).not.toBe(old);
    const names = Object.keys(router.tree());
    expect(names).toContain('keys/bonding.key.before-join');
    expect(await pair.router('other').join(before)).toBe('join-refused');
    expect(pair.refused.at(-1)).toMatch(/^a router: closed/);
  });
});

describe('what the reader is told', () => {
  it('files, links left out, comments, changes of uci, a server until now', async () => {
    await pair.open();
    const { pendingPath = '', configPath } = router.options;
    writeFileSync(pendingPath, 'bonding.bond.mtu=1300\n');
    writeFileSync(
      configPath,
      `# mine\n${ROUTER_CONFIG.replace('option enabled', 'option role server\n\toption enabled')}`,
    );
    const one = pair.router('router', { findWans: async () => ['wan'], pendingPath });
    const { notes, diff } = await one.plan(pair.newCode());
    expect(diff).not.toContain('# mine');
    expect(notes).toEqual([
      'the server has 2 links, and here are 1 WANs (wan); left out: link1',
      'until now this end was a server',
      `comments in ${configPath} are not kept, as with uci commit`,
      expect.stringContaining('uci changes bonding'),
      expect.stringMatching(/^files that are written: .*tls-crypt\.key, .*before-join, .*bonding$/),
    ]);
  });

  it("what LuCI's sessions have not applied yet", async () => {
    await pair.open();
    const { sessionsFolder = '' } = router.options;
    mkdirSync(join(sessionsFolder, 'uci-0a1b'), { recursive: true });
    mkdirSync(join(sessionsFolder, 'uci-2c3d'), { recursive: true });
    mkdirSync(join(sessionsFolder, 'sessions'));
    writeFileSync(join(sessionsFolder, 'uci-0a1b/network'), "network.wan.metric='3'\n");
    writeFileSync(join(sessionsFolder, 'uci-0a1b/bonding'), '');
    const told = async () => (await router.plan(pair.newCode())).notes.join('\n');
    expect(await told()).not.toContain('LuCI');
    writeFileSync(join(sessionsFolder, 'uci-2c3d/bonding'), "bonding.bond.mtu='1300'\n");
    expect(await told()).toContain('changes of bonding in LuCI that are not applied yet');
    expect(await told()).not.toContain('uci changes bonding');
  });

  it('WANs by name, in that order, also one that is away', async () => {
    await pair.open();
    const named = pair.router('router', { wans: ['lte', 'dsl', 'third'] });
    const { diff, notes } = await named.plan(pair.newCode());
    expect([...diff.matchAll(/option interface '(\w+)'/g)].map((found) => found[1])).toEqual([
      'lte',
      'dsl',
    ]);
    expect(notes).toContain("WAN 'dsl' is not up with a default route now; its link waits for it");
    expect(notes).toContain('the server has 2 links; without one: WAN third');
  });
});

describe('nothing is half done', () => {
  it.each<[string, string, (code: string) => Promise<string> | string]>([
    ['a code that was cut off', 'join-code', (code) => code.slice(0, -5)],
    [
      'a code with a slip',
      'join-code',
      (code) => code.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    ],
    ['an older code', 'join-refused', (code) => (pair.newCode() === '' ? '' : code)],
    [
      'no code outstanding',
      'join-refused',
      (code) => {
        rmSync(join(pair.server.keyFolder, 'join.json'));
        return code;
      },
    ],
    [
      'a server whose configuration is broken now',
      'join-refused',
      (code) => {
        writeFileSync(pair.server.configPath, "config interface 'bond\n");
        return code;
      },
    ],
  ])('%s: %s', async (_, expected, spoil) => {
    await pair.open();
    expect(await router.join(await spoil(pair.newCode()))).toBe(expected);
    expect(changed(router)).toEqual([]);
    expect(pair.joined).toEqual([]);
  });

  it('nobody answers', async () => {
    const code = pair.newCode();
    expect(await router.join(code)).toBe('join-unreachable');
    expect(changed(router)).toEqual([]);
  });

  it('another server answers, and is told nothing', async () => {
    const code = pair.newCode();
    const heard: string[] = [];
    const { openDoor } = await import('../../../backend/src/setup/door.ts');
    const stranger = await openDoor({
      ...pair.server,
      keyFolder: join(pair.folder, 'stranger'),
      port: pair.port,
      host: '127.0.0.1',
      joined: () => heard.push('joined'),
      refused: (who, why) => heard.push(`${who}: ${why}`),
    });
    expect(await router.join(code)).toBe('join-stranger');
    expect(heard).toEqual([]);
    expect(changed(router)).toEqual([]);
    await stranger.close();
  });

  it.each([
    ['plain HTTP', 'join-answer', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['nothing at all', 'join-unreachable', null],
  ])('%s answers: %s', async (_, expected, text) => {
    const sockets: Socket[] = [];
    const odd = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      if (text !== null) socket.end(text);
    });
    await new Promise<void>((resolve) => odd.listen(pair.port, '127.0.0.1', resolve));
    const hasty = pair.router('router', { timeLimit: 400 });
    expect(await hasty.join(pair.newCode())).toBe(expected);
    expect(changed(hasty)).toEqual([]);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => odd.close(resolve));
  });

  it('the configuration cannot be written: the server is not told', async () => {
    await pair.open();
    const file = join(pair.folder, 'file');
    writeFileSync(file, '');
    const stuck = pair.router('router', { configPath: join(file, 'bonding') });
    expect(await stuck.join(pair.newCode())).toBe('join-write');
    expect(pair.joined).toEqual([]);
    expect(changed(stuck)).toEqual([]);
    const noKeys = pair.router('router', { keyFolder: join(file, 'keys') });
    expect(await noKeys.join(pair.newCode())).toBe('join-write');
  });

  it('the configuration was changed while the reader was reading', async () => {
    await pair.open();
    const plan = await router.plan(pair.newCode());
    writeFileSync(router.options.configPath, `${ROUTER_CONFIG}# more\n`);
    expect((await plan.commit())?.code).toBe('join-write');
    expect(pair.joined).toEqual([]);
  });

  it('the configuration cannot be read', async () => {
    await pair.open();
    writeFileSync(router.options.configPath, "config interface 'bond\n");
    expect(await router.join(pair.newCode())).toBe('config-syntax');
  });

  it('there is no WAN', async () => {
    await pair.open();
    const alone = pair.router('router', { findWans: async () => [] });
    expect(await alone.join(pair.newCode())).toBe('join-wans');
    const wrong = pair.router('router', { wans: ["w'an"] });
    expect(await wrong.join(pair.newCode())).toBe('join-wans');
    expect(changed(wrong)).toEqual([]);
  });
});

describe('the end of a code', () => {
  const needless = (now: number) => isDoorNeedless(pair.server.keyFolder, now);
  const file = () => join(pair.server.keyFolder, 'join.json');

  it('is an hour after its day, and then nothing of it is left', () => {
    pair.newCode({ now: 0 });
    expect(mode(file())).toBe('600');
    expect(needless(CODE_LIFE + 3600)).toBe(false);
    expect(needless(CODE_LIFE + 3601)).toBe(true);
    expect(existsSync(file())).toBe(false);
  });

  it('is an hour after a router has joined', async () => {
    await pair.open({ now: () => 5_000 });
    expect(await router.join(pair.newCode({ now: 0 }))).toBeNull();
    expect(needless(5_000 + 3600)).toBe(false);
    expect(needless(5_000 + 3601)).toBe(true);
  });

  it('a file that is damaged is said, and stays', () => {
    writeFileSync(file(), '{"secret"');
    expect(() => needless(0)).toThrow(/join\.json is damaged; make a new code/);
    expect(existsSync(file())).toBe(true);
  });

  it('a code needs an address that routers can reach, and keeps a new one', () => {
    const { configPath } = pair.server;
    const without = untouched().replace(/\toption public_ipaddr .*\n/, '');
    writeFileSync(configPath, without);
    expect(() => pair.newCode()).toThrow(/public_ipaddr.*--public/);
    expect(existsSync(file())).toBe(false);
    expect(() => newCode(pair.server, { public: 'a b' })).toThrow(/neither an IPv4 address/);
    expect(newCode(pair.server, { public: 'vps.example.net' })).toMatchObject({ changed: true });
    expect(serverText()).toBe(
      without.replace("'bond'\n", "'bond'\n\toption public_ipaddr 'vps.example.net'\n"),
    );
    expect(newCode(pair.server, { public: 'vps.example.net' })).toMatchObject({
      changed: false,
      port: pair.port,
    });
  });
});
