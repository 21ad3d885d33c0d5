import { useEffect, useRef, useState } from 'preact/hooks';
import type { Progress } from '../actions/use-action.ts';
import { _, fill } from '../i18n.ts';

interface ButtonProps {
  label: string;
  onClick: () => void;
  /** LuCI's kind of button: `action`, `apply`, `reset` (red), `neutral`, … */
  kind?: string | undefined;
  /** What it does is under way. */
  busy?: boolean | undefined;
  /** Not now. */
  off?: boolean | undefined;
}

/**
 * A button that stays in the tab order while it cannot be used: one that is `disabled` loses the
 * focus, and a keyboard user is thrown back to the top of the page.
 */
export function Button({ label, onClick, kind = 'neutral', busy, off }: ButtonProps) {
  const idle = !busy && !off;
  return (
    <button
      type="button"
      class={`btn cbi-button cbi-button-${kind}${busy ? ' spinning' : ''}`}
      aria-disabled={idle ? undefined : 'true'}
      aria-busy={busy ? 'true' : undefined}
      onClick={idle ? onClick : undefined}
    >
      {label}
    </button>
  );
}

interface ConfirmProps extends ButtonProps {
  /** The question on the button after the first click. */
  question: string;
  /** What will happen, beside the question. */
  consequence?: string | undefined;
  /** False: the first click does it. */
  asks?: boolean | undefined;
}

/** ms within which a second click belongs to a double click, and is no answer. */
const DOUBLE_CLICK = 400;

/** A button that asks back in its place; Escape, or Cancel, takes the question away. */
export function ConfirmButton({ question, consequence, asks = true, ...button }: ConfirmProps) {
  const [asked, setAsked] = useState(0);
  const place = useRef<HTMLSpanElement>(null);
  const cancel = (): void => {
    setAsked(0);
    // Cancel goes away, and the focus shall not go with it.
    place.current?.querySelector('button')?.focus();
  };
  const click = (): void => {
    if (asks && asked === 0) {
      setAsked(Date.now());
      return;
    }
    if (Date.now() - asked < DOUBLE_CLICK) return;
    setAsked(0);
    button.onClick();
  };
  const isAsked = asks && asked > 0;
  // What it would do has changed meanwhile: a question that was left open is no longer meant.
  useEffect(() => {
    if (!asks) setAsked(0);
  }, [asks]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape is a shortcut for the button Cancel.
    <span
      class="bonding-confirm"
      ref={place}
      onKeyDown={isAsked ? (event) => event.key === 'Escape' && cancel() : undefined}
    >
      <Button
        {...button}
        label={isAsked ? question : button.label}
        kind={isAsked ? 'reset' : button.kind}
        onClick={click}
      />
      {isAsked && <Button label={_('Cancel')} onClick={cancel} />}
      {isAsked && consequence && (
        <small class="bonding-consequence" role="status">
          {consequence}
        </small>
      )}
    </span>
  );
}

/** How an action ended; always there, since a screen reader only hears what changes inside. */
export function Outcome({ progress }: { progress: Progress }) {
  const failed = progress.state === 'failed';
  return (
    <span class="bonding-outcome" role="status">
      {progress.state === 'done' && progress.text}
      {failed && (
        <span class="bonding-bad">
          {fill(_('This did not work: {reason}'), { reason: progress.text })}
        </span>
      )}
    </span>
  );
}
