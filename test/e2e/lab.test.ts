import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../../backend/src/status/snapshot.ts';
import { fromTable } from '../../backend/src/status/ubus-object.ts';
import { LOOKS, type Look, openBrowser, openView, type View } from './host/browser.ts';
import { asked, button, card, untilBySocket, untilLive, whenShown } from './host/cards.ts';
import { PAGE_PORT, type PageLab, ROUTER, startPageLab } from './host/lab.ts';
import { type Luci, STRICT_CSP, startLuci, type ViewOptions } from './host/luci-server.ts';
import { type Door, type Fate, openSocket, type RawSocket } from './host/raw-socket.ts';

/** The page in a browser against the real daemon, with real lines, in the lab's machine. */
let lab: PageLab;
let luci: Luci;
let browser: Browser;
const views: View[] = [];

beforeAll(async () => {
  lab = await startPageLab();
  luci = await startLuci(lab.bus);
  // The browser has the router's address, as in its LAN.
  const rules = `MAP ${ROUTER}:${PAGE_PORT} 127.0.0.1:${lab.lan}, MAP ${ROUTER} 127.0.0.1`;
  browser = await openBrowser([`--host-resolver-rules=${rules}`]);
});

afterEach(async () => {
  for (const view of views.splice(0)) await view.close();
  // One that was broken by a test that failed would fail all others as well.
  await lab.setLine(1, true);
});

afterAll(async () => {
  await browser?.close();
  await luci?.close();
  await lab?.close();
});

const EVERYTHING = { bonding: ['*'] };
const READING = { bonding: ['status', 'events', 'history', 'test_result'] };
/** For what the machine does: on a busy host it is several times slower. */
const PATIENT = { timeout: 60_000, interval: 100 };

const PLAIN: Look = { width: 1280, dark: false };

/** What Chromium says where a page's policy forbids the daemon's port. */
const BLOCKED = /Content Security Policy/;

async function view(look: Look = PLAIN): Promise<View> {
  const made = await openView(browser, look);
  views.push(made);
  return made;
}

/** The daemon's own page. */
async function ownPage(look?: Look): Promise<View> {
  const opened = await view(look);
  await opened.page.goto(`http://127.0.0.1:${lab.page}${await lab.pagePath()}`);
  await untilLive(opened);
  return opened;
}

/** The view in LuCI. */
async function luciView(options: ViewOptions, look?: Look): Promise<View> {
  const opened = await view(look);
  await opened.page.goto(`http://${ROUTER}:${luci.port}${luci.path('status', options)}`);
  await untilLive(opened);
  return opened;
}

/** All links carry traffic, at the router. */
async function untilUp(): Promise<void> {
  const up = async (): Promise<boolean> => (await status()).links.every(({ slave }) => slave);
  await expect.poll(up, PATIENT).toBe(true);
}

async function status(): Promise<Snapshot> {
  return fromTable(await lab.bus.call('bonding', 'status')) as unknown as Snapshot;
}

async function linkState(name: string): Promise<string | undefined> {
  return (await status()).links.find((link) => link.name === name)?.state;
}

/** The next event about a link, when it came here; ms of Date.now(). */
async function nextEvent(link: string): Promise<number> {
  let tell: (at: number) => void = () => undefined;
  const told = new Promise<number>((resolve) => {
    tell = resolve;
  });
  const watch = await lab.bus.subscribe('bonding', {
    notify: (name, data) => {
      if (name === 'event' && data.subject === `link '${link}'`) tell(Date.now());
    },
  });
  return told.finally(() => lab.bus.remove(watch));
}

describe('the daemon’s own page', () => {
  test.each(LOOKS)('shows the bond at $width px, dark: $dark', async (look) => {
    const one = await ownPage(look);
    await expect(card(one, 'link0').locator('.bonding-badge').textContent()).resolves.toBe('Up');
    expect(await one.page.locator('.bonding-headline').textContent()).toMatch(/2 links/);
    // The charts have begun.
    await one.page.waitForTimeout(1_500);
    await one.picture('lab');
    expect(await one.fits()).toBe(true);
    one.quiet();
  });

  test('shows nothing without its token', async () => {
    const one = await view();
    await one.page.goto(`http://127.0.0.1:${lab.page}/`);
    await one.page.getByRole('alert').waitFor();
    expect(await one.page.getByRole('alert').textContent()).toMatch(/bonding page/);
    expect(await one.page.locator('.bonding-link').count()).toBe(0);
    one.quiet();
  });
});

