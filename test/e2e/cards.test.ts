import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../../backend/src/status/snapshot.ts';
import type { Trouble } from '../../luci-ui/src/transport.ts';
import { SAMPLE_PROBLEM, sampleLink, sampleSnapshot } from '../unit/luci-ui/sample.ts';
import type { Setup } from './fixtures/cards.tsx';
import { DONE, RUNNING, SAID, someEvents, threeLinks } from './fixtures/cards-data.ts';
import { openCards, PHONE, text } from './fixtures/cards-view.ts';
import { bundleScript, LOOKS, type Look, openBrowser, type View } from './host/browser.ts';

declare const cards: typeof import('./fixtures/cards.tsx');

let browser: Browser;
let script: string;
let view: View | null = null;

beforeAll(async () => {
  [browser, script] = await Promise.all([
    openBrowser(),
    bundleScript(join(import.meta.dirname, 'fixtures/cards.tsx'), 'cards'),
  ]);
});

afterEach(async () => {
  view?.quiet();
  await view?.close();
  view = null;
});

afterAll(() => browser?.close());

async function open(setup: Partial<Setup> = {}, first?: Snapshot | null, look?: Look) {
  const opened = await openCards(browser, script, setup, first, look);
  view = opened;
  return opened;
}

/** Longer than a double click takes. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 450));

describe('links', () => {
  test('an action calls its method, shows that it is being done, and how it ended', async () => {
    const { daemon, link } = await open();
    const reconnect = link('dsl').getByRole('button', { name: 'Reconnect' });
    await daemon.answer('link', 'wait');
    await reconnect.click();
    expect(await reconnect.getAttribute('aria-busy')).toBe('true');
    // One that is `disabled` is out of the tab order, and the focus would be lost.
    expect(await reconnect.evaluate((node) => node.matches(':disabled'))).toBe(false);
    // Not a second time while it is under way, and no other action either.
    await reconnect.click({ force: true });
    await link('dsl').getByRole('button', { name: 'Take out' }).click({ force: true });
    expect(await daemon.taken()).toEqual([
      { method: 'link', args: { name: 'dsl', action: 'reconnect' } },
    ]);
    await daemon.release();
    await link('dsl').getByText('Its tunnel is made anew.').waitFor();
    expect(await reconnect.getAttribute('aria-busy')).toBeNull();
    expect(await text(link('cable'))).not.toContain('anew');
  });

  test('out and back is one button, which keeps the focus', async () => {
    const { page, daemon, link } = await open();
    await link('cable').getByRole('button', { name: 'Take out' }).focus();
    await page.keyboard.press('Enter');
    const links = threeLinks().links.map((one) =>
      one.name === 'cable' ? { ...one, state: 'parked' as const, slave: false } : one,
    );
    await daemon.snapshot(threeLinks({ links }));
    const back = link('cable').getByRole('button', { name: 'Bring back' });
    expect(await back.evaluate((node) => node === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    expect(await daemon.taken()).toEqual([
      { method: 'link', args: { name: 'cable', action: 'down' } },
      { method: 'link', args: { name: 'cable', action: 'up' } },
    ]);
  });

  test('taking out the last one is asked about', async () => {
    const links = threeLinks().links.filter(({ name }) => name !== 'cable');
    const { daemon, link } = await open({}, threeLinks({ links }));
    await link('dsl').getByRole('button', { name: 'Take out' }).click();
    expect(await daemon.taken()).toEqual([]);
    expect(await text(link('dsl'))).toContain('No other link carries traffic.');
    await pause();
    await link('dsl').getByRole('button', { name: 'Take out the last one?' }).click();
    expect(await daemon.taken()).toHaveLength(1);
  });

  test("a refusal is shown in place, in the daemon's words", async () => {
    const { daemon, link } = await open();
    await daemon.answer('link', { code: 6, text: 'permission denied' });
    await link('lte').getByRole('button', { name: 'Reconnect' }).click();
    await link('lte').getByText('This did not work: permission denied').waitFor();
    expect(await text(link('dsl'))).not.toContain('permission denied');
  });

  test('details stay open, and the focus where it is, when new figures come', async () => {
    const { page, daemon, link } = await open();
    const summary = link('cable').locator('summary');
    await summary.focus();
    await page.keyboard.press('Enter');
    expect(await text(link('cable'))).toContain('3 errors');
    const links = threeLinks().links.map((one) => ({ ...one, since: one.since + 1, rx_rate: 9e6 }));
    const before = await link('dsl').elementHandle();
    await daemon.snapshot(threeLinks({ links }));
    expect(await text(link('cable'))).toContain('9.00 Mbit/s');
    expect(await text(link('cable'))).toContain('3 errors');
    expect(await summary.evaluate((node) => node === document.activeElement)).toBe(true);
    expect(await link('dsl').evaluate((node, old) => node === old, before)).toBe(true);
  });

  test('one that goes away takes nothing of the others with it', async () => {
    const { daemon, link } = await open();
    await link('lte').locator('summary').click();
    await daemon.snapshot(threeLinks({ links: threeLinks().links.slice(1) }));
    expect(await link('dsl').count()).toBe(0);
    expect(await link('lte').locator('details').getAttribute('open')).not.toBeNull();
    expect(await text(link('lte'))).toContain('look at the modem');
  });
});

describe('start, stop, restart', () => {
  test('stop asks back; Cancel and Escape take the question away', async () => {
    const { page, daemon, button } = await open();
    await button('Stop').click();
    await button('Cancel').click();
    await button('Stop').waitFor();
    // Cancel is gone; the focus is on the button that asked.
    expect(await button('Stop').evaluate((node) => node === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await button('Stop now?').waitFor();
    await page.keyboard.press('Escape');
    await button('Stop').waitFor();
    expect(await daemon.taken()).toEqual([]);
  });

  test('the second click does it, but not that of a double click', async () => {
    const { daemon, button, section } = await open();
    await button('Restart').dblclick();
    expect(await daemon.taken()).toEqual([]);
    await pause();
    await button('Restart now?').click();
    expect(await daemon.taken()).toEqual([{ method: 'restart', args: {} }]);
    await section('Problems').waitFor();
    await button('Restart').waitFor();
  });

  test('start does not ask, and nothing else is offered while nothing runs', async () => {
    const stopped = threeLinks({ state: 'stopped', driver: null });
    const { daemon, button } = await open({}, stopped);
    await button('Start').click();
    expect(await daemon.taken()).toEqual([{ method: 'start', args: {} }]);
    expect(await button('Restart').count()).toBe(0);
    expect(await button('Reconnect').count()).toBe(0);
  });

  test('what is switched off in the settings is not offered to be started', async () => {
    const off = { ...SAMPLE_PROBLEM, code: 'bond-off' as const };
    const { button, section } = await open({}, threeLinks({ state: 'stopped', problems: [off] }));
    await section('Problems').waitFor();
    expect(await button('Start').count()).toBe(0);
  });

  test('a question that has lost its sense does nothing', async () => {
    const { daemon, button } = await open();
    await button('Stop').click();
    await daemon.snapshot(threeLinks({ state: 'stopped', driver: null }));
    await button('Start').waitFor();
    await daemon.snapshot(threeLinks());
    await button('Stop').waitFor();
    expect(await daemon.taken()).toEqual([]);
  });
});

test('a login that may only look is offered no action', async () => {
  const { button, page, section, daemon } = await open({ mayWrite: false });
  await daemon.speedTest(DONE);
  for (const name of ['Stop', 'Restart', 'Take out', 'Reconnect', 'Start the test']) {
    expect(await button(name).count()).toBe(0);
  }
  expect(await text(section('Speed test'))).toContain('81.0 Mbit/s');
  expect(await page.locator('.bonding-link').count()).toBe(3);
});

describe('speed test', () => {
  test('from the click over its progress to the result', async () => {
    const { daemon, button, section } = await open();
    const box = section('Speed test');
    await daemon.answer('test', { value: { id: 3, problem: null } });
    await daemon.answer('test_result', { value: RUNNING });
    await button('Start the test').click();
    await button('Stop the test').waitFor();
    expect(await daemon.taken()).toEqual([
      { method: 'test', args: {} },
      { method: 'test_result', args: {} },
    ]);
    const bar = box.getByRole('progressbar');
    expect(await bar.getAttribute('aria-valuenow')).toBe('2');
    expect(await bar.getAttribute('aria-valuetext')).toBe(
      'cable, Download: 38.0 Mbit/s, step 3 of 6, about 24 s left',
    );
    await button('Stop the test').click();
    expect(await daemon.taken()).toEqual([{ method: 'test_stop', args: {} }]);
    await daemon.speedTest(DONE);
    expect(await bar.count()).toBe(0);
    const rows = await box.locator('tr').allInnerTexts();
    expect(rows.map((row) => row.split(/\s*\t\s*/))).toEqual([
      ['Line', 'Download', 'Upload'],
      ['dsl', '47.9 Mbit/s', '9.40 Mbit/s'],
      ['cable', '41.2 Mbit/s', '5.80 Mbit/s'],
      ['lte', 'left out: it is down'],
      ['Sum', '89.1 Mbit/s', '15.2 Mbit/s'],
      ['Bond', '81.0 Mbit/s', '14.1 Mbit/s'],
      ['Bond, of the sum', '91 %', '93 %'],
    ]);
  });

  test('of one line, and why it did not begin', async () => {
    const { page, daemon, button, section } = await open();
    const problem = { ...threeLinks().problems[0], subject: 'test', text: 'no link is up' };
    await daemon.answer('test', { value: { id: 0, problem } });
    await page.getByLabel('What to measure').selectOption('lte');
    await button('Start the test').click();
    await section('Speed test').getByText('no link is up').waitFor();
    expect(await daemon.taken()).toEqual([{ method: 'test', args: { link: 'lte' } }]);
  });

  test("on a server the words are the server's", async () => {
    const { daemon, section } = await open({}, threeLinks({ role: 'server' }));
    await daemon.speedTest({ ...DONE, limit: 'cpu' });
    expect(await section('Speed test').locator('th[scope=col]').allInnerTexts()).toEqual([
      'Line',
      'From router',
      'To router',
    ]);
    expect(await text(section('Speed test'))).toContain('processor');
  });
});

