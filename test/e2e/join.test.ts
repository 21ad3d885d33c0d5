import { describe, expect, test } from 'vitest';
import { sampleSnapshot } from '../unit/luci-ui/sample.ts';
import { threeLinks } from './fixtures/cards-data.ts';
import { pause, text, withCards } from './fixtures/cards-view.ts';
import { APPLIED, CODE, PREVIEW, USED } from './fixtures/join-data.ts';
import { LOOKS, type Look } from './host/browser.ts';

const open = withCards();

/** Nothing but a code can help it. */
const EMPTY = sampleSnapshot({ state: 'stopped', driver: null, links: [] });
const UNCONFIGURED = { state: 'lost', trouble: 'unconfigured', reason: '', since: 1 } as const;

/** The page of a router without links, and the parts of its card. */
async function openJoin(look?: Look) {
  const opened = await open({ settingsUrl: '/settings' }, EMPTY, look);
  const { page, daemon, section, button } = opened;
  const field = page.getByLabel('Join code');
  const preview = async (code = CODE): Promise<void> => {
    await daemon.answer('join', { value: PREVIEW });
    await field.fill(code);
    await button('Show what changes').click();
    await button('Apply').waitFor();
    await pause();
  };
  return { ...opened, field, card: section('Join a server'), preview };
}

