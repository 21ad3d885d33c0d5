import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOwnRestart, splitCommand } from '../../../backend/src/config/command-line.ts';

describe('a command line', () => {
  it.each([
    ['/etc/bonding/restartbonding.sh', ['/etc/bonding/restartbonding.sh']],
    ['  a\t b  c ', ['a', 'b', 'c']],
    ["logger -t 'my tag' \"it's down\"", ['logger', '-t', 'my tag', "it's down"]],
    ['a "b \\"c\\" \\\\ \\d" e\\ f', ['a', 'b "c" \\ \\d', 'e f']],
    ["a '' \"\" x''y", ['a', '', '', 'xy']],
    ["a '$HOME `x` | ; & < >'", ['a', '$HOME `x` | ; & < >']],
    ['a "|;&<>()"', ['a', '|;&<>()']],
    ['a \\$b --x=1 *.txt ~ #c', ['a', '$b', '--x=1', '*.txt', '~', '#c']],
    ['a ü日', ['a', 'ü日']],
  ])('%s', (text, words) => expect(splitCommand(text)).toEqual({ words }));

  it.each([
    ['reboot; sleep 1', "';' needs a shell"],
    ['a && b', "'&' needs a shell"],
    ['a | b', "'|' needs a shell"],
    ['echo $HOME', "'$' needs a shell"],
    ['echo "$HOME"', "'$' needs a shell"],
    ['echo "a `b`"', "'`' needs a shell"],
    ['echo `x`', "'`' needs a shell"],
    ['a > /dev/null', "'>' needs a shell"],
    ['(a)', "'(' needs a shell"],
    ["a 'b", "a ' is not closed"],
    ['a "b c', 'a " is not closed'],
    ['a \\', 'it ends in a backslash'],
    ['', 'it names no program'],
    ['  ', 'it names no program'],
    ["'' a", 'it names no program'],
  ])('is refused: %s', (text, refused) => expect(splitCommand(text)).toEqual({ refused }));

  it('gives back any words that were quoted', () => {
    const word = fc.string({ minLength: 1 }).filter((text) => !text.includes("'"));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        const text = words.map((each) => `'${each}'`).join(' ');
        expect(splitCommand(text)).toEqual({ words });
      }),
    );
  });

  it('never throws, and never hangs', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab \\"\'$`;') }), (text) => {
        const found = splitCommand(text);
        expect('words' in found || found.refused.length > 0).toBe(true);
      }),
    );
    const begin = performance.now();
    splitCommand(`"${'\\x'.repeat(500)}`);
    expect(performance.now() - begin).toBeLessThan(200);
  });
});

describe('a restart of bonding itself', () => {
  it.each([
    ['/etc/init.d/bonding restart', true],
    ['service bonding restart', true],
    ['/sbin/service bonding restart', true],
    ['bonding restart', true],
    ['/usr/sbin/bonding restart', true],
    ['/etc/init.d/bonding stop', false],
    ['/etc/init.d/network restart', false],
    ['/etc/bonding/restartbonding.sh', false],
    ['mybonding restart', false],
  ])('%s: %s', (text, own) => expect(isOwnRestart(text.split(' '))).toBe(own));
});
