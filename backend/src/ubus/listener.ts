import { STATUS } from './codec/status.ts';
import { decodeTable, type Table } from './codec/values.ts';
import type { Registration, Report } from './objects.ts';
import type { Incoming, Receiver, Session } from './session.ts';

/** A listener for the events whose name matches a pattern; only a trailing `*` is a wildcard. */
export class Listener implements Registration, Receiver {
  readonly pattern: string;
  readonly #handler: (name: string, data: Table) => void;
  readonly #report: Report;
  #session: Session | undefined;
  #id: number | null = null;

  constructor(pattern: string, handler: (name: string, data: Table) => void, report: Report) {
    this.pattern = pattern;
    this.#handler = handler;
    this.#report = report;
  }

  /** Rejects with PERMISSION_DENIED where an ACL forbids the pattern, or when it is empty. */
  async attach(session: Session): Promise<void> {
    this.#session = session;
    const about = { object: `listener for ${this.pattern}` };
    const id = await session.addObject([], about, this);
    if (this.#session !== session) return session.removeObject(id, about);
    this.#id = id;
    await session.register(id, this.pattern);
  }

  detach(): void {
    this.#session = undefined;
    this.#id = null;
  }

  /** Ends it on the present connection; ubusd forgets the pattern with its object. */
  async leave(): Promise<void> {
    const session = this.#session;
    const id = this.#id;
    this.detach();
    if (session && id !== null) await session.removeObject(id, { object: this.pattern });
  }

  invoke({ attrs, method, answer }: Incoming): void {
    answer(STATUS.OK);
    try {
      this.#handler(method, decodeTable(attrs.data));
    } catch (thrown) {
      this.#report(thrown, `listener for '${this.pattern}'`);
    }
  }
}
