import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { BOND_SECTION } from '../../../backend/src/config/schema.ts';
import { openForm } from './settings-fixture.ts';

/** What saving writes: only what means something else than before. */

const CASES = join(import.meta.dirname, '../../cases/config');
const file = (name: string): string => readFileSync(join(CASES, name, 'config.uci'), 'utf8');

const BOND = "config interface 'bond'\n\toption ipaddr '10.0.0.2'\n";
const LINK = "config link 'dsl'\n\toption interface 'wan'\n\toption server '192.0.2.1'\n";

/** Files that the form cannot save before something in them is mended. */
const REFUSED = ['bond-values', 'empty', 'openvpn-odd', 'server-forwards'];

describe('a file that was opened and saved', () => {
  it.each(readdirSync(CASES).filter((name) => !REFUSED.includes(name)))(
    'is as it was: %s',
    async (name) => {
      const { uci, map } = await openForm(file(name));
      await map.save();
      expect(uci.changes()).toEqual([]);
    },
  );

  it.each(["option mode '0'", "option enabled 'yes'", "option nat 'off'", "option ifname 'bond0'"])(
    'keeps its own spelling and its own defaults: %s',
    async (line) => {
      const { uci, map } = await openForm(`${BOND}\t${line}\n`);
      await map.save();
      expect(uci.changes()).toEqual([]);
    },
  );

  it.each([
    "option watchdog_ip '8.8.8.8 1.1.1.1'",
    "option page_interface 'lan guest'",
    "list mtu '1400'\n\tlist mtu '1390'",
    "option of_somebody_else 'x'",
    "option netmask '24'",
    "list lan '192.168.1.0/24'\n\tlist lan '192.168.2.0/24'",
    "option lan '192.168.1.0/24 192.168.2.0/24'",
    "option public_ipaddr '203.0.113.5'",
  ])('keeps lists and strangers: %s', async (lines) => {
    const { uci, map } = await openForm(`${BOND}\toption watchdog '1'\n\t${lines}\n${LINK}`);
    await map.save();
    expect(uci.changes()).toEqual([]);
  });

  it.each(['router', 'server'])('keeps the forwards and the networks of a %s', async (role) => {
    const lines = `\toption role '${role}'\n\toption public_ipaddr 'vps.example.net'\n`;
    const forward = `config forward 'web'\n\toption port '80'\n\toption dest_ip '192.168.1.10'\n`;
    const { uci, map } = await openForm(`${BOND}${lines}\tlist lan '192.168.1.0/24'\n${forward}`);
    await map.save();
    expect(uci.changes()).toEqual([]);
    expect(uci.file().sections.map(({ type }) => type)).toEqual(['interface', 'forward']);
  });

  it('keeps a WAN that netifd does not know, and sections of no known type', async () => {
    const text = `${BOND}${LINK}config rule 'x'\n\toption y '1'\n`;
    const { uci, map } = await openForm(text, ['lan']);
    await (await map.open('dsl')).save();
    await map.save();
    expect(uci.changes()).toEqual([]);
  });
});

describe('a change', () => {
  it('is written, and nothing else', async () => {
    const { uci, map } = await openForm(file('howto-router'));
    map.fill('bond', 'mode', 'active-backup');
    map.fill('bond', 'watchdog_ip', ['9.9.9.9']);
    await map.save();
    expect(uci.changes()).toEqual([
      ['bond', 'watchdog_ip', ['9.9.9.9']],
      ['bond', 'mode', 'active-backup'],
    ]);
  });

  it('back to the default takes the option out', async () => {
    const { uci, map } = await openForm(`${BOND}\toption ifname 'bond7'\n\toption enabled '0'\n`);
    map.fill('bond', 'ifname', '');
    map.fill('bond', 'enabled', '1');
    await map.save();
    expect(uci.changes()).toEqual([
      ['bond', 'ifname', null],
      ['bond', 'enabled', null],
    ]);
  });

  it('of a wrong value is refused, and nothing of the field is written', async () => {
    const { uci, map } = await openForm(BOND);
    map.fill('bond', 'ipaddr', '10.0.0.300');
    await expect(map.save()).rejects.toThrow('Expecting: an address like 10.0.0.2');
    map.fill('bond', 'ipaddr', '');
    await expect(map.save()).rejects.toThrow('must not be empty');
    expect(uci.changes()).toEqual([]);
  });

  it('shows a wrong value of a choice instead of replacing it by the first', async () => {
    const { uci, map } = await openForm(`${BOND}\toption mode 'balanced'\n`);
    await map.save();
    expect(uci.changes()).toEqual([]);
    const mode = map.children[0]?.children.find(({ option }) => option === 'mode');
    expect(mode?.vallist).toContain('balanced (wrong)');
  });
});

