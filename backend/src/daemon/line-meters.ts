import type { Ping, Pings } from '../effects/ping.ts';
import {
  figuresOf,
  type LineFigures,
  NO_FIGURES,
  newWindow,
  type PingWindow,
  parseReply,
  withReply,
} from '../monitor/latency.ts';
import { type PingTarget, pingTargets } from '../monitor/ping-targets.ts';
import type { DaemonState } from './state.ts';

/** Round trip, jitter and loss of the lines: one ping for each, as long as nothing changes. */
export interface LineMeters {
  /**
   * Starts and ends pings so that they fit what is; about once a second. `measured`: links whose
   * heartbeats tell as much.
   */
  follow(
    state: Readonly<Pick<DaemonState, 'config' | 'links' | 'wans' | 'actual'>>,
    measured?: ReadonlySet<string>,
  ): void;
  figuresOf(link: string): LineFigures;
  close(): void;
}

/** One line that is measured. */
interface Meter {
  target: PingTarget;
  window: PingWindow;
  /** Null between the end of one and the start of the next. */
  ping: Ping | null;
  /** Pings that ended by themselves since the last reply. */
  failures: number;
  startAt: number;
}

/** Waits before a ping that ended by itself is started again, ms; there may be no such program. */
const RESTART = [1_000, 5_000, 30_000, 300_000] as const;

/** After so long without a call we were deaf, and what was not heard is not lost, ms. */
const DEAF = 3_000;

/** `now` is a monotonic clock in ms. */
export function openLineMeters(pings: Pings, now: () => number): LineMeters {
  const meters = new Map<string, Meter>();
  /** Servers that have answered a ping. */
  const answering = new Set<string>();
  let called = now();

  const start = (meter: Meter): void => {
    meter.window = newWindow(meter.target.period * 1_000, now());
    meter.ping = pings.start(
      meter.target,
      (line) => {
        const reply = parseReply(line);
        if (reply === null) return;
        meter.window = withReply(meter.window, reply, now());
        meter.failures = 0;
        answering.add(meter.target.server);
      },
      () => {
        meter.ping = null;
        meter.startAt = now() + (RESTART[Math.min(meter.failures, RESTART.length - 1)] ?? 0);
        meter.failures += 1;
      },
    );
  };

  const keepOnly = (wanted: ReadonlyMap<string, PingTarget>): void => {
    for (const [link, { target, ping }] of meters) {
      if (isSame(target, wanted.get(link))) continue;
      ping?.end();
      meters.delete(link);
    }
    const servers = new Set([...wanted.values()].map(({ server }) => server));
    for (const server of answering) if (!servers.has(server)) answering.delete(server);
  };

  return {
    follow({ config, links, wans, actual }, measured = new Set()) {
      called = now();
      const place = { links, wans, actual, measured };
      const wanted = config === null ? new Map() : pingTargets({ config, ...place });
      keepOnly(wanted);
      for (const [link, target] of wanted) {
        const known = meters.get(link);
        const window = newWindow(0, called);
        const meter = known ?? { target, window, ping: null, failures: 0, startAt: called };
        if (known === undefined) meters.set(link, meter);
        if (meter.ping === null && meter.startAt <= called) start(meter);
      }
    },
    figuresOf(link) {
      const meter = meters.get(link);
      if (meter === undefined || meter.ping === null) return NO_FIGURES;
      const { window, target } = meter;
      const time = now() - called > DEAF ? called : now();
      return figuresOf(window, time, answering.has(target.server));
    },
    close() {
      keepOnly(new Map());
    },
  };
}

function isSame(one: PingTarget, other: PingTarget | undefined): boolean {
  return one.source === other?.source && one.server === other.server && one.period === other.period;
}
