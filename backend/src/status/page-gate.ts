/** Who a page has shown to be; nothing is known of a page before. */
export type Visitor =
  /** Knows the secret of the page on this machine; may do everything. */
  | { by: 'token'; token: string }
  /** Has a session of LuCI; may do what the session may. */
  | { by: 'session'; session: string };

/** `gone`: there is no such session; `unsure`: nobody could be asked. */
export type Verdict = 'yes' | 'no' | 'gone' | 'unsure';

/** What a look at the sessions found. */
export interface Look {
  /** For each session that was asked for, whether it may still read the status. */
  verdicts: ReadonlyMap<string, Verdict>;
  /** When one of them may end, unless it is used, ms from now; null: none does. */
  ends: number | null;
}

/** Decides who may see and do what. */
export interface Gate {
  /** Whether the visitor may read the status; asked once, at the login. */
  admits(visitor: Visitor): Promise<Verdict>;
  /** Whether the visitor may call this method of the ubus object `bonding`. */
  may(visitor: Visitor, method: string): Promise<Verdict>;
  /** Looks at these sessions without lengthening their lives. */
  look(sessions: readonly string[]): Promise<Look>;
}
