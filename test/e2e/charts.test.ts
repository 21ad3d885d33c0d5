import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sampleLink, sampleSnapshot } from '../unit/luci-ui/sample.ts';
import type * as Fixture from './fixtures/charts.tsx';
import {
  bundleScript,
  LOOKS,
  type Look,
  openBrowser,
  openView,
  showHtml,
  type View,
} from './host/browser.ts';

/** The fixture in the page. */
declare const charts: typeof Fixture;

/** 14 November 2023, 22:00:00 UTC. */
const START = 1_700_000_000 - 800;
const WIDE: Look = { width: 1280, dark: false };
const EMPTY = 'rgb(0,0,0,0)';

let browser: Browser;
let script: string;
let view: View;

beforeAll(async () => {
  browser = await openBrowser();
  script = await bundleScript(join(import.meta.dirname, 'fixtures/charts.tsx'), 'charts');
});
afterAll(() => browser?.close());
afterEach(async () => {
  // The tests read pixels, the page does not.
  view.quiet(/willReadFrequently/);
  await view.close();
});

/** `wan` at 30 Mbit/s and `lte` at 10, with nothing known from 60 to 80 s before the end. */
function past(span: number, latency: number | null = 20): object {
  const step = span === 180 ? 1 : 300;
  const count = span / step;
  const series = (value: number | null) =>
    Array.from({ length: count }, (_, index) =>
      count - index > 60 && count - index <= 80 ? null : value,
    );
  const link = (name: string, factor: number) => ({
    name,
    rx: series(10e6 * factor),
    tx: series(1e6 * factor),
    latency: series(latency),
    packetloss: series(latency && 0),
  });
  return { span, step, links: [link('wan', 3), link('lte', 1)] };
}

const show = (wan: number, latency: number | null = 20): Promise<void> =>
  view.page.evaluate(
    (next) => charts.snapshot(next),
    sampleSnapshot({
      links: [
        sampleLink('wan', { rx_rate: wan, tx_rate: wan / 10, latency, packetloss: latency && 0 }),
        sampleLink('lte', { rx_rate: 10e6, tx_rate: 1e6, latency, packetloss: latency && 0 }),
      ],
    }),
  );

/** The charts as they are with the first snapshot; time stands still until a test moves it. */
async function open(look: Look, history: Record<number, object>, latency: number | null = 20) {
  view = await openView(browser, look);
  await view.page.clock.install({ time: START * 1000 - 60_000 });
  await view.page.clock.pauseAt(START * 1000 + 100);
  await showHtml(view, '<div id="page"></div>', look);
  await view.page.addScriptTag({ content: script });
  await view.page.evaluate((answers) => {
    for (const [span, answer] of Object.entries(answers)) charts.remember(Number(span), answer);
    charts.begin();
  }, history);
  await show(30e6, latency);
  await pass(600);
}

const pass = (ms: number): Promise<void> => view.page.clock.runFor(ms);

const pixel = async (figure: string, x: number, y: number): Promise<string> => {
  const place = { figure, x, y };
  const rgb = await view.page.evaluate((at) => charts.pixel(at.figure, at.x, at.y), place);
  return `rgb(${rgb.join()})`;
};

const head = (figure: string) => view.page.locator(`.bonding-chart-${figure} .bonding-chart-head`);
const entries = (figure: string) => view.page.locator(`.bonding-chart-${figure} .bonding-entry`);
const plot = (figure: string) => view.page.locator(`.bonding-chart-${figure} .bonding-plot`);
const spans = (): Promise<unknown> => view.page.evaluate(() => charts.calls);

