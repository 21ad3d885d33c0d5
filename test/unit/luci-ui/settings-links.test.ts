import { describe, expect, it } from 'vitest';
import { openForm } from './settings-fixture.ts';

/** The table of links and its dialogue. */

const BOND = "config interface 'bond'\n\toption ipaddr '10.0.0.2'\n";
const LINK = "config link 'dsl'\n\toption interface 'wan'\n\toption server '192.0.2.1'\n";
const SERVER = BOND.replace("'bond'\n", "'bond'\n\toption role 'server'\n");

function placeholders(map: Awaited<ReturnType<typeof openForm>>['map']) {
  const fields = map.children[0]?.children ?? [];
  const names = ['remote_port', 'local_port', 'routing_table', 'tunnel'];
  return names.map((name) => fields.find(({ option }) => option === name)?.placeholder);
}

describe("a link's dialogue", () => {
  it("shows the defaults of the link's place", async () => {
    const text = `${BOND}${LINK}config link\nconfig openvpn\n\toption dev_type 'tun'\n`;
    const { uci, map } = await openForm(text);
    const second = uci.sections('bonding', 'link')[1]?.['.name'] ?? '';
    expect(placeholders(await map.open('dsl'))).toEqual(['1194', '0', '20101', 'tun0']);
    expect(placeholders(await map.open(second))).toEqual(['1195', '0', '20102', 'tun1']);
  });

  it('on a server has its ports, and asks neither for a WAN nor for a server', async () => {
    const { uci, map } = await openForm(`${SERVER}config link 'dsl'\n`);
    const dialogue = await map.open('dsl');
    expect(placeholders(dialogue)).toEqual(['1194', '1194', '20101', 'tap0']);
    expect(['server', 'gateway'].map((name) => dialogue.visible('dsl', name))).toEqual([
      false,
      false,
    ]);
    await dialogue.save();
    expect(uci.changes()).toEqual([]);
  });

  it('on a router refuses a link without WAN or server', async () => {
    const { map } = await openForm(`${BOND}config link 'dsl'\n`);
    const dialogue = await map.open('dsl');
    await expect(dialogue.save()).rejects.toThrow('"WAN" must not be empty');
    dialogue.fill('dsl', 'interface', 'wan');
    await expect(dialogue.save()).rejects.toThrow('"Server" must not be empty');
  });

  it('writes what was changed', async () => {
    const { uci, map } = await openForm(`${BOND}${LINK}`);
    const dialogue = await map.open('dsl');
    dialogue.fill('dsl', 'interface', 'lan');
    dialogue.fill('dsl', 'remote_port', '5000');
    await dialogue.save();
    expect(uci.changes()).toEqual([
      ['dsl', 'interface', 'lan'],
      ['dsl', 'remote_port', '5000'],
    ]);
  });

  it('loses nothing that was typed into the form before', async () => {
    const { uci, map } = await openForm(`${BOND}${LINK}`);
    map.fill('bond', 'mtu', '1400');
    await (await map.open('dsl')).save();
    expect(uci.changes()).toEqual([['bond', 'mtu', '1400']]);
  });

  it('does not open while something in the form is wrong', async () => {
    const { map, notices } = await openForm(`${BOND}${LINK}`);
    map.fill('bond', 'mtu', '1');
    await expect(map.open('dsl')).rejects.toThrow('not opened');
    expect(notices).toEqual(['Correct what is marked as wrong first; it would be lost.']);
  });

  it('opens while something is only missing', async () => {
    const { uci, map } = await openForm(`config interface 'bond'\n${LINK}`);
    map.fill('bond', 'mtu', '1400');
    await (await map.open('dsl')).save();
    expect(uci.changes()).toEqual([['bond', 'mtu', '1400']]);
  });
});

describe('the table', () => {
  const grid = (map: Awaited<ReturnType<typeof openForm>>['map']) => {
    const found = map.children.find(({ sectiontype }) => sectiontype === 'link');
    if (found === undefined) throw new Error('no table');
    return found;
  };

  it('calls a link by its name, or by its place', async () => {
    const { uci, map } = await openForm(`${BOND}${LINK}config link\n`);
    const names = uci.sections('bonding', 'link').map((one) => one['.name']);
    expect(names.map((name) => grid(map).sectiontitle?.(name))).toEqual(['dsl', 'no. 2']);
  });

  it('adds a link of a new name only', async () => {
    const { uci, map, notices } = await openForm(`${BOND}${LINK}`);
    await grid(map).handleAdd(null, 'dsl');
    await grid(map).handleAdd(null, 'bond');
    await grid(map).handleAdd(null, 'x'.repeat(33));
    expect(uci.changes()).toEqual([]);
    expect(notices).toEqual([
      "There is a section 'dsl' already. Take another name.",
      "There is a section 'bond' already. Take another name.",
      'The name has more than 32 letters.',
    ]);
    await grid(map).handleAdd(null, 'lte');
    expect(uci.changes()).toEqual([['lte', null, 'link']]);
  });

  it('has room for eight', async () => {
    const seven = await openForm(BOND + 'config link\n'.repeat(7));
    const eight = await openForm(BOND + 'config link\n'.repeat(8));
    const tags = [seven, eight].map(({ map }) => Reflect.get(grid(map).renderSectionAdd(), 'tag'));
    expect(tags).toEqual(['button', 'em']);
  });
});
