import { describe, expect, it } from 'vitest';
import type { OptionSpec } from '../../../backend/src/config/option.ts';
import {
  BOND_SECTION,
  FORWARD_SECTION,
  LINK_SECTION,
  OPENVPN_SECTION,
  SCHEMA,
} from '../../../backend/src/config/schema.ts';
import { parse } from '../../../backend/src/uci/index.ts';
import { bondOptions, forwardOptions, linkOptions } from '../../../luci-ui/src/settings/labels.ts';
import { dataTexts, html, optionText } from '../../../luci-ui/src/settings/texts.ts';
import type { FakeOption, FakeSection } from '../../fakes/luci-fields.ts';
import { openForm } from './settings-fixture.ts';

/** What the form is made of: sections, tabs, widgets, types, titles and texts. */

const everything = [BOND_SECTION, LINK_SECTION, FORWARD_SECTION, OPENVPN_SECTION].flatMap(
  (section) =>
    section.options.map((option) => ({ section, option, id: `${section.type}.${option.name}` })),
);
const offered = everything.filter(
  ({ option: { policy, effect } }) =>
    effect !== 'none' && (policy === null || ['pass', 'used'].includes(policy.kind)),
);

function sectionOf(sections: FakeSection[], type: string): FakeSection {
  const found = sections.filter((one) => one.sectiontype === type);
  expect(found, type).toHaveLength(1);
  if (found[0] === undefined) throw new Error(type);
  return found[0];
}

function fieldsOf(sections: FakeSection[], type: string, name: string): FakeOption[] {
  return sectionOf(sections, type).children.filter((one) => one.option === name);
}

/** The widget of each kind of value. */
function widgetOf(type: string, option: OptionSpec): string {
  if (option.type.kind === 'word') return 'NetworkSelect';
  if (option.type.kind === 'bool') return 'Flag';
  if (option.type.kind === 'enum') return 'ListValue';
  return option.list && type !== '' ? 'DynamicList' : 'Value';
}

describe('the form', async () => {
  const { map } = await openForm("config interface 'bond'\n");
  const sections = map.children;

  it('has the bond, a table of links, forwards, and OpenVPN for each end', () => {
    expect(sections.map(({ kind, sectiontype }) => `${kind} ${sectiontype}`)).toEqual([
      'NamedSection interface',
      'GridSection link',
      'TypedSection forward',
      'TypedSection openvpn',
      'TypedSection openvpn-server',
    ]);
    const grid = sectionOf(sections, 'link');
    expect([grid.addremove, grid.sortable, grid.anonymous]).toEqual([true, true, false]);
  });

  it.each(offered)('has $id once, with the widget of its type', ({ section, option }) => {
    const fields = fieldsOf(sections, section.type, option.name);
    expect(fields).toHaveLength(1);
    expect(fields[0]?.kind).toBe(widgetOf(section.type, option));
    expect(fields[0]?.retain, 'a hidden field would be taken out of the file').toBe(true);
  });

  it('has nothing else but the scripts, and what shows the options of OpenVPN', () => {
    const known = new Set(offered.map(({ id }) => id));
    const others = sections
      .filter(({ sectiontype }) => sectiontype !== 'openvpn-server')
      .flatMap(({ sectiontype, children }) => children.map((one) => `${sectiontype}.${one.option}`))
      .filter((id) => !known.has(id));
    expect(others).toEqual([
      ...['preup', 'up', 'predown', 'down'].map((event) => `interface._${event}`),
      ...['_chosen', '_idle', '_clean'].map((name) => `openvpn.${name}`),
    ]);
  });

  it('the server has the same options of OpenVPN as the router', () => {
    const names = (type: string): string[] =>
      sectionOf(sections, type).children.map(({ option }) => option);
    expect(names('openvpn-server')).toEqual(names('openvpn'));
  });

  it.each([
    ['interface', 'ipaddr', undefined],
    ['interface', 'remote_ipaddr', 'ip4addr("nomask")'],
    ['interface', 'ifname', 'netdevname'],
    ['interface', 'mtu', 'and(integer,range(576,9000))'],
    ['interface', 'page_port', 'port'],
    ['link', 'remote_port', 'and(port,min(1))'],
    ['link', 'server', undefined],
    ['openvpn', 'nice', 'and(integer,range(-20,19))'],
  ])("%s.%s has LuCI's type %s", (type, name, datatype) => {
    expect(fieldsOf(sections, type, name)[0]?.datatype).toBe(datatype);
  });

  it('asks for what is required, and shows a default where it can', () => {
    expect(fieldsOf(sections, 'interface', 'ipaddr')[0]?.rmempty).toBe(false);
    expect(fieldsOf(sections, 'interface', 'ifname')[0]?.placeholder).toBe('bond0');
    expect(fieldsOf(sections, 'interface', 'mode')[0]?.placeholder).toBe('default (balance-rr)');
    expect(fieldsOf(sections, 'interface', 'enabled')[0]?.default).toBe('1');
  });

  it('names units, and tells where a default comes from', () => {
    const [mtu] = fieldsOf(sections, 'interface', 'mtu');
    expect(mtu?.title).toBe('MTU (bytes)');
    expect(mtu?.description).toContain('Default: 1426 with <code>dev_type tap</code>');
    const [port] = fieldsOf(sections, 'interface', 'page_interface');
    expect(port?.description).toContain('Default: lan.');
  });

  it('says where the scripts are', () => {
    const titles = sectionOf(sections, 'interface').children.map(({ title }) => title);
    expect(titles).toContain('/etc/bonding/bonding-preup.sh');
  });
});