describe('what is drawn', () => {
  test('a layer for each link, the upper one on the lower, and gaps where nothing was', async () => {
    await open(WIDE, { 180: past(180) });
    // The scale ends at 50 Mbit/s: wan to 0.6 of it, lte to 0.8.
    const wan = await pixel('rx', 0.9, 0.31);
    const lte = await pixel('rx', 0.9, 0.7);
    expect(new Set([wan, lte, EMPTY]).size).toBe(3);
    expect(await pixel('rx', 0.2, 0.31)).toBe(wan);
    expect(await pixel('rx', 0.9, 0.9)).toBe(EMPTY);
    expect(await pixel('rx', 0.61, 0.31)).toBe(EMPTY);
    expect(await pixel('rx', 0.61, 0.7)).toBe(EMPTY);
    await expect.poll(() => head('rx').textContent()).toBe('Download40.0 Mbit/s');
    expect(await entries('latency').allTextContents()).toEqual(['wan20 ms', 'lte20 ms']);
  });

  test('snapshots push it to the left, once a second', async () => {
    await open(WIDE, { 180: past(180) });
    const before = await pixel('rx', 0.51, 0.31);
    expect(before).not.toBe(EMPTY);
    for (let second = 0; second < 20; second += 1) {
      await pass(1000);
      await show(30e6);
    }
    expect(await pixel('rx', 0.51, 0.31)).toBe(EMPTY);
    expect(await pixel('rx', 0.61, 0.31)).toBe(before);
    await expect
      .poll(() => plot('rx').getAttribute('aria-label'))
      .toBe('Download 40.0 Mbit/s: wan 30.0 Mbit/s, lte 10.0 Mbit/s');
    expect(await spans()).toEqual([{ span: 180 }]);
  });

  test('no time below it is cut off', async () => {
    await open({ width: 360, dark: false }, { 180: past(180) });
    for (let second = 0; second < 25; second += 1) {
      await pass(1000);
      await show(30e6);
      expect(await view.page.evaluate(() => charts.touchesRight('rx')), `${second}`).toBe(false);
    }
  });

  test('a daemon without history, latency and loss', async () => {
    await open(WIDE, {}, null);
    for (let second = 0; second < 20; second += 1) {
      await pass(1000);
      await show(30e6, null);
    }
    expect(await pixel('rx', 0.99, 0.31)).not.toBe(EMPTY);
    expect(await pixel('rx', 0.8, 0.31)).toBe(EMPTY);
    await view.page.getByText('Latency is not measured here.').waitFor();
    expect(await view.page.locator('canvas').count()).toBe(2);
    await view.page.getByRole('button', { name: '24 hours' }).click();
    await view.page.getByText('Nothing has been recorded for this time yet.').waitFor();
  });
});

