import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, mergeConfig } from 'vite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import config from '../../../luci-ui/vite.config.ts';
import { SAMPLE_PROBLEM, sampleLink, sampleSnapshot } from '../../unit/luci-ui/sample.ts';
import { type FakeElement, fakeDocument } from './fake-dom.ts';

let folder: string;
let view: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonding-view-'));
  for (const mode of ['luci', 'page']) {
    const own = await config({ mode, command: 'build' });
    const to = { logLevel: 'silent' as const, build: { outDir: join(folder, mode) } };
    await build(mergeConfig({ configFile: false, mode, ...own }, to));
  }
  view = await readFile(join(folder, 'luci', 'status.js'), 'utf8');
});

afterAll(() => rm(folder, { recursive: true }));

type Fields = Record<string, unknown>;

/** The `'require x'` strings that LuCI's loader sees: it stops at the first other string. */
function requirements(source: string): string[] {
  const found: string[] = [];
  for (const [, , text] of source.matchAll(/(['"])(.*?)\1/g)) {
    const name = /^require[ \t]+(\S+)$/.exec(text ?? '')?.[1];
    if (name) found.push(name);
    else if (text !== 'use strict') break;
  }
  return found;
}

/** Runs the view as LuCI does: the body of a function whose arguments are what it requires. */
function load(source: string, modules: Fields): Fields {
  const names = requirements(source);
  const factory = new Function('window', 'document', 'L', ...names, source);
  return factory({}, fakeDocument, {}, ...names.map((name) => modules[name])) as Fields;
}

function render(call: () => Promise<unknown>): { node: FakeElement; declared: unknown } {
  vi.stubGlobal('document', fakeDocument);
  const declare = vi.fn(() => call);
  const made = load(view, { view: { extend: (fields: Fields) => fields }, rpc: { declare } });
  const node = (made.render as () => FakeElement).call(made);
  return { node, declared: declare.mock.calls[0] };
}

describe('the LuCI view', () => {
  test('begins as the loader wants it and gives view.extend a class without a footer', () => {
    expect(view.startsWith("'use strict';\n'require view';\n")).toBe(true);
    expect(requirements(view)).toEqual(['view', 'rpc']);
    const extend = vi.fn((fields: Fields) => fields);
    const made = load(view, { view: { extend }, rpc: { declare: () => undefined } });
    expect(extend).toHaveBeenCalledOnce();
    expect(made).toMatchObject({ handleSave: null, handleSaveApply: null, handleReset: null });
  });

  test('is neither a module nor in need of another file', async () => {
    expect(view).not.toMatch(/^\s*(import|export)\b/m);
    expect(view).not.toMatch(/\bimport\s*\(|\bprocess\./);
    expect(await readdir(join(folder, 'luci'))).toEqual(['status.js']);
  });

  test('draws the status, translated, and follows its changes in the same nodes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    vi.stubGlobal('_', (text: string) => (text === 'Problems' ? 'Probleme' : text));
    const down = { state: 'down' as const, slave: false, problem: SAMPLE_PROBLEM };
    const links = [sampleLink('link0'), sampleLink('link1', { interface: 'lte', ...down })];
    let snapshot = sampleSnapshot({ state: 'degraded', links });
    const { node, declared } = render(async () => snapshot);
    expect(declared).toEqual([{ object: 'bonding', method: 'status', reject: true }]);
    await settle();

    expect(node.byClass('bonding-headline')[0]?.textContent).toBe(
      '1 of 2 links carry traffic. lte is down.',
    );
    const rows = node.byClass('bonding-link');
    expect(rows).toHaveLength(2);
    expect(rows[0]?.byClass('bonding-rate').map((cell) => cell.textContent)).toEqual([
      '8.00 kbit/s',
      '4.00 kbit/s',
    ]);
    expect(node.byClass('bonding-problem')[0]?.textContent).toContain('look at the modem');

    snapshot = sampleSnapshot({ links: [sampleLink('link0', { rx_rate: 2e6 })], problems: [] });
    await settle();
    expect(node.byClass('bonding-link')).toEqual([rows[0]]);
    expect(rows[0]?.byClass('bonding-rate')[0]?.textContent).toBe('2.00 Mbit/s');
    expect(node.textContent).toContain('ProblemeNone.');
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  test('says why there is no daemon, and that it goes on trying', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const { node } = render(() => Promise.reject(new Error('Object not found')));
    expect(node.textContent).toContain('Waiting for the bonding daemon');
    for (let i = 0; i < 3; i += 1) await settle();
    expect(node.byClass('alert-message')[0]?.textContent).toContain('Object not found');
    expect(node.byClass('bonding-link')).toEqual([]);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
});

test('the page of the daemon is two files, with the script beside it', async () => {
  expect((await readdir(join(folder, 'page'))).sort()).toEqual(['index.html', 'page.js']);
  const html = await readFile(join(folder, 'page', 'index.html'), 'utf8');
  expect(html).toContain('src="./page.js"');
  // The server's Content-Security-Policy lets no inline script run.
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
});

test('both stay within 60 kB gzip', async () => {
  for (const file of ['luci/status.js', 'page/page.js']) {
    expect(gzipSync(await readFile(join(folder, file))).length).toBeLessThan(60_000);
  }
});

/** A second passes, and what was asked and drawn in it is done. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1100);
  await new Promise((resolve) => setImmediate(resolve));
  await vi.advanceTimersByTimeAsync(50);
}