describe('the view in LuCI', () => {
  test('gets the figures by the socket and asks no more', async () => {
    const session = lab.sessions.create(300, EVERYTHING);
    const one = await luciView({ session });
    // Until the socket's login is accepted it polls: on a busy machine more than once.
    await untilBySocket(one);
    expect(await asked(one, 2_500)).toEqual([]);
    expect(await one.page.locator('.bonding-foot').textContent()).not.toMatch(/polling/);
    one.quiet();
  });

  test('asks once a second where the socket can not be had, and says so quietly', async () => {
    const session = lab.sessions.create(300, EVERYTHING);
    const one = await luciView({ session, csp: STRICT_CSP });
    const { length } = await asked(one, 4_000);
    expect(length).toBeGreaterThanOrEqual(2);
    expect(length).toBeLessThanOrEqual(5);
    await one.picture('lab-luci-polling');
    expect(await one.page.locator('.bonding-foot').textContent()).toMatch(/polling/);
    expect(await one.page.getByRole('alert').count()).toBe(0);
    one.quiet(BLOCKED);
  });

  test('has a tile for the overview', async () => {
    const session = lab.sessions.create(300, READING);
    const one = await view();
    await one.page.goto(`http://${ROUTER}:${luci.port}${luci.path('overview', { session })}`);
    await one.page.getByText(/2 links/).waitFor();
    await one.picture('lab-tile');
    one.quiet();
  });
});

test('a line dies: each page shows it within 2 s of the daemon’s event, and its return', {
  timeout: 180_000,
}, async () => {
  const session = lab.sessions.create(300, EVERYTHING);
  const pages = {
    own: await ownPage(),
    socket: await luciView({ session }),
    polling: await luciView({ session, csp: STRICT_CSP }),
  };
  const changes = async (alive: boolean, state: RegExp): Promise<void> => {
    const told = nextEvent('link1');
    const watched = Object.values(pages).map((one) => whenShown(one, 'link1', state));
    const begun = Date.now();
    await lab.setLine(1, alive);
    const [event, ...shown] = await Promise.all([told, ...watched]);
    const names = Object.keys(pages).map(
      (name, at) => `${name} ${(shown[at]?.at ?? 0) - event} ms`,
    );
    console.log(
      `line ${alive ? 'back' : 'dead'}: event after ${event - begun} ms, shown: ${names}`,
    );
    // The machine's clock is the one that counts: emulated, it falls behind ours.
    for (const { since } of shown) expect(since).toBeLessThanOrEqual(2);
    for (const { at } of shown) expect(at - event).toBeLessThan(10_000);
  };
  await changes(false, /^(?!Up$)/);
  for (const one of Object.values(pages)) {
    expect(await one.page.locator('.bonding-headline').textContent()).toMatch(/1 of 2 links/);
  }
  await pages.own.picture('lab-line-dead');
  await changes(true, /^Up$/);
  pages.own.quiet();
  pages.socket.quiet();
  pages.polling.quiet(BLOCKED);
});

describe('actions', { timeout: 240_000 }, () => {
  test.each(['socket', 'polling'])('reach the daemon over the %s', async (way) => {
    await untilUp();
    const session = lab.sessions.create(300, EVERYTHING);
    const csp = way === 'polling' ? { csp: STRICT_CSP } : {};
    const one = await luciView({ session, ...csp });
    await button(one, 'link1', 'Take out').click();
    await button(one, 'link1', 'Bring back').waitFor({ timeout: PATIENT.timeout });
    expect(await linkState('link1')).toBe('parked');
    await button(one, 'link1', 'Bring back').click();
    await whenShown(one, 'link1', /^Up$/);
    await untilUp();
    const before = (await status()).links[0]?.openvpn?.time ?? 0;
    await button(one, 'link0', 'Reconnect').click();
    await expect.poll(() => anew('link0', before), PATIENT).toBe(true);
    await untilUp();
    one.quiet(BLOCKED);
  });

  test('are not offered to a login that may only read, and refused when asked for', async () => {
    const session = lab.sessions.create(300, READING);
    const one = await luciView({ session, readonly: true });
    expect(await card(one, 'link0').getByRole('button').count()).toBe(0);
    const raw = openSocket({ port: lab.lan, host: HOST, origin: ORIGIN }, login({ session }));
    await expect.poll(() => raw.messages.length, PATIENT).toBeGreaterThan(0);
    raw.send(JSON.stringify({ type: 'call', id: 5, method: 'stop', args: {} }));
    await expect
      .poll(() => raw.messages.find(({ id }) => id === 5), PATIENT)
      .toMatchObject({ code: 6 });
    expect((await status()).state).toBe('up');
    raw.close();
  });
});

/** Whether a link's tunnel is connected, since later than `before` (Unix seconds). */
async function anew(name: string, before: number): Promise<boolean> {
  const openvpn = (await status()).links.find((link) => link.name === name)?.openvpn;
  return openvpn?.state === 'connected' && openvpn.time > before;
}