describe('values', () => {
  test('of the second under the mouse, in all charts; of the latest without it', async () => {
    await open(WIDE, { 180: past(180) });
    await pass(1000);
    await show(40e6);
    expect(await head('rx').textContent()).toBe('Download50.0 Mbit/s');
    await plot('rx').hover({ position: { x: 300, y: 100 } });
    await expect.poll(() => head('rx').textContent()).toMatch(/^Download40\.0 Mbit\/s21:5\d:\d\d$/);
    const time = (await head('rx').textContent())?.slice(-8);
    expect(await head('packetloss').textContent()).toBe(`Packet loss${time}`);
    expect(await entries('tx').allTextContents()).toEqual(['wan3.00 Mbit/s', 'lte1.00 Mbit/s']);
    await view.page.mouse.move(5, 5);
    await expect.poll(() => head('rx').textContent()).toBe('Download50.0 Mbit/s');
  });

  test('by keyboard, read out once the keys rest', async () => {
    await open(WIDE, { 180: past(180) });
    await plot('rx').focus();
    const heard = view.page.locator('[aria-live=polite]');
    for (let press = 0; press < 5; press += 1) await view.page.keyboard.press('ArrowLeft');
    expect(await head('rx').textContent()).toBe('Download40.0 Mbit/s21:59:56');
    await pass(200);
    expect(await heard.textContent()).toBe('');
    await pass(100);
    await expect
      .poll(() => heard.textContent())
      .toBe('21:59:56. Download 40.0 Mbit/s: wan 30.0 Mbit/s, lte 10.0 Mbit/s');
    await view.page.keyboard.press('Home');
    expect(await head('tx').textContent()).toContain('21:57:01');
    await view.page.keyboard.press('End');
    expect(await head('tx').textContent()).toContain('22:00:00');
    // The moment stays while the chart moves on, and nothing is read out by itself.
    const before = await heard.textContent();
    await pass(1000);
    await show(40e6);
    expect(await head('rx').textContent()).toBe('Download40.0 Mbit/s22:00:00');
    expect(await heard.textContent()).not.toContain('50.0');
    expect(before).toContain('21:59:56');
    await view.page.keyboard.press('Escape');
    expect(await head('rx').textContent()).toBe('Download50.0 Mbit/s');
  });

  test('by finger, until it taps elsewhere', async () => {
    await open({ width: 360, dark: false }, { 180: past(180) });
    await plot('rx').tap({ position: { x: 150, y: 60 } });
    await expect.poll(() => head('rx').textContent()).toMatch(/21:5\d:\d\d$/);
    // No tap: it would take the focus away too, which not every phone does.
    await view.page.locator('h3').dispatchEvent('pointerdown');
    await expect.poll(() => head('rx').textContent()).toBe('Download40.0 Mbit/s');
  });

  test('without a link that was switched off', async () => {
    await open(WIDE, { 180: past(180) });
    await entries('rx').first().focus();
    await view.page.keyboard.press('Enter');
    await expect.poll(() => head('rx').textContent()).toBe('Download10.0 Mbit/s');
    expect(await entries('latency').first().getAttribute('aria-pressed')).toBe('false');
    // Now lte lies at the bottom, and is 0.8 of a scale that ends at 12.5 Mbit/s.
    expect(await pixel('rx', 0.9, 0.7)).not.toBe(EMPTY);
    expect(await pixel('rx', 0.9, 0.9)).toBe(EMPTY);
    await entries('tx').first().click();
    await expect.poll(() => head('rx').textContent()).toBe('Download40.0 Mbit/s');
  });

  test('as a table', async () => {
    await open(WIDE, { 180: past(180) });
    await view.page.getByText('Show as table').click();
    await expect.poll(() => view.page.locator('tbody tr').count()).toBe(10);
    expect(await view.page.locator('tbody tr').first().locator('th, td').allTextContents()).toEqual(
      [
        ...['22:00:00', '40.0 Mbit/s', '4.00 Mbit/s'],
        ...['30.0 Mbit/s', '3.00 Mbit/s', '20 ms', '0 %'],
        ...['10.0 Mbit/s', '1.00 Mbit/s', '20 ms', '0 %'],
      ],
    );
  });
});

test('the switch asks for the day, and shows it', async () => {
  await open(WIDE, { 180: past(180), 86400: past(86400) });
  await view.page.getByRole('button', { name: '24 hours' }).click();
  await expect.poll(() => head('rx').textContent()).toBe('Download40.0 Mbit/s');
  expect(await spans()).toEqual([{ span: 180 }, { span: 86400 }]);
  expect(await pixel('rx', 0.2, 0.31)).not.toBe(EMPTY);
  expect(await pixel('rx', 0.76, 0.31)).toBe(EMPTY);
  await plot('rx').focus();
  await view.page.keyboard.press('Home');
  await expect.poll(() => head('rx').textContent()).toBe('Download40.0 Mbit/s22:05');
  await view.page.getByText('Show as table').click();
  await expect.poll(() => view.page.locator('tbody tr').count()).toBe(24);
  await view.page.getByRole('button', { name: '3 minutes' }).click();
  await expect.poll(() => view.page.locator('tbody tr').count()).toBe(10);
});