describe('joining a server', () => {
  test('shows what would change, and changes it after that', async () => {
    const { page, daemon, button, card, field, preview } = await openJoin();
    await preview(` ${CODE.slice(0, 50)}\n  ${CODE.slice(50)} `);
    expect(await daemon.taken()).toEqual([{ method: 'join', args: { code: CODE, apply: false } }]);
    expect(await text(card)).toContain('What joining the server home changes');
    expect(await text(card)).toContain('left out: link2');
    expect(await text(card)).toContain('Nothing is changed yet.');
    await daemon.answer('join', 'wait');
    await button('Apply').click();
    expect(await button('Apply').getAttribute('aria-busy')).toBe('true');
    expect(await text(card)).toContain('The router asks the server.');
    await daemon.release(APPLIED);
    await page.getByText('This router has joined the server home.').waitFor();
    expect(await daemon.taken()).toEqual([{ method: 'join', args: { code: CODE, apply: true } }]);
    expect(await text(card)).toContain('config.before-join');
    expect(await field.count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('bonding-result');
  });

  test('the result stays in sight when the links come, and goes on a click', async () => {
    const { daemon, button, card, field, preview } = await openJoin();
    await preview();
    await daemon.answer('join', { value: APPLIED });
    await button('Apply').click();
    await button('Close').waitFor();
    await daemon.snapshot(threeLinks());
    expect(await text(card)).toContain('This router has joined the server home.');
    expect(await card.locator('summary').count()).toBe(0);
    await button('Close').click();
    await card.getByText('Enter a join code').click();
    expect(await field.inputValue()).toBe('');
  });

  test('what is added and removed is marked, and said where only its colour would be', async () => {
    const { page, preview } = await openJoin();
    await preview();
    const diff = page.getByRole('region', { name: 'What changes' });
    const lines = await diff.locator('> span').allTextContents();
    expect(lines[0]).toBe('--- /etc/config/bonding');
    expect(lines).toContain("removed: -\toption enabled '0'");
    expect(lines).toContain("added: +\toption enabled '1'");
    expect(lines).toContain(" \toption role 'router'");
    const colour = (kind: string): Promise<string> =>
      diff
        .locator(`.bonding-diff-${kind}`)
        .first()
        .evaluate((node) => getComputedStyle(node).backgroundColor);
    const colours = await Promise.all(['added', 'removed', 'same'].map(colour));
    expect(new Set(colours).size).toBe(3);
  });

  test('what changes is in columns, whatever letters a theme gives to everything', async () => {
    const { page, preview } = await openJoin();
    await page.addStyleTag({ content: '* { font-family: serif; }' });
    await preview();
    const lines = page.getByRole('region', { name: 'What changes' }).locator('span');
    const fonts = await lines.evaluateAll((all) =>
      all.map((one) => getComputedStyle(one).fontFamily),
    );
    expect([...new Set(fonts)]).toEqual(['monospace']);
  });

  test('folded, its words stand clear of what opens them', async () => {
    const { page } = await open();
    const opener = page.getByText('Enter a join code');
    await opener.click();
    const below = page.locator('.bonding-join details > summary + *');
    const [above, words] = await Promise.all([opener.boundingBox(), below.boundingBox()]);
    if (!above || !words) throw new Error('it is not drawn');
    expect(words.y - above.y - above.height).toBeGreaterThanOrEqual(5);
  });

  test('the name of the field stands clear of it', async () => {
    const { field, card } = await openJoin();
    const [name, box] = await Promise.all([
      card.locator('label').boundingBox(),
      field.boundingBox(),
    ]);
    if (!name || !box) throw new Error('the field is not drawn');
    expect(box.y - name.y - name.height).toBeGreaterThanOrEqual(3);
  });

  test('a refusal stands in its place, with what to do; another code takes it away', async () => {
    const { page, daemon, button, field, card } = await openJoin();
    await daemon.answer('join', { value: USED });
    await field.fill(CODE);
    await page.keyboard.press('Enter');
    const alert = card.getByRole('alert');
    expect(await text(alert)).toContain('another router has joined with this code');
    expect(await text(alert)).toContain('bonding server code --name home');
    expect(await button('Apply').count()).toBe(0);
    await field.press('x');
    expect(await alert.count()).toBe(0);
  });

  test('refused only when it is applied: the changes stay to be seen', async () => {
    const { daemon, button, card, field, preview } = await openJoin();
    await preview();
    await daemon.answer('join', { value: USED });
    await button('Apply').click();
    await card.getByRole('alert').waitFor();
    expect(await text(card)).toContain('What joining the server home changes');
    expect(await text(card)).not.toContain('Nothing is changed yet.');
    expect(await field.inputValue()).toBe(CODE);
  });

  test('a lost answer is no failure, and that is said', async () => {
    const { daemon, button, card, preview } = await openJoin();
    await preview();
    await daemon.answer('join', { code: 0, text: 'XHR request timed out' });
    await button('Apply').click();
    await card.getByText('It is safe to apply it again.').waitFor();
    await pause();
    await daemon.answer('join', { code: 6, text: 'permission denied' });
    await button('Apply').click();
    await card.getByText('This did not work: permission denied').waitFor();
    expect(await text(card)).not.toContain('safe to apply');
  });

  test('an answer that cannot be read, and one that only says it was done', async () => {
    const { daemon, button, card, field, preview } = await openJoin();
    await daemon.answer('join', { value: { ok: 'perhaps' } });
    await field.fill(CODE);
    await button('Show what changes').click();
    await card.getByText('its answer is not understood').waitFor();
    await pause();
    await preview();
    expect(await card.getByText('its answer is not understood').count()).toBe(0);
    await daemon.answer('join', { value: { ...APPLIED, applied: false } });
    await button('Apply').click();
    await card.getByText('its answer is not understood').waitFor();
    expect(await card.getByText('has joined').count()).toBe(0);
  });

  test('a double click asks once, and while it asks nothing else is taken', async () => {
    const { page, daemon, button, field } = await openJoin();
    await daemon.answer('join', { value: PREVIEW });
    await button('Show what changes').click({ force: true });
    expect(await daemon.taken()).toEqual([]);
    await field.fill(CODE);
    await button('Show what changes').dblclick();
    expect(await daemon.taken()).toHaveLength(1);
    await pause();
    await daemon.answer('join', 'wait');
    await button('Apply').dblclick();
    await button('Show what changes').click({ force: true });
    await button('Cancel').click({ force: true });
    await field.focus();
    await page.keyboard.press('x');
    expect(await field.inputValue()).toBe(CODE);
    expect(await daemon.taken()).toHaveLength(1);
    await daemon.release(APPLIED);
    await button('Close').waitFor();
  });

  test('what was found belongs to its code; Cancel empties the field and keeps the focus', async () => {
    const { button, field, preview } = await openJoin();
    await preview();
    await field.press('End');
    await field.press('x');
    expect(await button('Apply').count()).toBe(0);
    await preview();
    await button('Cancel').click();
    expect(await button('Apply').count()).toBe(0);
    expect(await field.inputValue()).toBe('');
    expect(await field.evaluate((node) => node === document.activeElement)).toBe(true);
  });

  test('the code is a secret: nothing keeps it, and no address has it', async () => {
    const { page, field, preview } = await openJoin();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await preview();
    expect(await field.getAttribute('autocomplete')).toBe('off');
    expect(await field.getAttribute('spellcheck')).toBe('false');
    expect(await field.getAttribute('name')).toBeNull();
    const kept = await page.evaluate(() => [
      location.href,
      JSON.stringify({ ...localStorage, ...sessionStorage }),
      document.cookie,
    ]);
    expect([...kept, ...asked].join()).not.toContain(CODE.slice(0, 20));
  });

  test('a code that no message could carry is not sent', async () => {
    const { daemon, button, field, card } = await openJoin();
    await field.fill('x'.repeat(3901));
    await button('Show what changes').click();
    await card.getByText('this is too long for a join code').waitFor();
    expect(await daemon.taken()).toEqual([]);
  });
});

describe('where joining is offered', () => {
  test('not configured: at once, above all else', async () => {
    const { page, daemon } = await open({ settingsUrl: '/settings' }, null);
    await daemon.connection(UNCONFIGURED);
    await page.getByLabel('Join code').waitFor();
    await daemon.connection({ ...UNCONFIGURED, trouble: 'absent' });
    expect(await page.getByLabel('Join code').count()).toBe(0);
  });

  test("not on the daemon's own page without a configuration: no socket takes the call", async () => {
    const { page, daemon } = await open({}, null);
    await daemon.connection(UNCONFIGURED);
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('Join code').count()).toBe(0);
  });

  test('a router with links: folded', async () => {
    const { page, section } = await open();
    expect(await page.getByLabel('Join code').isVisible()).toBe(false);
    await section('Join a server').getByText('Enter a join code').click();
    expect(await page.getByLabel('Join code').isVisible()).toBe(true);
  });

  test.each([
    ['a server', { mayWrite: true }, threeLinks({ role: 'server' })],
    ['a login that may only look', { mayWrite: false }, threeLinks()],
    ['a login that may only look, and no links', { mayWrite: false }, EMPTY],
  ])('not for %s', async (_name, setup, first) => {
    const { page, section } = await open(setup, first);
    await section('Events').waitFor();
    expect(await page.getByText('Join a server').count()).toBe(0);
  });
});

test.each(LOOKS)('it fits, at $width px, dark: $dark', async (look) => {
  const { daemon, button, card, fits, picture, preview } = await openJoin(look);
  await preview();
  await daemon.answer('join', { value: USED });
  await button('Apply').click();
  await card.getByRole('alert').waitFor();
  expect(await fits()).toBe(true);
  await picture('join');
});
