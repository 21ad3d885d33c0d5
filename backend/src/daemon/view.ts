import type { LineFigures } from '../monitor/latency.ts';
import { NO_FIGURES } from '../monitor/latency.ts';
import type { WatchdogState } from '../monitor/watchdog.ts';
import type { TunnelTrace } from '../openvpn/trace.ts';
import { bondState, buildSnapshot } from '../status/build.ts';
import type { Sample } from '../status/rates.ts';
import type { BondState, Snapshot } from '../status/snapshot.ts';
import type { LineCare } from './line-care.ts';
import { allProblems, type DaemonState } from './state.ts';

/** What a snapshot needs beside the daemon's state. */
export interface ViewDeps {
  version: string;
  /** Unix seconds, for showing. */
  time: () => number;
  /** Reads byte counters and carriers of these devices. */
  sample: (devices: string[]) => { sample: Sample; carrier: ReadonlySet<string> };
  /** What the log of a link's tunnel says of it. */
  traceOf?: (link: string) => TunnelTrace | null;
  /** Round trip, jitter and loss of a link's line. */
  figuresOf?: (link: string) => LineFigures;
  /** What the heartbeats say of a link, and what both ends say of rates. */
  care?: Pick<
    LineCare,
    'heartbeatOf' | 'peer' | 'learned' | 'delays' | 'target' | 'twice' | 'narrow'
  >;
  /** Where pages on the LAN get the status live. */
  socket?: () => Snapshot['socket'];
  /** Called after every round and every tick. */
  publish: (snapshot: Snapshot) => void;
}

/** What the user sees, made from the daemon's state. */
export interface View {
  /** Null while there is no configuration. */
  snapshot(): Snapshot | null;
  /** What was shown last: a script that comes before a stop is told how things stood. */
  last(): Snapshot | null;
  /** Reads counters, notes when the bond's state changes, shows it. */
  show(): void;
}

/** Traffic is carried, over all links or some. */
const CARRYING: readonly BondState[] = ['up', 'degraded'];

/** Keeps the parts of `state` that are about showing: samples, carriers, the bond's state and since when. */
export function createView(
  state: DaemonState,
  deps: ViewDeps,
  rim: {
    now: () => number;
    note: (subject: string, text: string) => void;
    watchdog: () => Pick<WatchdogState, 'lastReply' | 'fired'>;
  },
): View {
  let last: Snapshot | null = null;

  const look = (devices: string[]): void => {
    const { sample, carrier } = deps.sample(devices);
    // A look right after another would make rates of nothing.
    if (state.after === null || sample.time - state.after.time >= 500) {
      state.before = state.after;
      state.after = sample;
    }
    state.carrier = carrier;
  };

  const snapshot = (): Snapshot | null => {
    const { config } = state;
    if (config === null) return null;
    return buildSnapshot({
      ...state,
      config,
      version: deps.version,
      time: deps.time(),
      problems: allProblems(state),
      traceOf: deps.traceOf ?? (() => null),
      figuresOf: deps.figuresOf ?? (() => NO_FIGURES),
      heartbeatOf: (link) => deps.care?.heartbeatOf(link) ?? null,
      told: {
        peer: deps.care?.peer() ?? new Map(),
        learned: deps.care?.learned() ?? new Map(),
      },
      socket: deps.socket?.() ?? null,
      watchdog: rim.watchdog(),
      now: rim.now(),
    });
  };

  return {
    snapshot,
    last: () => last,
    show() {
      const { config } = state;
      if (config === null) return;
      look([config.bond.ifname, ...config.links.map((link) => link.tunnel)]);
      const name = bondState({ ...state, config });
      if (name !== state.bondState) {
        state.bondState = name;
        state.stateSince = rim.now();
        state.upSince = CARRYING.includes(name) ? (state.upSince ?? rim.now()) : null;
        rim.note(`bond '${config.bond.ifname}'`, name);
      }
      last = snapshot();
      if (last !== null) deps.publish(last);
    },
  };
}
