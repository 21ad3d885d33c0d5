import { describe, expect, it } from 'vitest';
import { OPENVPN_SECTION, SCHEMA } from '../../../backend/src/config/schema.ts';
import { readValue } from '../../../backend/src/config/value.ts';
import { HOWTO_FLAGS, HOWTO_PARAMS } from '../../fakes/howto-names.ts';

describe('the table of options', () => {
  it('has every OpenVPN option of the HOWTO, with a policy', () => {
    const policies = new Map(OPENVPN_SECTION.options.map((entry) => [entry.name, entry.policy]));
    const names = [...HOWTO_FLAGS, ...HOWTO_PARAMS];
    expect(names).toHaveLength(172);
    expect(names.filter((name) => !policies.get(name))).toEqual([]);
  });

  it.each(SCHEMA)('$type: names are unique, texts are one line', ({ options }) => {
    const names = options.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(options.filter(({ help }) => !/^[^\n|]{5,400}\.$/.test(help))).toEqual([]);
  });

  it.each(SCHEMA)('$type: defaults are values of their own type', ({ options }) => {
    const wrong = options.filter(
      (entry) => entry.default !== null && readValue(entry.type, entry.default) === null,
    );
    expect(wrong).toEqual([]);
  });
});
