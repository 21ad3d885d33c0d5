import { createMasker, withoutSecrets } from './mask.ts';

/** One part of the text for a bug report. */
export interface DiagnosticsPart {
  title: string;
  text: string;
  /** Its oldest lines go first where all is too long. */
  log?: boolean;
}

/** Longest text, bytes: it goes over ubus, and into a bug tracker. */
export const LIMIT = 256 * 1024;

/** What stands in the place of what was too long. */
const CUT = '(cut)';

/**
 * One text of all parts, LIMIT bytes at most, without secrets; `mask` null, or the names of servers:
 * then public addresses, fingerprints and hardware addresses are replaced too.
 */
export function diagnosticsText(
  parts: readonly DiagnosticsPart[],
  mask: readonly string[] | null,
  limit = LIMIT,
): string {
  const masker = mask === null ? (text: string) => text : createMasker(mask);
  const clean = parts.map((part) => ({ ...part, text: masker(withoutSecrets(part.text)).trim() }));
  return fit(clean, limit).map(print).join('');
}

function print({ title, text }: DiagnosticsPart): string {
  return `==== ${title} ====\n${text}\n\n`;
}

function size(part: DiagnosticsPart): number {
  return Buffer.byteLength(print(part));
}

/** First the oldest lines of the longest logs go, then the ends of the longest parts. */
function fit(parts: readonly DiagnosticsPart[], limit: number): DiagnosticsPart[] {
  const fitted = parts.map((part) => ({ ...part }));
  let over = fitted.reduce((sum, part) => sum + size(part), 0) - limit;
  for (const shorten of [withoutOldest, withoutEnd]) {
    while (over > 0) {
      const longest = fitted
        .filter((part) => (shorten === withoutEnd || part.log === true) && part.text.length > 64)
        .reduce<DiagnosticsPart | null>(
          (most, part) => (most === null || size(part) > size(most) ? part : most),
          null,
        );
      if (longest === null) break;
      const before = size(longest);
      longest.text = shorten(longest.text);
      over -= before - size(longest);
    }
  }
  return fitted;
}

function withoutOldest(text: string): string {
  const lines = text.split('\n').filter((line, index) => index > 0 || line !== CUT);
  return [CUT, ...lines.slice(Math.max(1, Math.floor(lines.length / 8)))].join('\n');
}

function withoutEnd(text: string): string {
  const whole = text.endsWith(`\n${CUT}`) ? text.slice(0, -CUT.length - 1) : text;
  return `${whole.slice(0, Math.floor(whole.length * 0.75))}\n${CUT}`;
}
