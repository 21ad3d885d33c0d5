import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { _ } from '../i18n.ts';

/** How something stands that the user has asked for. */
export type Progress =
  | { state: 'idle' }
  | { state: 'busy'; what: string }
  | { state: 'done'; text: string }
  | { state: 'failed'; text: string };

/** One thing at a time, with its outcome. */
export interface Action {
  progress: Progress;
  /** Something is under way: `what`, or whatever it is. */
  busy(what?: string): boolean;
  /** Begins `work`, which gives the words for its success; nothing while another is under way. */
  run(what: string, work: () => Promise<string>): void;
}

/** ms that a success is shown; a failure stays until the next attempt. */
const SHOWN = 8_000;

/** For a component with buttons: what they do, and how that stands. */
export function useAction(): Action {
  const progress = useSignal<Progress>({ state: 'idle' });
  const now = progress.value;
  useEffect(() => {
    if (now.state !== 'done') return undefined;
    const timer = setTimeout(() => {
      progress.value = { state: 'idle' };
    }, SHOWN);
    return () => clearTimeout(timer);
  }, [now, progress]);
  return {
    progress: now,
    busy: (what) => now.state === 'busy' && (what === undefined || now.what === what),
    run(what, work) {
      if (progress.peek().state === 'busy') return;
      progress.value = { state: 'busy', what };
      work().then(
        (text) => {
          progress.value = { state: 'done', text };
        },
        (error: unknown) => {
          progress.value = { state: 'failed', text: wordsOf(error) };
        },
      );
    },
  };
}

/** What a failed call says. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text || _('it failed without saying why');
}
