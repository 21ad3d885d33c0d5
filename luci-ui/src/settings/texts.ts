import type { OptionSpec, SectionSpec } from '../../../backend/src/config/option.ts';
import { SCHEMA } from '../../../backend/src/config/schema.ts';
import { OPTION_TEXTS, textOf } from '../../../backend/src/config/schema-texts.ts';
import { _, fill } from '../i18n.ts';

/**
 * A text as HTML: LuCI puts titles and descriptions into the page by `innerHTML`, so everything is
 * escaped here, and only then words in backticks become `<code>`.
 */
export function html(text: string): string {
  const names: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text
    .replace(/[&<>"']/g, (letter) => names[letter] ?? '')
    .replace(/`([^`]*)`/g, '<code>$1</code>');
}

/**
 * What the option means, as HTML; with what holds without it, unless the field itself shows that
 * (`shown`: a placeholder, a tick).
 */
export function optionText(section: SectionSpec, spec: OptionSpec, shown: boolean): string {
  const { help, derived } = textOf(section, spec);
  const standard = derived === undefined ? spec.default : _(derived);
  if (shown || standard === null) return html(_(help));
  return html(`${_(help)} ${fill(_('Default: {default}.'), { default: standard })}`);
}

/** Why an OpenVPN option of the file does nothing, and what to do; null for one that does. */
export function whyIdle({ policy }: OptionSpec): string | null {
  if (policy?.kind === 'ours') return fill(_('Set by bonding: {why}.'), { why: _(policy.why) });
  if (policy?.kind !== 'gone') return null;
  const why = fill(_('Not written: {why}.'), { why: _(policy.why) });
  return `${why} ${fill(_('What to do: {fix}.'), { fix: _(policy.instead) })}`;
}

/**
 * All English texts that reach `_()` as data, for the catalogue: a scanner of literals cannot see
 * them here.
 */
export function dataTexts(): string[] {
  const texts = new Set<string>();
  for (const section of Object.values(OPTION_TEXTS)) {
    for (const { help, derived } of Object.values(section)) {
      texts.add(help);
      if (derived !== undefined) texts.add(derived);
    }
  }
  for (const { policy } of SCHEMA.flatMap(({ options }) => options)) {
    if (policy?.kind === 'ours' || policy?.kind === 'gone') texts.add(policy.why);
    if (policy?.kind === 'gone') texts.add(policy.instead);
  }
  return [...texts];
}
