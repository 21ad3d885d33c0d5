import { describe, expect, it } from 'vitest';
import { BASE_PORT, BASE_TABLE, DEFAULT_MTU } from '../../../backend/src/config/numbers.ts';
import {
  LINK_SECTION,
  OPENVPN_SECTION,
  OPENVPN_SERVER_SECTION,
  SCHEMA,
} from '../../../backend/src/config/schema.ts';
import { OPTION_TEXTS, SECTION_TEXTS, textOf } from '../../../backend/src/config/schema-texts.ts';
import { readValue } from '../../../backend/src/config/value.ts';
import { HOWTO_FLAGS, HOWTO_PARAMS } from '../../fakes/howto-names.ts';

describe('the table of options', () => {
  it('has every OpenVPN option of the HOWTO, with a policy', () => {
    const policies = new Map(OPENVPN_SECTION.options.map((entry) => [entry.name, entry.policy]));
    const names = [...HOWTO_FLAGS, ...HOWTO_PARAMS];
    expect(names).toHaveLength(172);
    expect(names.filter((name) => !policies.get(name))).toEqual([]);
  });

  it.each(SCHEMA)('$type: names are unique, texts are one line', (section) => {
    const names = section.options.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    const odd = section.options.filter(
      (entry) => !/^[^\n|]{5,400}\.$/.test(textOf(section, entry).help),
    );
    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  it('each option that needs a text of its own has one, and no text is left over', () => {
    for (const section of SCHEMA.filter((one) => one !== OPENVPN_SERVER_SECTION)) {
      const own = section.options.filter(
        ({ policy }) => policy === null || ['pass', 'used'].includes(policy.kind),
      );
      const texts: Readonly<Record<string, object | undefined>> = OPTION_TEXTS;
      const names = Object.keys(texts[section.type] ?? {});
      expect(names.sort(), section.type).toEqual(own.map(({ name }) => name).sort());
    }
    expect(Object.keys(SECTION_TEXTS)).toEqual(SCHEMA.map(({ type }) => type));
  });

  it.each(SCHEMA)('$type: a default is a text, or derived and explained, not both', (section) => {
    const odd = section.options.filter((entry) => {
      const { derived } = textOf(section, entry);
      return entry.derived !== (derived !== undefined) || (entry.derived && entry.default !== null);
    });
    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  it.each(SCHEMA)('$type: what is required has a meaning for the message', ({ options }) => {
    const odd = options.filter(
      ({ required, meaning }) => required.length > 0 !== meaning.length > 0,
    );
    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  it('the numbers in the texts are those that are used', () => {
    const { interface: bond, link } = OPTION_TEXTS;
    expect(bond.mtu?.derived).toContain(`${DEFAULT_MTU.tap} with`);
    expect(bond.mtu?.derived).toContain(`${DEFAULT_MTU.tun} with`);
    expect(link.remote_port?.derived).toBe(`${BASE_PORT} + N`);
    expect(link.local_port?.derived).toContain(`${BASE_PORT} + N`);
    expect(link.routing_table?.derived).toBe(`${BASE_TABLE} + N`);
    expect(LINK_SECTION.options).toHaveLength(Object.keys(link).length);
  });

  it.each(SCHEMA)('$type: defaults are values of their own type', ({ options }) => {
    const wrong = options.filter(
      (entry) => entry.default !== null && readValue(entry.type, entry.default) === null,
    );
    expect(wrong).toEqual([]);
  });
});