describe('surroundings', () => {
  test('another theme: other colours, without a new snapshot', async () => {
    await open(WIDE, { 180: past(180) });
    const light = [await pixel('rx', 0.9, 0.31), await pixel('rx', 0.9, 0.7)];
    const dots = entries('rx').first().locator('i');
    const dot = await dots.evaluate((node) => getComputedStyle(node).backgroundColor);
    await view.page.evaluate(() => document.documentElement.setAttribute('data-darkmode', 'true'));
    await pass(600);
    const dark = [await pixel('rx', 0.9, 0.31), await pixel('rx', 0.9, 0.7)];
    expect(dark[0]).not.toBe(light[0]);
    expect(dark[1]).not.toBe(light[1]);
    expect(dark).not.toContain(EMPTY);
    expect(await dots.evaluate((node) => getComputedStyle(node).backgroundColor)).not.toBe(dot);
    await view.page.evaluate(() => document.documentElement.setAttribute('data-darkmode', 'false'));
    await pass(600);
    expect(await pixel('rx', 0.9, 0.31)).toBe(light[0]);
  });

  test('another width, and another density of pixels', async () => {
    await open(WIDE, { 180: past(180) });
    const canvas = plot('rx').locator('canvas');
    const widths = () =>
      canvas.evaluate((node: HTMLCanvasElement) => [node.width, node.clientWidth] as const);
    const [wide] = await widths();
    await view.page.setViewportSize({ width: 360, height: 740 });
    await expect.poll(async () => (await widths())[0]).toBeLessThan(wide);
    expect((await widths())[1]).toBe(await plot('rx').evaluate((node) => node.clientWidth));
    expect(await view.fits()).toBe(true);
    expect(await pixel('rx', 0.9, 0.31)).not.toBe(EMPTY);
    const device = await view.page.context().newCDPSession(view.page);
    // Chromium looks at media queries again for another width only.
    const metrics = { width: 380, height: 740, deviceScaleFactor: 2, mobile: false };
    await device.send('Emulation.setDeviceMetricsOverride', metrics);
    await expect
      .poll(async () => {
        const [pixels, css] = await widths();
        return pixels / css;
      })
      .toBe(2);
    await view.page.setViewportSize({ width: 1280, height: 900 });
    await expect.poll(async () => (await widths())[1]).toBeGreaterThan(500);
  });

  test('in the background nothing is drawn; afterwards the daemon is asked', async () => {
    await open(WIDE, { 180: past(180) });
    await view.page.evaluate(() =>
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }),
    );
    for (let second = 0; second < 10; second += 1) {
      await pass(1000);
      await show(40e6);
    }
    expect(await head('rx').textContent()).toBe('Download40.0 Mbit/s');
    await view.page.evaluate(() => Reflect.deleteProperty(document, 'hidden'));
    for (let second = 0; second < 2; second += 1) {
      await pass(1000);
      await show(40e6);
    }
    await expect.poll(() => head('rx').textContent()).toBe('Download50.0 Mbit/s');
    expect(await spans()).toEqual([{ span: 180 }, { span: 180 }]);
  });

  test('taken away, nothing is left, and no clock runs', async () => {
    await open(WIDE, { 180: past(180) });
    await view.page.evaluate(() => charts.end());
    expect(await view.page.locator('canvas').count()).toBe(0);
    await pass(400_000);
    await show(40e6);
    expect(await spans()).toEqual([{ span: 180 }]);
  });

  test('the page does not jump while values change', async () => {
    await open({ width: 360, dark: false }, { 180: past(180) });
    const height = () => view.page.evaluate(() => document.documentElement.scrollHeight);
    const before = await height();
    for (const rate of [0, 999, 1234567, 99.9e9, 12]) {
      await pass(1000);
      await show(rate);
      expect(await height()).toBe(before);
    }
  });
});

test.each(LOOKS)('fits at $width px, dark: $dark', async (look) => {
  await open(look, { 180: past(180) });
  await view.picture('charts');
  await view.page.getByText('Show as table').click();
  await view.page.locator('tbody').waitFor();
  expect(await view.fits()).toBe(true);
});
