import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { copyText } from '../actions/files.ts';
import { _ } from '../i18n.ts';
import { Button } from './buttons.tsx';

interface Props {
  /** What it is, for screen readers. */
  label: string;
  text: string;
  /** More buttons beside "Copy". */
  children?: ComponentChildren;
}

/** A text of the daemon, in its own scrolling box, to copy. */
export function Output({ label, text, children }: Props) {
  const box = useRef<HTMLPreElement>(null);
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    if (!box.current) return;
    setSaid((await copyText(box.current)) ? _('Copied.') : _('It is marked: press Ctrl+C.'));
  };
  return (
    <div class="bonding-result">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      {/* biome-ignore lint/a11y/useSemanticElements: a section cannot keep the white space. */}
      <pre class="bonding-output" ref={box} tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <div class="bonding-actions">
        {children}
        <Button label={_('Copy')} onClick={() => void copy()} />
        <span class="bonding-outcome" role="status">
          {said}
        </span>
      </div>
    </div>
  );
}
