import { useSignal } from '@preact/signals';
import type { JoinError } from '../../../backend/src/status/join-answer.ts';
import { _ } from '../i18n.ts';
import { CallError, type Daemon } from '../transport.ts';
import { bareCode, type JoinReply, joinReply, MAX_CODE } from './join-answer.ts';
import { type Progress, useAction, wordsOf } from './use-action.ts';

/** How far joining has come. */
export type JoinStage =
  | { at: 'code' }
  /** What would change, to be looked at. */
  | { at: 'preview'; found: JoinReply }
  /** It is done. */
  | { at: 'joined'; found: JoinReply };

/** A join code on its way from the field to the router's settings. */
export interface Join {
  /** As typed; empty again once it is used. It is a secret, and kept nowhere else. */
  code: string;
  stage: JoinStage;
  /** Why the daemon does not join; null: it has not said no. */
  refusal: JoinError | null;
  progress: Progress;
  /** `look` or `apply` is under way, or whichever it is. */
  busy(what?: 'look' | 'apply'): boolean;
  /** Something was begun here that its place on the page must not be taken from. */
  begun: boolean;
  type(code: string): void;
  /** Asks what would change. */
  look(): void;
  /** Changes it. */
  apply(): void;
  /** Back to an empty field. */
  close(): void;
}

/** ms within which another click belongs to a double click. */
const DOUBLE_CLICK = 400;

/** One join at a time; for the page as a whole, so that it outlives the place where it is drawn. */
export function useJoin(daemon: Daemon): Join {
  const action = useAction();
  const code = useSignal('');
  const stage = useSignal<JoinStage>({ at: 'code' });
  const refusal = useSignal<JoinError | null>(null);
  const last = useSignal(0);

  const reset = (): void => {
    stage.value = { at: 'code' };
    refusal.value = null;
  };
  const ask = async (apply: boolean): Promise<string> => {
    const bare = bareCode(code.peek());
    if (bare.length > MAX_CODE) throw new Error(_('this is too long for a join code'));
    refusal.value = null;
    const found = joinReply(await daemon.call('join', { code: bare, apply }));
    if (!found || (apply && !found.refusal && !found.applied)) {
      throw new Error(_('its answer is not understood'));
    }
    if (found.refusal) {
      refusal.value = found.refusal;
      return '';
    }
    stage.value = { at: apply ? 'joined' : 'preview', found };
    if (apply) code.value = '';
    return '';
  };
  const run = (what: 'look' | 'apply', work: () => Promise<string>): void => {
    const now = Date.now();
    if (bareCode(code.peek()) === '' || now - last.peek() < DOUBLE_CLICK) return;
    last.value = now;
    action.run(what, work);
  };
  return {
    code: code.value,
    stage: stage.value,
    refusal: refusal.value,
    progress: action.progress,
    busy: action.busy,
    begun: code.value !== '' || stage.value.at !== 'code' || action.busy(),
    type(text) {
      if (action.busy()) return;
      code.value = text;
      // What was found belongs to another code.
      reset();
    },
    look: () =>
      run('look', () => {
        reset();
        return ask(false);
      }),
    apply: () => run('apply', () => ask(true).catch(applyFailed)),
    close() {
      code.value = '';
      reset();
    },
  };
}

/** Status of ubus for a call whose answer did not come; 0 is ours. */
const LOST = [0, 7, 10];

/** Where only the answer was lost, the daemon may have done it: the reader must know what now. */
function applyFailed(error: unknown): never {
  if (!(error instanceof CallError) || !LOST.includes(error.code)) throw error;
  const reason = wordsOf(error).replace(/\.$/, '');
  const advice = _('It may have been done all the same. It is safe to apply it again.');
  throw new Error(`${reason}. ${advice}`);
}
