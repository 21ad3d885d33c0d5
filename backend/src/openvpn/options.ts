/**
 * Which OpenVPN takes which option. Tried on 2.5.8, 2.6.14, 2.6.22 and 2.7.6, built with OpenWrt's
 * flags and Debian's; test/unit/openvpn/matrix.txt holds the answers, and a test compares.
 */

/** A release series as one number that compares: 2.6 is 206. */
export type Series = number;

/** From which series on, and before which series, an option may be written; both null: always. */
interface Span {
  since: Series | null;
  before: Series | null;
}

const ALWAYS: Span = { since: null, before: null };

/** Only options that are not the same everywhere; "before" also covers "ignored with a warning". */
const SPANS: Readonly<Record<string, Span>> = {
  'disable-dco': { since: 206, before: null },
  'peer-fingerprint': { since: 206, before: null },
  // 2.7 keeps keys always and says so in a warning each time.
  'persist-key': { since: null, before: 207 },
  // Negotiated since 2.6; 2.5 in point-to-point mode dies without it under OpenSSL 3 (BF-CBC).
  cipher: { since: null, before: 206 },
};

/** The series in `OpenVPN 2.6.14 x86_64-…`, the first line of `openvpn --version`; null if absent. */
export function seriesOf(versionText: string): Series | null {
  const found = /OpenVPN (\d{1,3})\.(\d{1,2})(?!\d)/.exec(versionText);
  return found === null ? null : Number(found[1]) * 100 + Number(found[2]);
}

/** Whether this series takes the option without complaint. An unknown series counts as 2.6. */
export function takes(series: Series | null, option: string): boolean {
  const { since, before } = SPANS[option] ?? ALWAYS;
  const asked = series ?? 206;
  return (since === null || asked >= since) && (before === null || asked < before);
}
