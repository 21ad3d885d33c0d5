import type { Config } from '../config/types.ts';
import { type Log, type Problem, problem, reason } from '../errors.ts';
import { isCodeThere, portOf } from './join-wait.ts';
import { type LogLimit, logLimit } from './log-limit.ts';

/** What the door needs of the daemon. */
export interface JoinDoorOptions {
  /** The server's name for its router. */
  name: string;
  configPath: string;
  keyFolder: string;
  root: string;
  config: () => Config | null;
  /** The configuration knows a router that it did not know before. */
  joined: (router: string) => void;
  /** It was opened or shut: a code has come or gone. */
  changed: () => void;
  tell: (source: string, found: Problem | null) => void;
  log: Log;
  /** ms. */
  now: () => number;
}

/** Where a router joins: open on a server while a join code is outstanding. */
export interface JoinDoor {
  /** Once a second: one look for a file. */
  tick(): void;
  close(): Promise<void>;
}

interface Open {
  port: number;
  isCurrent(): boolean;
  close(): Promise<void>;
}

/** How often a port that is taken is tried again, and how often an open door's code is looked at, ms. */
const PAUSE = 5_000;

/** All that joining needs is loaded only now: most servers run for months without. */
const load = () => import('../setup/setup.ts');

/** A door that is shut; `tick` opens it when there is a code. */
export function openJoinDoor(options: JoinDoorOptions): JoinDoor {
  const { keyFolder, tell, now } = options;
  // Apart, or scanners would keep the words about a router away.
  const limits = { router: logLimit(1), stranger: logLimit(1) };
  let open: Open | null = null;
  let work: Promise<void> | null = null;
  let after = 0;

  async function follow(port: number | null): Promise<void> {
    const before = open;
    if (open !== null && (open.port !== port || !open.isCurrent())) {
      await open.close();
      open = null;
    }
    const setup = await load();
    if (port === null || setup.isDoorNeedless(keyFolder)) {
      await open?.close();
      open = null;
    } else if (open === null) {
      const refused = (address: string | null, why: string) =>
        warn(
          options,
          limits[address === null ? 'router' : 'stranger'],
          `${address ?? 'a router'}: ${why}`,
        );
      open = await setup.openDoor({ ...doorOf(options), port, refused });
      options.log(`bonding: join: routers can join at TCP port ${port}`);
    }
    tell('join', null);
    if ((open === null) !== (before === null)) options.changed();
  }

  return {
    tick() {
      const port = isCodeThere(keyFolder) ? portOf(options.config()) : null;
      const asWanted = (open?.port ?? null) === port;
      if (work !== null || (asWanted && port === null) || now() < after) return;
      after = asWanted || port !== null ? now() + PAUSE : 0;
      work = follow(port)
        .catch((error: unknown) => tell('join', unopened(port, error)))
        .finally(() => {
          work = null;
        });
    },
    async close() {
      await work;
      await open?.close();
    },
  };
}

/** Without the daemon's clock, which is not that of a code's end. */
function doorOf({ name, configPath, keyFolder, root, joined }: JoinDoorOptions) {
  return { name, configPath, keyFolder, root, joined };
}

function unopened(port: number | null, error: unknown): Problem {
  return problem('join-port', 'join', { port: port ?? 0, reason: reason(error) });
}

/** Scanners knock at every port: one line a minute says enough. */
function warn({ log, now }: JoinDoorOptions, limit: LogLimit, line: string): void {
  const kept = limit.pass(now());
  if (kept === null) return;
  const more = kept === 0 ? '' : ` (and ${kept} others in the last minute)`;
  log(`bonding: join: ${line.replace(/[\x00-\x1f\x7f]/g, '?').slice(0, 300)}${more}`, 'warning');
}
