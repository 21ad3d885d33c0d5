import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withBondOption } from '../../../backend/src/join/server-config.ts';
import { format, parse, UciError } from '../../../backend/src/uci/index.ts';
import { printOf } from '../../fakes/join.ts';

const [OLD, NEW] = [printOf('01'), printOf('02')];
const admit = (text: string, ...prints: string[]) =>
  withBondOption(text, 'peer_fingerprint', prints, true);

const SERVER = `# mine; do not touch

config interface 'bond'   # the bond
	option role 'server'
	option   ipaddr "10.80.0.1/30"

config link 'link0'
	option peer_fingerprint 'of the link, whatever that is'
`;

describe('withBondOption', () => {
  it('adds a line and leaves every other byte', () => {
    expect(admit(SERVER, NEW)).toBe(
      SERVER.replace('# the bond\n', `# the bond\n\tlist peer_fingerprint '${NEW}'\n`),
    );
  });

  it('puts the new in the place of the old', () => {
    const had = SERVER.replace(
      '\toption   ipaddr',
      `\tlist peer_fingerprint '${OLD}'\n# c\n\tlist peer_fingerprint '${printOf('03')}'\n\toption   ipaddr`,
    );
    expect(admit(had, NEW)).toBe(
      SERVER.replace(
        '\toption   ipaddr',
        `\tlist peer_fingerprint '${NEW}'\n# c\n\toption   ipaddr`,
      ),
    );
  });

  it('changes nothing where it is so already', () => {
    const once = admit(SERVER, NEW);
    expect(admit(once, NEW)).toBe(once);
  });

  it('an option as an option, also in a file without a last line end', () => {
    const text = "config interface 'bond'";
    expect(withBondOption(text, 'public_ipaddr', ['192.0.2.1'], false)).toMatch(
      /^\n?config interface 'bond'\n\toption public_ipaddr '192\.0\.2\.1'\n+$/,
    );
  });

  it.each([
    ['two commands on one line', `config interface bond; option ipaddr 10.0.0.1\n`],
    ['a value over two lines', `config interface bond\n\toption peer_fingerprint 'a\nb'\n`],
    [
      'a section that is taken up again',
      `config interface bond\nconfig a b\nconfig interface bond\n`,
    ],
    ['a line that goes on', `config interface bond\n\toption x a\\\nb\n`],
  ])('writes anew what is written oddly: %s', (_, text) => {
    const wanted = parse(text);
    const bond = wanted.sections.find(({ name }) => name === 'bond');
    if (bond) bond.options.peer_fingerprint = [NEW];
    const lines = (of: string) => format(parse(of)).split('\n').sort();
    expect(lines(admit(text, NEW))).toEqual(lines(format(wanted)));
  });

  it('means what it should for any file', () => {
    const word = fc.stringMatching(/^[a-z]{1,4}$/);
    const line = fc.oneof(
      fc.tuple(word, fc.constantFrom("'x'", '"y z"', 'w')).map(([n, v]) => `\toption ${n} ${v}`),
      fc.constant(`\tlist peer_fingerprint '${OLD}'`),
      fc.constant('# a comment'),
      fc.constant(''),
      word.map((name) => `config link '${name}'`),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(line, { maxLength: 8 }), (a, b) => {
        const text = ['config first', ...a, "config interface 'bond'", ...b, ''].join('\n');
        const wanted = parse(text);
        for (const section of wanted.sections) {
          if (section.name === 'bond') section.options.peer_fingerprint = [NEW];
        }
        const after = parse(admit(text, NEW));
        expect(JSON.parse(JSON.stringify(after))).toEqual(JSON.parse(JSON.stringify(wanted)));
      }),
    );
  });

  it('says what is wrong with the file', () => {
    expect(() => admit("config interface 'bond\n", NEW)).toThrow(UciError);
    expect(() => admit("config interface 'other'\n", NEW)).toThrow(/no section .*'bond'/);
  });
});