describe('look closer', () => {
  test('dry run', async () => {
    const { page, daemon, button } = await open();
    await daemon.answer('plan', { value: { text: 'ip link add bond0 type bond' } });
    await button('Show a stop').click();
    const output = page.getByRole('region', { name: 'Dry run' });
    expect(await text(output)).toBe('ip link add bond0 type bond');
    expect(await daemon.taken()).toEqual([{ method: 'plan', args: { action: 'stop' } }]);
    await page.locator('.bonding-result').getByRole('button', { name: 'Copy' }).click();
    await page.getByText(/Copied\.|press Ctrl\+C/).waitFor();
    expect(await page.evaluate(() => getSelection()?.toString() ?? '')).toContain('bond0');
  });

  test('check says whether all is well, also when the answer cannot be read', async () => {
    const { page, daemon, section } = await open();
    const check = section('Look closer').getByRole('button', { name: 'Check', exact: true });
    await daemon.answer('check', { value: { ok: false, text: 'line 3: mend it' } });
    await check.click();
    await page.getByText('There is something to mend.').waitFor();
    expect(await text(page.getByRole('region', { name: 'Check' }))).toBe('line 3: mend it');
    await daemon.answer('check', { value: { ok: true, text: 'no problems' } });
    await check.click();
    await page.getByText('In order.', { exact: true }).waitFor();
    await daemon.answer('check', { value: 7 });
    await check.click();
    await page.getByText('This did not work: its answer is not understood').waitFor();
    expect(await page.getByText('In order.', { exact: true }).count()).toBe(0);
  });

  test('diagnostics are masked unless asked otherwise, and can be kept', async () => {
    const { page, daemon, button } = await open();
    await daemon.answer('diagnostics', { value: { text: 'peer 203.0.113.x' } });
    await button('Collect').click();
    const output = page.getByRole('region', { name: 'Diagnostics' });
    await output.waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      button('Save as a file').click(),
    ]);
    expect(file.suggestedFilename()).toBe('bonding-diagnostics.txt');
    // A preview of the other kind would belie the box.
    await page.getByLabel('Mask addresses and keys').uncheck();
    expect(await output.count()).toBe(0);
    await button('Collect').click();
    await output.waitFor();
    expect(await daemon.taken()).toEqual([
      { method: 'diagnostics', args: { mask: true } },
      { method: 'diagnostics', args: { mask: false } },
    ]);
  });
});

