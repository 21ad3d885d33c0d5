import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bondingMethods, type ObjectHandlers } from '../../../backend/src/status/ubus-object.ts';
import { PACKAGE } from '../../../luci-ui/po/sources.ts';

interface Scopes {
  ubus: Record<string, string[]>;
  uci: string[];
}

/** The only file of a folder below `root/usr/share`. */
function load(folder: string): Record<string, unknown> {
  const path = join(PACKAGE, 'root/usr/share', folder);
  expect(readdirSync(path)).toEqual(['luci-app-bonding.json']);
  return JSON.parse(readFileSync(join(path, 'luci-app-bonding.json'), 'utf8'));
}

/** No method is run, so no handler is needed. */
const METHODS = Object.keys(bondingMethods({} as ObjectHandlers));

/** They only tell, and nothing that a login which may look should not know. */
const READING = ['status', 'events', 'history', 'plan', 'check', 'test_result'];

describe('acl.d', () => {
  const groups = load('rpcd/acl.d');
  const group = groups['luci-app-bonding'] as { read: Scopes; write: Scopes };
  const read = group.read.ubus.bonding ?? [];
  const write = group.write.ubus.bonding ?? [];

  test('has one group, for the one object', () => {
    expect(Object.keys(groups)).toEqual(['luci-app-bonding']);
    expect(Object.keys(group.read.ubus)).toEqual(['bonding']);
    expect(Object.keys(group.write.ubus)).toEqual(['bonding']);
  });

  test('lists each method of the object once', () => {
    expect([...read, ...write].sort()).toEqual([...METHODS].sort());
  });

  test('lets a login that may only look change nothing', () => {
    expect(read).toEqual(READING);
    expect(group.read.uci).toEqual(['bonding']);
    expect(group.write.uci).toEqual(['bonding']);
  });
});

interface MenuNode {
  title: string;
  order: number;
  action: { type: string; path?: string };
  depends?: { acl: string[] };
}

describe('menu.d', () => {
  const menu = load('luci/menu.d') as Record<string, MenuNode>;

  test('is one entry with its tabs, for those whom acl.d lets', () => {
    expect(Object.keys(menu)).toEqual([
      'admin/network/bonding',
      'admin/network/bonding/status',
      'admin/network/bonding/settings',
    ]);
    expect(menu['admin/network/bonding']?.action).toEqual({ type: 'firstchild' });
    expect(menu['admin/network/bonding']?.depends?.acl).toEqual(['luci-app-bonding']);
  });

  test('orders are whole numbers: LuCI sorts anything else last, and does not say so', () => {
    for (const { order } of Object.values(menu)) expect(Number.isInteger(order)).toBe(true);
  });

  test('the tabs are the views that README.md installs', () => {
    const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
    const views = Object.values(menu).flatMap(({ action }) => action.path ?? []);
    expect(views).toEqual(['bonding/status', 'bonding/settings']);
    for (const view of views) {
      expect(readme).toContain(`/www/luci-static/resources/view/${view}.js`);
    }
  });
});
