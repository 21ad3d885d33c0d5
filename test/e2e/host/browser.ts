import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';

/** Debian's package `chromium`. */
const CHROMIUM = '/usr/bin/chromium';

/** Nothing of the machine's is used, and nothing is asked of the network. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Pictures of a run; gitignored. */
export const PICTURES = join(import.meta.dirname, '../../../dist/e2e');

/** How a page is looked at. */
export interface Look {
  /** CSS pixels; below 700 it is a phone with touch, as bootstrap's rules ask for the device's width. */
  width: number;
  dark: boolean;
}

/** The four looks that every page is seen in. */
export const LOOKS: readonly Look[] = [
  { width: 1280, dark: false },
  { width: 1280, dark: true },
  { width: 360, dark: false },
  { width: 360, dark: true },
];

/** A page in a context of its own: no cookies or storage are shared. */
export interface View {
  page: Page;
  /** Errors and warnings of the console, exceptions and failed requests so far. */
  errors: readonly string[];
  /** Throws when there were any, but for those that match `expected`, which are taken off the list. */
  quiet: (...expected: RegExp[]) => void;
  /** Keeps a picture of the whole page as dist/e2e/NAME-WIDTH-(light|dark).png; returns its path. */
  picture: (name: string) => Promise<string>;
  /** True where nothing is wider than the window: a phone has no room to scroll sideways. */
  fits: () => Promise<boolean>;
  close: () => Promise<void>;
}

/** Starts Chromium, once per test file. `flags` are added, e.g. `--host-resolver-rules=…`. */
export function openBrowser(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
}

/** Opens an empty page. Times are UTC and words English, whatever the machine has. */
export async function openView(
  browser: Browser,
  { width, dark }: Look = { width: 1280, dark: false },
): Promise<View> {
  const phone = width < 700;
  const size = { width, height: phone ? 740 : 900 };
  const context = await browser.newContext({
    viewport: size,
    screen: size,
    isMobile: phone,
    hasTouch: phone,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
    ignoreHTTPSErrors: true,
  });
  const page = await context.newPage();
  const errors = collectErrors(page);
  return {
    page,
    errors,
    quiet: (...expected) => {
      const found = errors
        .splice(0)
        .filter((text) => !expected.some((pattern) => pattern.test(text)));
      if (found.length > 0) throw new Error(`the browser complains:\n${found.join('\n')}`);
    },
    picture: async (name) => {
      mkdirSync(PICTURES, { recursive: true });
      const path = join(PICTURES, `${name}-${width}-${dark ? 'dark' : 'light'}.png`);
      await page.screenshot({ path, fullPage: true });
      return path;
    },
    // Not innerWidth: a phone's grows with what is too wide.
    fits: () =>
      page.evaluate(
        (room) => document.documentElement.scrollWidth <= room,
        page.viewportSize()?.width ?? width,
      ),
    close: () => context.close(),
  };
}

function collectErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    const kind = message.type();
    if (kind === 'error' || kind === 'warning') errors.push(`${kind}: ${message.text()}`);
  });
  page.on('pageerror', (error) => errors.push(`exception: ${error.stack ?? error.message}`));
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // The page was left while it asked.
    if (why !== 'net::ERR_ABORTED') errors.push(`request: ${request.url()}: ${why}`);
  });
  return errors;
}

/**
 * Shows `html` as the body of http://page.test/, where storage and relative addresses work; asked
 * for are no other addresses. `dark` on the root element is what LuCI's themes set.
 */
export async function showHtml(view: View, html: string, look: Look): Promise<void> {
  const text = `<!doctype html><html lang="en" data-darkmode="${look.dark}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>page</title>
<link rel="icon" href="data:,"></head><body>${html}</body></html>`;
  await view.page.route('http://page.test/**', (route) =>
    route.fulfill({ contentType: 'text/html; charset=utf-8', body: text }),
  );
  await view.page.goto('http://page.test/');
}

/**
 * A TypeScript file with all that it imports, for `page.addScriptTag({ content })`; what it exports is
 * then in the global variable `name`.
 */
export async function bundleScript(file: string, name: string): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      minify: false,
      target: 'es2020',
      lib: { entry: file, formats: ['iife'], name, fileName: () => 'script.js' },
    },
  });
  const outputs = (Array.isArray(made) ? made : [made]) as { output?: { type: string }[] }[];
  const chunk = outputs.flatMap(({ output = [] }) => output).find(({ type }) => type === 'chunk');
  if (chunk === undefined) throw new Error(`${file}: no script was made`);
  return (chunk as unknown as { code: string }).code;
}
