import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import type { Config } from '../../../backend/src/config/types.ts';
import { describe as describeProblem } from '../../../backend/src/errors.ts';
import {
  doubtfulLines,
  isTaken,
  lacksGuard,
  readAnswer,
  refusalProblems,
} from '../../../backend/src/openvpn/probe.ts';

const FINGERPRINT = Array(32).fill('AB').join(':');

function configOf(options: Record<string, string | string[]>, bond = {}): Config {
  const { config } = load({
    sections: [
      {
        type: 'interface',
        name: 'bond',
        anonymous: false,
        options: { ipaddr: '10.0.0.2', peer_fingerprint: FINGERPRINT, ...bond },
      },
      { type: 'openvpn', name: 'o', anonymous: true, options },
    ],
  });
  if (config === null) throw new Error('no configuration');
  return config;
}

describe('what OpenVPN is asked about', () => {
  it('is not what every version takes', () => {
    expect(doubtfulLines(configOf({}), '2.6.14')).toEqual([
      'disable-dco',
      `peer-fingerprint ${FINGERPRINT}`,
    ]);
    expect(doubtfulLines(configOf({ verb: '3', keepalive: '2 8' }), '2.6.14')).toHaveLength(2);
  });

  it('is what the user added, once, and nothing that is not written anyway', () => {
    const config = configOf({
      verb: '2',
      persist_key: '1',
      comp_lzo: '1',
      persist_tun: '1',
      extra: ['tls-cert-profile legacy', 'tls-cert-profile legacy', 'daemon', 'config /x'],
    });
    expect(doubtfulLines(config, '2.7.6').filter((line) => !/finger|dco/.test(line))).toEqual([
      'verb 2',
      'tls-cert-profile legacy',
    ]);
    expect(doubtfulLines(config, '2.6.14')).toContain('persist-key');
    expect(doubtfulLines(config, '2.5.8')).not.toContain('disable-dco');
  });

  it('has an end', () => {
    const extra = Array.from({ length: 1_000 }, (_, index) => `x-option-${index}`);
    expect(doubtfulLines(configOf({ extra }), '2.6.14')).toHaveLength(256);
  });
});

/** As 2.6.14 wrote them; the last as 2.5.8 does. */
const TAKEN = '1795236458.934158 1001 OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)] [LZO]\n';
const REFUSED: [string, number | null, string][] = [
  [
    'b000 Options error: Unrecognized option or missing or extra parameter(s) in stdin:2: keysize (2.6.14)',
    2,
    'unrecognized option or missing or extra parameter(s)',
  ],
  [
    'b000 Options error: unknown tls-version-min parameter: 9.9',
    null,
    'unknown tls-version-min parameter: 9.9',
  ],
  [
    "10 invalid --mtu-disc type: 'bogus' -- valid types are 'yes', 'maybe', or 'no'",
    null,
    "invalid --mtu-disc type: 'bogus' -- valid types are 'yes', 'maybe', or 'no'",
  ],
  [
    'b000 Options error: In stdin:2: Maximum option line length (256) exceeded, line starts with setenv FOO a',
    2,
    'maximum option line length (256) exceeded',
  ],
  ['3000 Options error: No closing quotation (") in stdin:7', 7, 'no closing quotation (")'],
  [
    "b000 Options error: option 'disable' cannot be used in this context (stdin)",
    null,
    "option 'disable' cannot be used in this context",
  ],
  [
    "9100 Options error: --up script fails with '/nowhere': No such file or directory (errno=2)",
    null,
    "--up script fails with '/nowhere': No such file or directory (errno=2)",
  ],
  [
    'b000 Options error: Unrecognized option or missing or extra parameter(s) in [STDIN]:3: x (2.5.8)'.replace(
      'STDIN',
      'stdin',
    ),
    3,
    'unrecognized option or missing or extra parameter(s)',
  ],
];

describe('its answer', () => {
  it('is its version when it takes everything, after warnings too', () => {
    expect(readAnswer(TAKEN)).toBeNull();
    expect(readAnswer(`1795236458.946314 1 DEPRECATION: opt-verify is\n${TAKEN}`)).toBeNull();
  });

  it.each(REFUSED)('%s', (text, line, why) => {
    const output = `1795236458.896300 ${text}\n1795236458.896342 1040 Use --help for more information.\n`;
    expect(readAnswer(output)).toEqual({ line, why });
  });

  it.each(['', 'Segmentation fault\n', 'Options error: not in the form that was asked for\n'])(
    'is no refusal when it cannot be understood: %j',
    (output) => expect(readAnswer(output)).toBeNull(),
  );
});

describe('what comes of a refusal', () => {
  const told = (line: string, why = 'unrecognized'): string[] =>
    refusalProblems(configOf({}), '2.6.14', [{ line, why }]).map(
      (found) => `${found.severity}: ${describeProblem(found)}. ${found.fix}`,
    );

  it('a problem with option, version and words, and the option that may be meant', () => {
    expect(told('tls-group X25519')).toEqual([
      "warning: bonding: section 'openvpn': OpenVPN 2.6.14 refuses option 'tls-group' (unrecognized); it is left out. correct 'tls-group', or take it out; did you mean 'tls-groups'?",
    ]);
    expect(told('mtu-disc bogus', 'invalid type')[0]).toContain("'mtu-disc' (invalid type)");
  });

  it('none about an option of ours that is not needed', () => {
    expect(told('disable-dco')).toEqual([]);
    expect(lacksGuard([{ line: 'disable-dco', why: '' }])).toBe(false);
  });

  it.each([
    ...['peer-fingerprint AB', 'ca /x', 'tls-auth /k 3', 'tls-crypt-v2 /k', 'remote-cert-tls x'],
    ...['verify-x509-name', 'crl-verify', 'tls-version-min 9.9', 'tls-verify /x'],
  ])('no tunnel at all without what guards it: %s', (line) => {
    expect(lacksGuard([{ line, why: '' }])).toBe(true);
    expect(told(line)[0]).toMatch(/^error: .*(none|no tunnel) is started/);
  });

  it.each(['verb 2', 'tls-groups x', 'tls-timeout 3', 'keepalive 1 2', 'cake'])(
    '%s guards nothing',
    (line) => expect(lacksGuard([{ line, why: '' }])).toBe(false),
  );

  it('only that line is left out', () => {
    const refused = [{ line: 'verb 5', why: '' }];
    expect(isTaken({ name: 'verb', value: '5' }, refused)).toBe(false);
    expect(isTaken({ name: 'verb', value: '4' }, refused)).toBe(true);
  });
});
