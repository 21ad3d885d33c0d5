import { describe, expect, test } from 'vitest';
import type { Trouble } from '../../luci-ui/src/transport.ts';
import { sampleSnapshot } from '../unit/luci-ui/sample.ts';
import { DONE, RUNNING, SAID, someEvents, threeLinks } from './fixtures/cards-data.ts';
import { text, withCards } from './fixtures/cards-view.ts';

declare const cards: typeof import('./fixtures/cards.tsx');

const open = withCards();

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
    const verdict = {
      limit: 'cpu',
      text: "limit: this server's CPU",
      fix: 'a faster server',
    } as const;
    await daemon.speedTest({ ...DONE, verdict: { down: verdict, up: verdict } });
    expect(await section('Speed test').locator('th[scope=col]').allInnerTexts()).toEqual([
      'Line',
      'From router',
      'To router',
    ]);
    const shown = await text(section('Speed test'));
    expect(shown).toContain("From router: limit: this server's CPU");
    expect(shown.match(/What to do: a faster server/g)).toHaveLength(1);
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
