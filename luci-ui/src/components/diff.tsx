import { type DiffKind, diffLines } from '../actions/diff-lines.ts';
import { _ } from '../i18n.ts';

interface Props {
  /** What it is, for screen readers. */
  label: string;
  /** A unified diff. */
  text: string;
}

/**
 * A diff in its own scrolling box. Colours, the marks, and a word that is only read out all say the
 * same: many screen readers skip a mark like `-`.
 */
export function Diff({ label, text }: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a section cannot keep the white space.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <pre class="bonding-output bonding-diff" tabIndex={0} role="region" aria-label={label}>
      {diffLines(text).map((line, index) => (
        <span class={`bonding-diff-${line.kind}`} key={index}>
          <span class="bonding-unseen">{spoken(line.kind)}</span>
          {line.text || ' '}
        </span>
      ))}
    </pre>
  );
}

function spoken(kind: DiffKind): string {
  if (kind === 'added') return `${_('added')}: `;
  return kind === 'removed' ? `${_('removed')}: ` : '';
}