/**
 * The way into the machine (QEMU's own network, and a program for the LAN) now and then loses the last
 * bytes before a close, and 1006 is all that is left of an answer: then it is asked for again.
 */
async function answered(attempt: () => RawSocket): Promise<{ socket: RawSocket; end: Fate }> {
  for (let tries = 1; ; tries += 1) {
    const socket = attempt();
    const end = await socket.fate;
    const lost = 'closed' in end && end.closed === 1006;
    if (!lost || tries === 3) return { socket, end };
  }
}

const HOST = `${ROUTER}:${PAGE_PORT}`;
const ORIGIN = `http://${ROUTER}`;

function login(fields: { session: string } | { token: string }): string {
  return JSON.stringify({ type: 'login', ...fields });
}

describe('the daemon refuses', () => {
  const lan = (origin: string | null = ORIGIN, host = HOST): Door => ({
    port: lab.lan,
    host,
    origin,
  });
  const own = (origin: string | null = null, host?: string): Door => ({
    port: lab.page,
    origin,
    ...(host ? { host } : {}),
  });
  const rights = (): string => login({ session: lab.sessions.create(60, EVERYTHING) });
  const unknown = '0123456789abcdef0123456789abcdef';

  const refusals: [string, () => RawSocket, Fate][] = [
    ['another site', () => openSocket(lan('http://evil.example'), rights()), { http: 403 }],
    ['a page without an origin', () => openSocket(lan(null), rights()), { http: 403 }],
    [
      'another address',
      () => openSocket(lan('http://10.9.9.9', '10.9.9.9:8471'), rights()),
      { http: 403 },
    ],
    ['an unknown session', () => openSocket(lan(), login({ session: unknown })), { closed: 4401 }],
    [
      'a session that may not read the status',
      () => openSocket(lan(), login({ session: lab.sessions.create(60, { bonding: ['events'] }) })),
      { closed: 4401 },
    ],
    ['a token on the LAN', () => openSocket(lan(), login({ token: unknown })), { closed: 4401 }],
    ['what is no JSON', () => openSocket(lan(), '{"type":"login"'), { closed: 1008 }],
    [
      'what is no login',
      () => openSocket(lan(), '{"type":"call","id":1,"method":"status"}'),
      { closed: 1008 },
    ],
    ['bytes', () => openSocket(lan(), Buffer.from(rights())), { closed: 1003 }],
    ['more than 4 KiB', () => openSocket(lan(), `"${'x'.repeat(5_000)}"`), { closed: 1009 }],
    ['silence', () => openSocket(lan()), { closed: 4401 }],
    ['another site on its own page', () => openSocket(own('http://evil.example')), { http: 403 }],
    ['another name for its own page', () => openSocket(own(null, 'evil.example')), { http: 403 }],
    ['a wrong token', () => openSocket(own(), login({ token: unknown })), { closed: 4401 }],
  ];

  test.concurrent.each(refusals)('%s', async (_name, attempt, fate) => {
    const { socket, end } = await answered(attempt);
    expect(end).toEqual(fate);
    expect(socket.messages).toEqual([]);
  });

  test('what is not understood, also after the login', async () => {
    const { socket, end } = await answered(() => {
      const made = openSocket(lan(), rights());
      const greeted = expect.poll(() => made.messages[0]?.type, PATIENT).toBe('snapshot');
      void greeted.then(() => made.send('{"type":"dance"}'));
      return made;
    });
    expect(socket.messages[0]?.type).toBe('snapshot');
    expect(end).toEqual({ closed: 1008 });
  });

  test('a session that has ended, which an open page does not keep alive', async () => {
    let session = '';
    const { socket, end } = await answered(() => {
      session = lab.sessions.create(4, EVERYTHING);
      return openSocket(lan(), login({ session }));
    });
    expect(socket.messages[0]?.type).toBe('snapshot');
    expect(end).toEqual({ closed: 4408 });
    expect(lab.sessions.left(session)).toBe(null);
  });

  test('and the page says that its session has ended', async () => {
    const sessions = [lab.sessions.create(300, EVERYTHING), lab.sessions.create(300, EVERYTHING)];
    const [first = '', second = ''] = sessions;
    const pages = [
      await luciView({ session: first }),
      await luciView({ session: second, csp: STRICT_CSP }),
    ];
    for (const id of sessions) lab.sessions.destroy(id);
    for (const one of pages) {
      await one.page.getByRole('alert').waitFor({ timeout: 40_000 });
      expect(await one.page.getByRole('alert').textContent()).toMatch(/session has ended/i);
    }
    await pages[0]?.picture('lab-expired');
  });

  test('none of which does it harm', async () => {
    const one = await ownPage();
    expect((await status()).state).toBe('up');
    one.quiet();
  });
});
