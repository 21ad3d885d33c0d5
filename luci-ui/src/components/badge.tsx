import type { Words } from '../words.ts';

/** A state: a dot in its colour, and the words that say the same. */
export function Badge({ words }: { words: Words }) {
  return (
    <span class="bonding-badge">
      <span class={`bonding-dot bonding-${words.tone}`} aria-hidden="true" />
      {words.text}
    </span>
  );
}
