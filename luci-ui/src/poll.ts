import { isSnapshot } from './check.ts';
import { _ } from './i18n.ts';
import { backOff, createLiveness, type Transport } from './transport.ts';

export interface PollOptions {
  /** Asks for the snapshot once, e.g. `ubus call bonding status` through LuCI's rpc. */
  call: () => Promise<unknown>;
  /** ms between an answer and the next question. */
  every?: number;
}

/** Asks again and again, one question at a time; more slowly while there is no answer. */
export function pollTransport({ call, every = 1000 }: PollOptions): Transport {
  return (sink) => {
    const liveness = createLiveness(sink);
    let failures = 0;
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const ask = async (): Promise<void> => {
      const failure = await call().then(
        (answer) => {
          if (stopped) return null;
          if (!isSnapshot(answer)) return _('its answer is not understood');
          liveness.seen();
          sink.snapshot(answer);
          return null;
        },
        (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
      );
      if (stopped) return;
      if (failure !== null) liveness.failed(failure);
      failures = failure === null ? 0 : failures + 1;
      timer = setTimeout(ask, Math.max(every, failures > 0 ? backOff(failures, Math.random()) : 0));
    };

    void ask();
    return () => {
      stopped = true;
      clearTimeout(timer);
      liveness.stop();
    };
  };
}
