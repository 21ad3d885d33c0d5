import type { Locator } from 'playwright-core';
import type { View } from './browser.ts';

/** Both links are there, and traffic flows. */
export async function untilLive({ page }: View): Promise<void> {
  await page.locator('.bonding-link').nth(1).waitFor();
  await page
    .locator('.bonding-head .bonding-rate', { hasText: /[1-9].* [kM]bit/ })
    .first()
    .waitFor();
}

/** The daemon's socket has taken over from polling; a busy machine needs a while for its login. */
export async function untilBySocket({ page }: View): Promise<void> {
  await page.locator('.bonding-foot[data-by="socket"]').waitFor();
}

/** The card of a link. */
export function card({ page }: View, link: string): Locator {
  return page.locator('.bonding-link', { has: page.locator('h4', { hasText: link }) });
}

/** A button of a link, by its words. */
export function button(one: View, link: string, name: string): Locator {
  return card(one, link).getByRole('button', { name });
}

/** What a card says the moment it first shows a state, and when that was. */
export interface Shown {
  /** Of Date.now(), which browser and test share. */
  at: number;
  /** How long the link had been in that state, by the daemon's clock; s. */
  since: number;
}

/** Waits until the card of a link shows a state. */
export async function whenShown(one: View, link: string, state: RegExp): Promise<Shown> {
  const node = await card(one, link).elementHandle();
  const found = await one.page.waitForFunction(
    ([place, pattern]) => {
      const text = (selector: string): string => place?.querySelector(selector)?.textContent ?? '';
      if (!new RegExp(String(pattern)).test(text('.bonding-badge'))) return null;
      return { at: Date.now(), since: Number(/, (\d+) s$/.exec(text('small'))?.[1] ?? Infinity) };
    },
    [node, state.source] as const,
    { polling: 50, timeout: 60_000 },
  );
  return (await found.jsonValue()) ?? { at: 0, since: 0 };
}

/** What a page asks of /ubus within `ms`: the body of each request. */
export async function asked({ page }: View, ms: number): Promise<string[]> {
  const bodies: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/ubus/')) bodies.push(request.postData() ?? '');
  });
  await page.waitForTimeout(ms);
  return bodies;
}
