/** Ctrl-C and SIGTERM, noticed between two steps instead of ending us in the middle of one. */
export interface Interruptions {
  now(): boolean;
  /** From here on they end the program again. */
  end(): void;
}

/** Starts to notice them. */
export function interruptions(): Interruptions {
  let seen = false;
  const notice = (): void => {
    seen = true;
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, notice);
  return {
    now: () => seen,
    end() {
      for (const signal of signals) process.off(signal, notice);
    },
  };
}
