import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build, mergeConfig } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NO_TEST } from '../../../backend/src/status/test-result.ts';
import config from '../../../luci-ui/vite.config.ts';
import { SAMPLE_PROBLEM, sampleLink, sampleSnapshot } from '../../unit/luci-ui/sample.ts';

const MODES = ['luci', 'settings', 'overview', 'page'];
const STAND_IN = join(import.meta.dirname, 'luci-stand-in.js');

let folder: string;
let browser: Browser;
let page: Page;
let errors: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonding-view-'));
  for (const mode of MODES) {
    const own = await config({ mode, command: 'build' });
    const outDir = join(folder, mode === 'page' ? 'page' : 'luci');
    const to = { logLevel: 'silent' as const, build: { outDir } };
    await build(mergeConfig({ configFile: false, mode, ...own }, to));
  }
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});

const source = (name: string): Promise<string> =>
  readFile(join(folder, 'luci', `${name}.js`), 'utf8');

/**
 * The `'require x'` strings that LuCI's loader sees, as variables: it stops at the first other
 * string (luci.js, `require`).
 */
function requirements(text: string): string[] {
  const found: string[] = [];
  for (const [, , string] of text.matchAll(/(['"])(.*?)\1/g)) {
    const named = /^require[ \t]+(\S+)(?:[ \t]+as[ \t]+([a-zA-Z_]\S*))?$/.exec(string ?? '');
    if (named) found.push(named[2] ?? (named[1] ?? '').replace(/\W/g, '_'));
    else if (string !== 'use strict') break;
  }
  return found;
}

describe.each([
  ['status', ['view', 'rpc']],
  ['settings', ['view', 'form', 'uci', 'rpc', 'ui', 'network', 'widgets']],
  ['overview', ['baseclass', 'rpc']],
])('the file %s', (name, requires) => {
  test('begins as the loader wants it, and ends with a class', async () => {
    const text = await source(name);
    expect(text.startsWith("'use strict';\n'require ")).toBe(true);
    expect(requirements(text)).toEqual(requires);
    expect(text).toMatch(/\nreturn (view|baseclass)\.extend\([\s\S]*\);\n$/);
  });

  test('is neither a module nor in need of another file', async () => {
    const text = await source(name);
    expect(text).not.toMatch(/^\s*(import|export)\b/m);
    expect(text).not.toMatch(/\bimport\s*\(|\bprocess\./);
    expect(existsSync(join(folder, 'luci', `${name}.css`))).toBe(false);
  });

  test('stays within 60 kB gzip', async () => {
    expect(gzipSync(await source(name)).length).toBeLessThan(60_000);
  });
});

test('nothing else is made for LuCI', async () => {
  expect((await readdir(join(folder, 'luci'))).sort()).toEqual([
    'overview.js',
    'settings.js',
    'status.js',
  ]);
});

test('the page of the daemon is two files, with the script beside it', async () => {
  expect((await readdir(join(folder, 'page'))).sort()).toEqual(['index.html', 'page.js']);
  const html = await readFile(join(folder, 'page', 'index.html'), 'utf8');
  expect(html).toContain('src="./page.js"');
  // The server's Content-Security-Policy lets no inline script run.
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(gzipSync(await readFile(join(folder, 'page', 'page.js'))).length).toBeLessThan(60_000);
});

beforeEach(async () => {
  page = await browser.newPage();
  errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.addScriptTag({ path: STAND_IN });
  return () => page.close();
});

/** What the daemon answers from now on. */
const answer = (answers: Record<string, unknown>): Promise<unknown> =>
  page.evaluate(`Object.assign(answers, ${JSON.stringify(answers)})`);

/** Loads a file of ours in the browser; the class is then `made` there. */
async function load(name: string): Promise<void> {
  const text = await source(name);
  const names = JSON.stringify(requirements(text));
  await page.evaluate(`globalThis.made = load(${JSON.stringify(text)}, ${names}); 0`);
}

const QUIET = { events: { events: [] }, test_result: NO_TEST, history: null };

/** Words that come up within a few seconds. */
const shows = (text: string): Promise<void> =>
  page.getByText(text).first().waitFor({ timeout: 10_000 });

describe('the view of the status in a browser', () => {
  const down = { state: 'down' as const, slave: false, problem: SAMPLE_PROBLEM };
  const links = [sampleLink('link0'), sampleLink('link1', { interface: 'lte', ...down })];

  async function render(): Promise<void> {
    await load('status');
    await page.evaluate('document.body.append(made.render())');
  }

  test('is a class without a footer', async () => {
    await load('status');
    const footer = '[made.handleSave, made.handleSaveApply, made.handleReset]';
    expect(await page.evaluate(footer)).toEqual([null, null, null]);
  });

  test('draws the status, translated, and follows its changes', async () => {
    await page.evaluate("globalThis.TR = { 'bonding: Links': 'Leitungen' }");
    await answer({ ...QUIET, status: sampleSnapshot({ state: 'degraded', links }) });
    await render();
    await shows('1 of 2 links carry traffic.');
    await shows('Leitungen');
    await shows('look at the modem');
    expect(await page.evaluate('declared.status')).toEqual({
      object: 'bonding',
      method: 'status',
      params: [],
      reject: true,
    });
    await answer({ status: sampleSnapshot() });
    await shows('All 2 links carry traffic.');
    expect(await page.getByText('look at the modem').count()).toBe(0);
    expect(errors).toEqual([]);
  });

  test('says why there is no daemon, and comes back with it', async () => {
    await answer({ ...QUIET, status: { fails: 'failed with error -32000: Object not found' } });
    await render();
    await shows('The bonding daemon is not running.');
    await answer({ status: sampleSnapshot() });
    await shows('All 2 links carry traffic.');
  });

  test('offers no action to a login that may only look', async () => {
    await answer({ ...QUIET, status: sampleSnapshot() });
    await page.evaluate('globalThis.mayWrite = false');
    await render();
    await shows('All 2 links carry traffic.');
    expect(await page.getByRole('button', { name: 'Stop', exact: true }).count()).toBe(0);
    await page.evaluate("globalThis.mayWrite = true; document.body.textContent = ''");
    await page.evaluate('document.body.append(made.render())');
    await shows('All 2 links carry traffic.');
    expect(await page.getByRole('button', { name: 'Stop', exact: true }).count()).toBeGreaterThan(
      0,
    );
  });

  test('tells a browser that lacks something, instead of failing', async () => {
    await page.evaluate('delete globalThis.ResizeObserver');
    await render();
    await shows('This page needs a newer browser.');
    expect(errors).toEqual([]);
  });
});

describe('the box of the overview in a browser', () => {
  const draw = async (): Promise<unknown> =>
    page.evaluate(`made.load().then((data) => {
      const node = made.render(data);
      return node && node.textContent;
    })`);

  test('has a title, and stays hidden where there is no daemon', async () => {
    await load('overview');
    expect(await page.evaluate('made.title')).toBe('Bonding');
    await answer({ status: { fails: 'failed with error -32000: Object not found' } });
    expect(await draw()).toBeNull();
    await answer({ status: { hello: 1 } });
    expect(await draw()).toBeNull();
  });

  test('says the state, the rates and the links that are switched on', async () => {
    await load('overview');
    const links = [
      sampleLink('link0', { rx_rate: 8e6, tx_rate: 1e6 }),
      sampleLink('link1', { interface: 'lte', state: 'down', slave: false }),
      sampleLink('link2', { interface: 'spare', enabled: false, slave: false }),
    ];
    await answer({ status: sampleSnapshot({ state: 'degraded', links }) });
    const text = await draw();
    expect(text).toContain('1 of 2 links carry traffic.');
    expect(text).toContain('16.0 kbit/s');
    expect(text).toContain('wan Up8.00 Mbit/s / 1.00 Mbit/s');
    expect(text).toContain('lte Down');
    expect(text).not.toContain('spare');
  });

  test('says so when the daemon has gone: LuCI would leave the old figures', async () => {
    await load('overview');
    await answer({ status: sampleSnapshot() });
    await draw();
    await answer({ status: { fails: 'failed with ubus code 4: Resource not found' } });
    expect(await draw()).toBe('The bonding daemon does not answer.');
  });
});
