import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { report } from '../../../backend/src/config/report.ts';
import { parse } from '../../../backend/src/uci/index.ts';
import { settings } from '../../../luci-ui/src/settings/view.ts';
import { type FakeNode, textOfNode } from '../../fakes/luci-fields.ts';
import { fakeLuci } from '../../fakes/luci-form.ts';
import { fakeUci } from '../../fakes/luci-uci.ts';

/** The view around the form: what the daemon says about the file, and when there is no file. */

const BOND = "config interface 'bond'\n\toption ipaddr '10.0.0.2'\n";

async function boxesFor(check: unknown): Promise<FakeNode[]> {
  const { luci } = fakeLuci(fakeUci(parse(BOND)), { check });
  const page = (await settings(luci).render(true)) as unknown as FakeNode;
  await new Promise((done) => setTimeout(done, 0));
  const [boxes] = page.children as FakeNode[];
  return (boxes?.children ?? []) as FakeNode[];
}

describe('what the daemon says', () => {
  it('stands above the form, the worst first, errors unfolded', async () => {
    const { problems } = load(parse(`${BOND}\toption mtu '1'\n\toption mtuu '2'\n`));
    const boxes = await boxesFor({ ok: false, text: report(problems) });
    expect(boxes.map(({ attributes }) => attributes.class)).toEqual([
      'alert-message danger',
      'alert-message warning',
    ]);
    expect(boxes.map(textOfNode)[1]).toContain("option 'mtuu'");
    const unfolded = boxes.map((box) => 'open' in ((box.children[0] as FakeNode).attributes ?? {}));
    expect(unfolded).toEqual([true, false]);
  });

  it('is nothing where all is well, where there is no daemon, and where it is no text', async () => {
    expect(await boxesFor({ ok: true, text: report([]) })).toEqual([]);
    expect(await boxesFor(null)).toEqual([]);
    expect(await boxesFor({ text: 7 })).toEqual([]);
    expect(await boxesFor('error: x')).toEqual([]);
  });
});

it('says so when there is no file', async () => {
  const uci = fakeUci(parse(BOND));
  const { luci, maps } = fakeLuci({ ...uci, load: () => Promise.reject(new Error('not found')) });
  const view = settings(luci);
  const node = await view.render(await view.load());
  expect(textOfNode(node)).toContain('/etc/config/bonding is missing');
  expect(maps).toEqual([]);
});

it("takes from the daemon's sources only the schema and what reads single values", () => {
  const folder = join(import.meta.dirname, '../../../luci-ui/src/settings');
  const imports = readdirSync(folder).flatMap((name) =>
    [
      ...readFileSync(join(folder, name), 'utf8').matchAll(/from '([^']*backend\/src\/[^']+)'/g),
    ].map(([, path]) => (path ?? '').replace(/^.*backend\/src\//, '')),
  );
  expect([...new Set(imports)].sort()).toEqual([
    'config/numbers.ts',
    'config/option.ts',
    'config/schema-texts.ts',
    'config/schema.ts',
    'config/types.ts',
    'config/value.ts',
  ]);
});
