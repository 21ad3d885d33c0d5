import type { Registration, Report } from './objects.ts';
import type { Session } from './session.ts';

/** The objects, subscriptions and listeners of a client, made anew on every connection. */
export class Registrations {
  readonly #all = new Set<Registration>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #report: Report;
  readonly #retry: number;
  #session: Session | undefined;

  /** `retry`: milliseconds until one that ubusd refused is tried again. */
  constructor(report: Report, retry: number) {
    this.#report = report;
    this.#retry = retry;
  }

  /** Keeps one, and makes it at once where there is a connection; rejects when ubusd refuses. */
  async add(one: Registration): Promise<void> {
    this.#all.add(one);
    const session = this.#session;
    if (!session) return;
    try {
      await one.attach(session);
    } catch (thrown) {
      // Lost on the way: the next connection makes it.
      if (this.#session !== session) return;
      this.#all.delete(one);
      await one.leave().catch(() => undefined);
      throw thrown;
    }
  }

  /** Ends one for good. */
  async remove(one: Registration): Promise<void> {
    this.#all.delete(one);
    await one.leave();
  }

  /** Makes all of them on a new connection; resolves when each was tried once. */
  async attachAll(session: Session): Promise<void> {
    this.#session = session;
    await Promise.all([...this.#all].map((one) => this.#attach(one, session)));
  }

  /** The connection is gone. */
  detachAll(): void {
    this.#session = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const one of this.#all) one.detach();
  }

  /** Again and again while ubusd refuses: what stands in the way, a taken name, may go. */
  async #attach(one: Registration, session: Session): Promise<void> {
    try {
      await one.attach(session);
    } catch (thrown) {
      if (this.#session !== session || !this.#all.has(one)) return;
      await one.leave().catch(() => undefined);
      this.#report(thrown, 'registering again');
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        if (this.#session === session && this.#all.has(one)) void this.#attach(one, session);
      }, this.#retry);
      this.#timers.add(timer);
    }
  }
}
