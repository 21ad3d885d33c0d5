/** Runs one job at a time, soon after it was asked for, again if it was asked for meanwhile. */
export interface Queue {
  /** Ask for a run; several requests within the delay are one. Resolves after that run. */
  request(): Promise<void>;
  /** Ask for a run at `time` at the latest (the clock of `now`), or take that request back. */
  wakeAt(time: number | null): void;
  /** No run begins any more; resolves when the current one has ended. */
  close(): Promise<void>;
}

/** How long requests are gathered before a run, ms: one change of a WAN makes a dozen events. */
const GATHER = 100;

/** `job` must not reject; `now` is a monotonic clock in ms. */
export function openQueue(job: () => Promise<void>, now: () => number): Queue {
  let waiting: (() => void)[] = [];
  let running: Promise<void> | null = null;
  let gather: NodeJS.Timeout | null = null;
  let alarm: NodeJS.Timeout | null = null;
  let closed = false;

  const runNow = async (): Promise<void> => {
    const done = waiting;
    waiting = [];
    await job();
    running = null;
    for (const resolve of done) resolve();
    if (waiting.length > 0) arrange();
  };

  const arrange = (): void => {
    if (closed || gather !== null || running !== null) return;
    gather = setTimeout(() => {
      gather = null;
      // In a later turn, so that `running` is set before the job's first step can ask for more.
      running = Promise.resolve().then(runNow);
    }, GATHER);
  };

  const request = (): Promise<void> =>
    new Promise((resolve) => {
      if (closed) return resolve();
      waiting.push(resolve);
      arrange();
    });

  return {
    request,
    wakeAt(time) {
      if (alarm !== null) clearTimeout(alarm);
      alarm = null;
      if (time === null || closed) return;
      alarm = setTimeout(() => void request(), Math.max(0, time - now()));
    },
    async close() {
      closed = true;
      if (gather !== null) clearTimeout(gather);
      if (alarm !== null) clearTimeout(alarm);
      for (const resolve of waiting) resolve();
      waiting = [];
      if (running !== null) await running;
    },
  };
}
