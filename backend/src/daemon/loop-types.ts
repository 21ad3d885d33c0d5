import type { Config } from '../config/types.ts';
import type { HookEvent } from '../effects/hooks.ts';
import type { Log, Problem } from '../errors.ts';
import type { Abilities, NftTable } from '../facts/actual.ts';
import type { LinkEvent, Links } from '../monitor/links.ts';
import type { TestPaths } from '../plan/test-paths.ts';
import type { TunnelFiles } from '../plan/tunnels.ts';
import type { Snapshot } from '../status/snapshot.ts';
import type { Journal } from './journal.ts';
import type { Rim } from './round.ts';
import type { Reason } from './script-env.ts';
import type { DaemonState } from './state.ts';
import type { ViewDeps } from './view.ts';
import type { WatchdogRim } from './watchdog.ts';

/** What the loop needs of the world around it. */
export interface LoopDeps extends ViewDeps {
  rim: Rim;
  files: TunnelFiles;
  abilities: Abilities;
  journal: Journal;
  log: Log;
  /** Our nft table as it is now, with its counters. */
  readNft?: () => Promise<NftTable | null>;
  /** Reads the configuration file. */
  loadConfig: () => { config: Config | null; problems: Problem[] };
  /** What depends on the configuration before anything is planned (trial of a tun, our own keys). */
  prepare: (config: Config, abilities: Abilities) => Promise<Abilities>;
  /** A round has found out how the links are, before it does anything about it. */
  observed?: () => void;
  /** The user's scripts, given what they are told. */
  hooks?: {
    ready: (event: HookEvent) => boolean;
    run: (event: HookEvent, env: Record<string, string>) => Promise<Problem | null>;
  };
  /** How the watchdog asks and acts; it sleeps without. */
  watchdog?: Omit<WatchdogRim, 'act'> & {
    act: (argv: readonly string[], env: Record<string, string>) => Promise<string | null>;
  };
}

/** The running heart of the daemon. */
export interface Loop {
  snapshot(): Snapshot | null;
  state(): Readonly<DaemonState>;
  /** What is known of the links now, also by a round under way. */
  links(): Links;
  /** Something changed: look again soon. Resolves after the round. */
  poke(): Promise<void>;
  /** Once a second: counters, rates, publish. */
  tick(): void;
  /** Somebody looks: reads the counters of forwards, where there are any, unless it just has. */
  look(): Promise<void>;
  reload(): Promise<void>;
  setRunning(running: boolean, why?: Reason): Promise<void>;
  /** False when there is no such link. */
  userAction(link: string, action: 'up' | 'down' | 'reconnect'): Promise<boolean>;
  /** Makes the paths of a speed test, or takes them away (null). Rejects when the round fails. */
  setTesting(paths: TestPaths | null): Promise<void>;
  /** A condition outside of the rounds, e.g. ubus away; null takes it back. */
  surroundings(source: string, found: Problem | null): void;
  /** Resolves when no hook runs any more. */
  hooksEnded(): Promise<void>;
  /** What was said of lines that work: taken up, and carried out, at once (quick.ts). */
  take(events: readonly LinkEvent[]): Promise<void>;
  /** Ends without touching anything: the tunnels live on. */
  close(): Promise<void>;
}
