import { type Dialogue, type DialogueOptions, startDialogue } from './dialogue.ts';
import { _ } from './i18n.ts';
import { createLiveness, type Liveness } from './liveness.ts';
import { backOff, CallError, type Sink, type Transport, type Trouble } from './transport.ts';

export interface SocketOptions extends Omit<DialogueOptions, 'patience'> {
  mayWrite: boolean;
  /** From 0 to 1. */
  random?: () => number;
}

/** As long as the daemon may be silent: the way to it may be a slow one. */
const PATIENCE = 5_000;

/** The daemon's WebSocket alone: reconnects with back-off, until a login is refused. */
export function socketTransport({ random = Math.random, ...options }: SocketOptions): Transport {
  let dialogue: Dialogue | null = null;
  let liveness: Liveness | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  const connect = (sink: Sink): void => {
    const ended = (trouble: Trouble, reason: string): void => {
      dialogue = null;
      liveness?.failed(trouble, reason);
      // The same login will not be accepted later either.
      if (trouble === 'forbidden' || trouble === 'expired') return;
      timer = setTimeout(() => connect(sink), backOff(failures, random()));
      failures += 1;
    };
    dialogue = startDialogue(
      { ...options, patience: PATIENCE },
      {
        snapshot: (snapshot) => {
          failures = 0;
          liveness?.seen('socket');
          sink.snapshot(snapshot);
        },
        events: sink.events,
        test: sink.test,
        ended,
      },
    );
  };

  return {
    mayWrite: options.mayWrite,
    open(sink) {
      liveness = createLiveness(sink);
      connect(sink);
    },
    close() {
      clearTimeout(timer);
      dialogue?.close();
      dialogue = null;
      liveness?.stop();
    },
    call(method, args = {}) {
      if (dialogue) return dialogue.call(method, args);
      return Promise.reject(new CallError(0, _('there is no connection to the daemon')));
    },
  };
}
