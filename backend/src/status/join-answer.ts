/** What `join` of the ubus object answers, and `bonding join --json` prints. */
export interface JoinAnswer {
  /** False: `error` says why, and nothing was changed. */
  ok: boolean;
  /** The server's name for this router; empty while it is not known. */
  name: string;
  /** What changes in the configuration, as a unified diff; empty where nothing does. */
  diff: string;
  /** What the reader should know besides: files that are written, links left out. */
  notes: string[];
  /** Whether it has been carried out. */
  applied: boolean;
  error?: JoinError;
}

/** A problem (errors.ts), as far as it matters here. */
export interface JoinError {
  code: string;
  text: string;
  fix: string;
}
