import { nearest } from '../config/nearest.ts';
import { OPENVPN_SECTION } from '../config/schema.ts';
import type { Config, OpenvpnOption, Refusal } from '../config/types.ts';
import { type Problem, problem } from '../errors.ts';
import { parseLine } from './log.ts';
import { seriesOf, takes } from './options.ts';

/**
 * What the installed OpenVPN takes is asked, not assumed: `openvpn --config stdin --version` reads
 * the options and ends before it does anything with them. It ends at the first that it refuses.
 */

/** Most lines that are asked about; whoever has more gets OpenVPN's own words at the start. */
const LINE_LIMIT = 256;

/** What guards a tunnel is never left out: better no tunnel than one that lets anybody in. */
const GUARDS =
  /^(peer-fingerprint|ca|capath|cert|key|pkcs12|crl-verify|extra-certs|tls-(auth|crypt.*|verify|version-min|cipher.*|cert-profile)|verify-.*|remote-cert-.*)$/;

/** Our own defaults, which every version since 2.5 takes. */
const KNOWN: ReadonlySet<string> = new Set([
  ...OPENVPN_SECTION.options.map((entry) => `${entry.name.replaceAll('_', '-')} ${entry.default}`),
  ...['remote-cert-tls server', 'remote-cert-tls client', 'ping 2', 'ping-restart 8'],
]);

/** An option as a line of OpenVPN's configuration. */
export function lineOf({ name, value }: OpenvpnOption): string {
  return value === null ? name : `${name} ${value}`;
}

/** The lines that `version` may refuse: the user's own, and those of ours that not all versions have. */
export function doubtfulLines({ bond, openvpn }: Config, version: string): string[] {
  const [fingerprint] = bond.peerFingerprint;
  const own = fingerprint === undefined ? [] : [`peer-fingerprint ${fingerprint}`];
  const lines = [
    ...openvpn.options.filter(({ name }) => takesIt(version, name)).map(lineOf),
    ...(takesIt(version, 'disable-dco') ? ['disable-dco'] : []),
    ...own,
  ];
  return [...new Set(lines)].filter((line) => !KNOWN.has(line)).slice(0, LINE_LIMIT);
}

/** OpenVPN's answer: null when it took everything; `line` from 1, or null when it named none. */
export type Answer = { line: number | null; why: string } | null;

/** Reads what it printed. Nothing that can be understood counts as taken: it refuses by itself later. */
export function readAnswer(output: string): Answer {
  for (const event of output.split('\n').map((line) => parseLine(line)?.event)) {
    const refused = event?.kind === 'options-error' || (event?.kind === 'exiting' && event.fatal);
    if (!refused) continue;
    const line = /\bstdin\]?:(\d{1,4})\b/.exec(event.text)?.[1];
    return { line: line === undefined ? null : Number(line), why: plain(event.text) };
  }
  return null;
}

/** OpenVPN's words without the place in a file that nobody has. */
function plain(text: string): string {
  const why = text
    .replace(/^In \[?stdin\]?:\d+: /, '')
    .replace(/,? (in )?\(?\[?stdin\]?(:\d+)?\)?(: .*)?$/, '')
    .replace(/, line starts with .*$/, '');
  return `${why.charAt(0).toLowerCase()}${why.slice(1, 160)}`;
}

/** Whether the option may be written: not one of those that were refused. */
export function isTaken(option: OpenvpnOption, refused: readonly Refusal[]): boolean {
  const line = lineOf(option);
  return !refused.some((found) => found.line === line);
}

/** Whether something that was refused is too important to be left out. */
export function lacksGuard(refused: readonly Refusal[]): boolean {
  return refused.some(({ line }) => GUARDS.test(nameOf(line)));
}

/** A problem for each option that was refused; ours that is only of use to newer versions is none. */
export function refusalProblems(
  { role }: Config,
  version: string,
  refused: readonly Refusal[],
): Problem[] {
  const type = role === 'router' ? 'openvpn' : 'openvpn-server';
  const names = OPENVPN_SECTION.options.map((entry) => entry.name.replaceAll('_', '-'));
  return refused
    .filter(({ line }) => line !== 'disable-dco')
    .map(({ line, why }) => {
      const option = nameOf(line);
      if (option === 'peer-fingerprint')
        return problem('fingerprint-refused', 'openvpn', { version });
      const guess = names.includes(option) ? null : nearest(option, names);
      const hint = guess === null ? '' : `; did you mean '${guess}'?`;
      const code = GUARDS.test(option) ? 'option-guard' : 'option-refused';
      return problem(code, `section '${type}'`, { option, version, why, hint });
    });
}

function nameOf(line: string): string {
  return line.replace(/\s.*$/, '');
}

function takesIt(version: string, name: string): boolean {
  return takes(seriesOf(`OpenVPN ${version}`), name);
}
