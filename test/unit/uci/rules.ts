/**
 * One line per rule of libuci's file format: a title, a text, and what `uci export` prints for it,
 * without the `package` line, or the message of its error. Checked against the real `uci`.
 */
export const RULES: readonly (readonly [title: string, text: string, result: string])[] = [
  ['nothing at all', '', '\n'],
  ['only white space and comments', ' \t\n# c\n\v#\n\n', '\n'],
  [
    'one-letter commands',
    'p x\nc a b\no v x\nl l y\n',
    "\nconfig a 'b'\n\toption v 'x'\n\tlist l 'y'\n\n",
  ],
  ['a command in capitals', 'CONFIG a b\n', 'Parse error (invalid command) at line 1, byte 0'],
  [
    'a quoted command',
    "c a b\n\t'option' v x\n",
    'Parse error (invalid command) at line 2, byte 1',
  ],
  [
    'a vertical tab after the command',
    'c a b\no\vv x\n',
    'Parse error (invalid command) at line 2, byte 0',
  ],
  ['option alone on a line', 'c a b\noption\n', 'Parse error (invalid command) at line 2, byte 0'],
  [
    'list alone at the end of the text',
    'c a b\nlist',
    'Parse error (option without name) at line 1, byte 0',
  ],
  [
    'config alone at the end of the text',
    'config',
    'Parse error (config without name) at line 0, byte 0',
  ],
  [
    'package alone at the end of the text',
    'package',
    'Parse error (package without name) at line 0, byte 0',
  ],
  [
    'option and a blank',
    'c a b\noption \n',
    'Parse error (insufficient arguments) at line 2, byte 8',
  ],
  [
    'any white space before a command',
    'c a b\n\f\v\r o v x\n',
    "\nconfig a 'b'\n\toption v 'x'\n\n",
  ],
  [
    'any white space between words',
    "c\ta\v'b'\n\to\tv\f'x'\n",
    "\nconfig a 'b'\n\toption v 'x'\n\n",
  ],
  ['a comment within a bare word', 'c a b\no v one#two\n', "\nconfig a 'b'\n\toption v 'one'\n\n"],
  [
    'a comment right behind a quote',
    "c a b\no v 'one'#two\n",
    "\nconfig a 'b'\n\toption v 'one'\n\n",
  ],
  ['a comment sign in quotes', 'c a b\no v \'a#b\'"#"\n', "\nconfig a 'b'\n\toption v 'a#b#'\n\n"],
  [
    'backslashes in single quotes stay',
    "c a b\no v 'a\\nb\\\\c\\'\n",
    "\nconfig a 'b'\n\toption v 'a\\nb\\\\c\\'\n\n",
  ],
  [
    'a backslash in double quotes is dropped',
    'c a b\no v "a\\"\\\\\\n\\$"\n',
    "\nconfig a 'b'\n\toption v 'a\"\\n$'\n\n",
  ],
  [
    'a backslash in a bare word is dropped',
    "c a b\no v a\\ b\\#c\\;d\\'e\n",
    "\nconfig a 'b'\n\toption v 'a b#c;d'\\''e'\n\n",
  ],
  [
    'pieces join',
    `c a b\no v 'it'\\''s '"so"far\n`,
    "\nconfig a 'b'\n\toption v 'it'\\''s sofar'\n\n",
  ],
  [
    'a line feed in quotes',
    'c a b\no v \'x\ny\'\no w "x\ny"\n',
    "\nconfig a 'b'\n\toption v 'x\ny'\n\toption w 'x\ny'\n\n",
  ],
  [
    'continuation in double quotes',
    'c a b\no v "one\\\ntwo\\\r\nthree"\n',
    "\nconfig a 'b'\n\toption v 'onetwothree'\n\n",
  ],
  [
    'continuation of a bare word',
    'c a b\no v one\\\ntwo\n',
    "\nconfig a 'b'\n\toption v 'onetwo'\n\n",
  ],
  [
    'no continuation in single quotes',
    "c a b\no v 'one\\\ntwo'\n",
    "\nconfig a 'b'\n\toption v 'one\\\ntwo'\n\n",
  ],
  [
    'continuation between words',
    'c a b\no v \\\n one\n',
    'Parse error (too many arguments) at line 3, byte 10',
  ],
  [
    'a backslash at the end of the text',
    'c a b\no v one\\',
    "\nconfig a 'b'\n\toption v 'one'\n\n",
  ],
  [
    'lines that end in CR LF',
    "c a 'b'\r\no v x\r\nl l 'y'\r\n",
    "\nconfig a 'b'\n\toption v 'x'\n\tlist l 'y'\n\n",
  ],
  ['CR in quotes', "c a b\no v 'x\r\ny\r'\n", "\nconfig a 'b'\n\toption v 'x\r\ny\r'\n\n"],
  [
    'lines that end in CR alone',
    'c a b\ro v x\r',
    'Parse error (too many arguments) at line 0, byte 8',
  ],
  ['a byte order mark', '\ufeffc a b\n', 'Parse error (invalid command) at line 1, byte 0'],
  [
    'a NUL byte glues lines',
    'c a b\0\no v x\n',
    'Parse error (too many arguments) at line 1, byte 9',
  ],
  ['a NUL byte at the start of a line hides it', '\0 # c\nc a b\n', "\nconfig a 'b'\n\n"],
  [
    'names from digits and underscores',
    'c a 1_\no 2 x\no _ y\n',
    "\nconfig a '1_'\n\toption 2 'x'\n\toption _ 'y'\n\n",
  ],
  [
    'a section name with a dash',
    "c a 'my-name'\n",
    'Parse error (invalid character in name field) at line 1, byte 14',
  ],
  [
    'a section name outside ASCII',
    'c a ü\n',
    'Parse error (invalid character in name field) at line 1, byte 7',
  ],
  [
    'an option name with a dot',
    'c a b\no a.b x\n',
    'Parse error (invalid character in name field) at line 2, byte 6',
  ],
  ['a type of any printable characters', 'c a.b-c@[0]% n\n', "\nconfig a.b-c@[0]% 'n'\n\n"],
  [
    'a type with a space',
    "c 'a b' n\n",
    'Parse error (invalid character in type field) at line 1, byte 8',
  ],
  [
    'a type outside ASCII',
    'c é n\n',
    'Parse error (invalid character in type field) at line 1, byte 5',
  ],
  ['a package name with a dash', 'package a-b\n', '\n'],
  [
    'a package name with a dot',
    'package a.b\n',
    'Parse error (invalid character in name field) at line 1, byte 12',
  ],
  [
    'control characters in a value',
    "c a b\no v '\x01\x1b\x7f'\n",
    "\nconfig a 'b'\n\toption v '\x01\x1b\x7f'\n\n",
  ],
  ['a word too many', 'c a b\no v x y\n', 'Parse error (too many arguments) at line 2, byte 8'],
  ['a third word after config', 'c a b c\n', 'Parse error (too many arguments) at line 1, byte 8'],
  ['an empty word too many', "c a b\no v x ''\n", "\nconfig a 'b'\n\toption v 'x'\n\n"],
  ['an empty section name', "c a ''\n", '\nconfig a\n\n'],
  ['an empty type', "c ''\n", 'Parse error (insufficient arguments) at line 1, byte 5'],
  [
    'an empty option name',
    "c a b\no '' x\n",
    'Parse error (insufficient arguments) at line 2, byte 5',
  ],
  ['an empty option is not stored', 'c a b\no v \'\'\no w\t\no x ""\n', "\nconfig a 'b'\n\n"],
  [
    'an empty option replaces nothing',
    "c a b\no v x\no v ''\n",
    "\nconfig a 'b'\n\toption v 'x'\n\n",
  ],
  [
    'an empty element is stored',
    "c a b\nl v ''\nl v\t\n",
    "\nconfig a 'b'\n\tlist v ''\n\tlist v ''\n\n",
  ],
  [
    'an option again, in the first place',
    'c a b\no v 1\no w 2\no v 3\n',
    "\nconfig a 'b'\n\toption v '3'\n\toption w '2'\n\n",
  ],
  [
    'a list after an option',
    'c a b\no v 1\no w 2\nl v 3\n',
    "\nconfig a 'b'\n\tlist v '1'\n\tlist v '3'\n\toption w '2'\n\n",
  ],
  [
    'an option after a list',
    'c a b\nl v 1\nl v 2\no w 2\no v 3\n',
    "\nconfig a 'b'\n\toption v '3'\n\toption w '2'\n\n",
  ],
  [
    'a section again',
    'c a b\no v 1\nc a c\nc a b\no w 2\n',
    "\nconfig a 'b'\n\toption v '1'\n\toption w '2'\n\nconfig a 'c'\n\n",
  ],
  [
    'a section again, of another type',
    'c a b\nc x b\n',
    'Parse error (section of different type overwrites prior section with same name) at line 2, byte 6',
  ],
  [
    'an option before any section',
    'o v x\n',
    'Parse error (option/list command found before the first section) at line 1, byte 0',
  ],
  [
    'a list before any section',
    ' l v x\n',
    'Parse error (option/list command found before the first section) at line 1, byte 1',
  ],
  [
    'package lines change nothing',
    'package x\nc a b\npackage y\no v 1\n',
    "\nconfig a 'b'\n\toption v '1'\n\n",
  ],
  ['a semicolon behind a bare word', 'c a b; o v x\no w y\n', "\nconfig a 'b'\n\toption w 'y'\n\n"],
  [
    'a semicolon behind a quote',
    "c a b\no v 'x';o w 'y'\n",
    "\nconfig a 'b'\n\toption v 'x'\n\toption w 'y'\n\n",
  ],
  [
    'a semicolon behind white space',
    'c a b ; o v x ;o w y\n',
    "\nconfig a 'b'\n\toption v 'x'\n\toption w 'y'\n\n",
  ],
  [
    'a semicolon behind an escape',
    'c a b\no v \\x; o w y\n',
    "\nconfig a 'b'\n\toption v 'x'\n\toption w 'y'\n\n",
  ],
  ['a semicolon in quotes', "c a b\no v 'x;y'\n", "\nconfig a 'b'\n\toption v 'x;y'\n\n"],
  [
    'a semicolon at the end of a line',
    "c a b\no v 'x';\n",
    'Parse error (invalid command) at line 2, byte 8',
  ],
  [
    'a semicolon in place of a value',
    "c a b\no 'v'; o w x\n",
    'Parse error (too many arguments) at line 2, byte 9',
  ],
  ['a comment behind a semicolon', "c a b\no v 'x'; # c\n", "\nconfig a 'b'\n\toption v 'x'\n\n"],
  [
    'a double quote that is never closed',
    'c a b\no v "x\n',
    'Parse error (EOF with unterminated ") at line 2, byte 7',
  ],
  [
    'a single quote that is never closed',
    "c a b\no v 'x",
    "Parse error (EOF with unterminated ') at line 1, byte 6",
  ],
  [
    'a quote closed in a later line',
    "c a b\no v 'x\no w y\no z 'u\n",
    "\nconfig a 'b'\n\toption v 'x\no w y\no z u'\n\n",
  ],
  [
    'a line longer than any buffer',
    `c a b\no v ${'y'.repeat(5000)}\n`,
    `\nconfig a 'b'\n\toption v '${'y'.repeat(5000)}'\n\n`,
  ],
];