test('events: the newest first, 20 of them, and all on a click', async () => {
  const { page, section, button } = await open();
  await page.evaluate((list) => cards.events(list), someEvents(25));
  const rows = section('Events').locator('li');
  expect(await rows.count()).toBe(20);
  expect(await text(rows.first())).toMatch(/2026-09-21 \d\d:\d\d:\d\d\s+link 'link25'\s+up/);
  await button('Show all (25)').click();
  expect(await rows.count()).toBe(25);
  await button('Show fewer').click();
  expect(await rows.count()).toBe(20);
});

describe('when there is no status', () => {
  test('each trouble has its words, with and without older figures', async () => {
    const { page, daemon } = await open({ settingsUrl: '/settings' }, null);
    const notice = page.getByRole('alert');
    for (const older of [false, true]) {
      for (const [trouble, words] of Object.entries(SAID)) {
        const lost = {
          state: 'lost' as const,
          trouble: trouble as Trouble,
          reason: 'gone',
          since: 1,
        };
        await daemon.connection(lost);
        expect(await text(notice.getByRole('heading'))).toBe(words);
        expect((await text(notice)).includes('The figures below are from 1970-01-01')).toBe(older);
        expect(await page.locator('.bonding-link').count()).toBe(older ? 3 : 0);
      }
      await daemon.snapshot(threeLinks());
      expect(await notice.count()).toBe(0);
    }
  });

  test('not configured: what is missing, and the way to the settings', async () => {
    const { page, daemon } = await open({ settingsUrl: '/settings' }, null);
    await daemon.answer('check', { value: { ok: false, text: 'there is no section bond' } });
    await daemon.connection({ state: 'lost', trouble: 'unconfigured', reason: '', since: 1 });
    await page.getByText('there is no section bond').waitFor();
    const way = page.getByRole('link', { name: 'Open the settings' });
    expect(await way.getAttribute('href')).toBe('/settings');
  });

  test('the session has ended: the button loads the page anew', async () => {
    const { page, daemon, button } = await open({ settingsUrl: '/settings' }, null);
    await daemon.connection({ state: 'lost', trouble: 'expired', reason: '', since: 1 });
    await Promise.all([page.waitForEvent('load'), button('Log in again').click()]);
    expect(await page.locator('.bonding').count()).toBe(0);
  });

  test('no links: the way to the settings', async () => {
    const { page } = await open({ settingsUrl: '/settings' }, sampleSnapshot({ links: [] }));
    const way = page.getByRole('link', { name: 'Add links in the settings' });
    expect(await way.getAttribute('href')).toBe('/settings');
  });

  test('polling is said quietly, the socket not at all', async () => {
    const { page, daemon } = await open();
    const said = page.getByText('Updated once a second by polling');
    expect(await said.count()).toBe(0);
    await daemon.connection({ state: 'live', by: 'polling' });
    await said.waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

describe('for everybody', () => {
  test('the headings are in order, and the live words are there before they change', async () => {
    const { page } = await open();
    const levels = await page
      .locator('h1,h2,h3,h4,h5')
      .evaluateAll((nodes) => nodes.map((node) => Number(node.tagName[1])));
    expect(levels[0]).toBe(2);
    for (const [index, level] of levels.entries()) {
      expect(level - (levels[index - 1] ?? 2)).toBeLessThanOrEqual(1);
    }
    const live = page.getByRole('status').filter({ hasText: '2 of 3 links carry traffic.' });
    // The figures, which change each second, are not read out.
    expect(await text(live)).not.toMatch(/bit\/s/);
  });

  test('each share has a name and a value', async () => {
    const { link } = await open();
    const meters = link('dsl').getByRole('meter');
    expect(await meters.count()).toBe(2);
    expect(await meters.first().getAttribute('aria-label')).toBe('Share of the traffic, Download');
    expect(await meters.first().getAttribute('aria-valuetext')).toBe('50 %');
  });

  test.each(LOOKS)('it fits, at $width px, dark: $dark', async (look) => {
    const { page, daemon, button, fits, picture, link } = await open({}, threeLinks(), look);
    await daemon.answer('plan', { value: { text: `ip route add ${'0.0.0.0/1 '.repeat(40)}` } });
    await page.evaluate((list) => cards.events(list), someEvents(4));
    await daemon.speedTest(DONE);
    await link('lte').locator('summary').click();
    await button('Show a start').click();
    await button('Stop').click();
    await page.getByRole('region', { name: 'Dry run' }).waitFor();
    expect(await fits()).toBe(true);
    await picture('cards');
  });

  test('long names do not push anything out of a phone', async () => {
    const name = 'a'.repeat(60);
    const links = [sampleLink(name, { interface: name, server: `${name}.example.net` })];
    const { fits, daemon } = await open({}, threeLinks({ links, state: 'up' }), PHONE);
    await daemon.speedTest({ ...DONE, links: [{ name, down: 1, up: null, skipped: null }] });
    expect(await fits()).toBe(true);
  });
});
