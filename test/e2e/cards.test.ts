import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../backend/src/status/snapshot.ts';
import { SAMPLE_PROBLEM, sampleLink } from '../unit/luci-ui/sample.ts';
import { DONE, FORWARDS, someEvents, threeLinks } from './fixtures/cards-data.ts';
import { PHONE, pause, text, withCards } from './fixtures/cards-view.ts';
import { LOOKS } from './host/browser.ts';

declare const cards: typeof import('./fixtures/cards.tsx');

const open = withCards();

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

describe('forwarded ports', () => {
  const server = threeLinks({ role: 'server', forwards: FORWARDS });

  test('each with where it goes, how often it was used, and whether it is in force', async () => {
    const { section } = await open({}, server);
    const rows = await section('Forwarded ports').locator('tr').allInnerTexts();
    expect(rows.map((row) => row.split(/\s*[\t\n]\s*/))).toEqual([
      ['Port here', 'Goes to', 'Connections'],
      ['TCP 443', 'web', 'Active', '192.168.1.10', 'port 8443', '18204'],
      [
        'TCP and UDP 27015-27030',
        'games-of-the-children',
        'Not active',
        '192.168.100.200',
        'port 27015-27030',
        '0',
      ],
      ['UDP 5000', 'cam', 'Switched off', '192.168.1.11', 'port 5000', '0'],
    ]);
  });

  test('none, a router, and a daemon that does not know of them: no card', async () => {
    const { forwards: _unknown, ...older } = threeLinks({ role: 'server' });
    const { daemon, section } = await open({}, server);
    const card = section('Forwarded ports');
    await card.waitFor();
    await daemon.snapshot(threeLinks({ role: 'server' }));
    expect(await card.count()).toBe(0);
    await daemon.snapshot(older as Snapshot);
    await section('Links').waitFor();
    expect(await card.count()).toBe(0);
  });

  test.each(LOOKS)('it fits, at $width px, dark: $dark', async (look) => {
    const { fits, picture } = await open({}, server, look);
    expect(await fits()).toBe(true);
    await picture('forwards');
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