describe('the role', () => {
  it('shows what means something at that end', async () => {
    const { map } = await openForm(BOND);
    const seen = (): string[] =>
      ['default_route', 'nat', 'public_ipaddr', 'lan'].filter((name) => map.visible('bond', name));
    expect(seen()).toEqual(['default_route', 'lan']);
    map.fill('bond', 'role', 'server');
    expect(seen()).toEqual(['nat', 'public_ipaddr', 'lan']);
  });

  it('of a router takes the networks behind it, checked as on a server', async () => {
    const { uci, map } = await openForm(`${BOND}\tlist lan '192.168.1.0/24'\n`);
    const wrong = ['192.168.1.0/24', '192.168.2.300/24'];
    expect(() => map.fill('bond', 'lan', wrong)).toThrow('a network like 192.168.1.0/24');
    map.fill('bond', 'lan', ['192.168.1.0/24', '192.168.2.0/24']);
    await map.save();
    expect(uci.changes()).toEqual([['bond', 'lan', ['192.168.1.0/24', '192.168.2.0/24']]]);
  });

  it('changed and saved leaves the other role and its sections as they are', async () => {
    const text = file('howto-router').replace(
      "option ifname 'bond0'",
      "option ifname 'bond0'\n\toption default_route '0'",
    );
    const { uci, map } = await openForm(text);
    map.fill('bond', 'role', 'server');
    await map.save();
    expect(uci.changes()).toEqual([['bond', 'role', 'server']]);
    await map.save();
    expect(uci.changes()).toEqual([['bond', 'role', 'server']]);
  });
});

describe('what the form takes', () => {
  const options = BOND_SECTION.options.filter(
    ({ type, list }) => !list && !['bool', 'enum', 'text'].includes(type.kind),
  );
  const piece = fc.oneof(
    fc.ipV4(),
    fc.ipV4().map((text) => `${text}/24`),
    fc.ipV4().map((text) => text.replace(/(\d+)$/, '0$1')),
    fc.integer({ min: -10, max: 70_000 }).map(String),
    fc.constantFrom('255.255.255.0', '/24', 'bond0', 'lo', '-x', 'a b', 'wan', '1.5', '1e3', 'ü'),
    fc.string({ minLength: 1, maxLength: 20 }),
  );

  /** A file in which the options of these roles are shown. */
  const asSeen = (roles: readonly string[]): string =>
    `${BOND}\toption watchdog '1'\n\toption role '${roles[0]}'\n`;

  it.each(options)('is what the daemon takes: $name', async ({ name, roles }) => {
    await fc.assert(
      fc.asyncProperty(piece, async (value) => {
        const { uci, map } = await openForm(asSeen(roles));
        map.fill('bond', name, value);
        const saved = await map.save().then(
          () => true,
          () => false,
        );
        if (!saved) {
          expect(uci.changes()).toEqual([]);
          return;
        }
        const { problems } = load(uci.file());
        const wrong = problems.filter(
          ({ code, text }) => /^option-(wrong|default)$/.test(code) && text.includes(`'${name}'`),
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it.each(options)('is all that the daemon takes: $name', async ({ name, roles }) => {
    await fc.assert(
      fc.asyncProperty(piece, async (value) => {
        const { uci, map } = await openForm(asSeen(roles));
        uci.set('bonding', 'bond', name, value);
        const { problems } = load(uci.file());
        uci.unset('bonding', 'bond', name);
        if (name === 'ipaddr') uci.set('bonding', 'bond', name, '10.0.0.2');
        const refused = problems.some(
          ({ code, text }) => /^option-(wrong|default)$/.test(code) && text.includes(`'${name}'`),
        );
        if (refused) return;
        map.fill('bond', name, value);
        await map.save();
      }),
      { numRuns: 60 },
    );
  });
});