describe('labels', () => {
  it('every option of the bond and of a link has a title of its own', () => {
    const names = (of: { options: readonly OptionSpec[] }): string[] =>
      of.options.map(({ name }) => name).sort();
    expect(Object.keys(bondOptions()).sort()).toEqual(names(BOND_SECTION));
    expect(Object.keys(linkOptions()).sort()).toEqual(names(LINK_SECTION));
    expect(Object.keys(forwardOptions()).sort()).toEqual(names(FORWARD_SECTION));
    const titles = Object.values(bondOptions()).map(([, title]) => title);
    for (const all of [titles, Object.values(linkOptions()), Object.values(forwardOptions())]) {
      expect(new Set(all).size).toBe(all.length);
      expect(all.filter((title) => title.length < 3 || title.length > 40)).toEqual([]);
    }
  });
});

describe('texts', () => {
  it('are escaped: LuCI takes them as HTML', () => {
    expect(html('`a` <img src=x onerror="x"> & \'`<b>`')).toBe(
      '<code>a</code> &lt;img src=x onerror=&quot;x&quot;&gt; &amp; &#39;<code>&lt;b&gt;</code>',
    );
  });

  it.each(SCHEMA)('every text of $type that is shown is known to the catalogue', (section) => {
    const texts = dataTexts();
    for (const option of section.options.filter(({ policy }) => policy?.kind !== 'ours')) {
      const shown = optionText(section, option, true);
      const found = texts.some((text) => shown.includes(html(text)));
      expect(found, `${option.name}: ${shown}`).toBe(true);
    }
  });

  it('are not empty', () => {
    expect(dataTexts().filter((text) => text.length < 5)).toEqual([]);
  });
});

describe('options that do nothing any more', () => {
  const HOWTO = "config interface 'bond'\nconfig link 'a'\n\toption active '1'\nconfig link 'b'\n";

  it('are offered where the file has them, and nowhere else', async () => {
    const { map } = await openForm(HOWTO);
    expect((await map.open('a')).visible('a', 'active')).toBe(true);
    expect((await map.open('b')).visible('b', 'active')).toBe(false);
  });

  it('a file without interface bond gets one', async () => {
    const { uci } = await openForm("config link 'a'\n");
    expect(uci.changes()).toEqual([['bond', null, 'interface']]);
    expect(parse("config link 'a'\n").sections).toHaveLength(1);
  });
});
