import { CHUNK, type LogTail, tailLog } from '../effects/log-tail.ts';
import type { Log, Severity } from '../errors.ts';
import { parseLine, type TunnelEvent, type TunnelLine } from '../openvpn/log.ts';
import { type TunnelTrace, trace } from '../openvpn/trace.ts';
import { type LogLimit, logLimit } from './log-limit.ts';

/** The tunnels' logs, as events that wait to be taken up by a round. */
export interface Logs {
  /** Reads what these links' logs have gained; true when some of it may change something. */
  pump(links: readonly string[]): boolean;
  /** Reads and hands over what one link's log has gained; at the first call the whole of it. */
  take(link: string): TunnelEvent[];
  /** What the log of a link's tunnel says of it now; null: nothing yet. */
  traceOf(link: string): TunnelTrace | null;
}

/** What is known of one link's log. */
interface Follower {
  tail: LogTail;
  limit: LogLimit;
  trace: TunnelTrace | null;
  /** The first look is done: what came before it is old. */
  caughtUp: boolean;
  /** Bytes that were read since `second` began, ms. */
  read: number;
  second: number;
  /** When it was last said that some was skipped, ms; null: never. */
  told: number | null;
}

/**
 * Bytes of one log that are read in a second, and a CHUNK beyond at most. An OpenVPN whose device is
 * deleted under it writes without end; following that, the daemon was deaf to all else for 20 s.
 */
const RATE = CHUNK;

/** Time between two complaints of one log, ms. */
const COMPLAIN = 600_000;

/** Events that only say that OpenVPN is busy: a round for each would be work for nothing. */
const IDLE: ReadonlySet<TunnelEvent['kind']> = new Set([
  'other',
  'link-opened',
  'tls-started',
  'restart-pause',
  'tls-error',
]);

/** Events that are worth a line in our own log. */
const NEWS: ReadonlySet<TunnelEvent['kind']> = new Set([
  'peer-connected',
  'connected',
  'lost',
  'exiting',
]);

/** `logOf` names a link's log file; `now` is a clock in ms. */
export function openLogs(
  logOf: (link: string) => string,
  log: Log = () => {},
  now: () => number = () => 0,
): Logs {
  const followers = new Map<string, Follower>();
  const waiting = new Map<string, TunnelEvent[]>();

  const open = (link: string): Follower => {
    const tail = tailLog(logOf(link), isState);
    const limits = { limit: logLimit(), read: 0, second: now(), told: null };
    const made = { tail, ...limits, trace: null, caughtUp: false };
    followers.set(link, made);
    return made;
  };

  /** Some lines of the log; none when it has had its share of this second. */
  const linesOf = (link: string, follower: Follower): string[] => {
    if (now() - follower.second >= 1_000) Object.assign(follower, { read: 0, second: now() });
    if (follower.read >= RATE) return [];
    const piece = follower.tail.read();
    follower.read += piece.read;
    const due = follower.told === null || now() - follower.told >= COMPLAIN;
    if (piece.skipped > 0 && due) {
      follower.told = now();
      const size = Math.round(piece.skipped / 1024);
      log(`openvpn(${link}): writes faster than it is read; ${size} KiB were skipped`, 'warning');
    }
    return piece.lines;
  };

  const read = (link: string): TunnelEvent[] => {
    const follower = followers.get(link) ?? open(link);
    const lines = linesOf(link, follower).flatMap((line) => parseLine(line) ?? []);
    for (const line of lines) {
      follower.trace = trace(follower.trace, line);
      if (follower.caughtUp) repeat(link, line, follower.limit);
    }
    follower.caughtUp = true;
    return lines.map(({ event }) => event).filter((event) => !IDLE.has(event.kind));
  };

  /** Says in our log what matters of a tunnel's, as syslog had it under `openvpn(LINK)`. */
  const repeat = (link: string, line: TunnelLine, limit: LogLimit): void => {
    const severity = severityOf(line);
    if (severity === null) return;
    const kept = limit.pass(now());
    if (kept === null) return;
    if (kept > 0) log(`openvpn(${link}): ${kept} more lines are in its log`, 'warning');
    log(`openvpn(${link}): ${line.text}`, severity);
  };

  return {
    pump(links) {
      for (const link of links) {
        const events = read(link);
        if (events.length > 0) waiting.set(link, [...(waiting.get(link) ?? []), ...events]);
      }
      return waiting.size > 0;
    },
    take(link) {
      const events = [...(waiting.get(link) ?? []), ...read(link)];
      waiting.delete(link);
      return events;
    },
    traceOf: (link) => followers.get(link)?.trace ?? null,
  };
}

/** How loud a line of OpenVPN is in our log; null: it stays in its own. */
function severityOf({ event, error }: TunnelLine): Severity | null {
  if (event.kind === 'exiting') return event.fatal ? 'error' : 'info';
  if (NEWS.has(event.kind)) return 'info';
  // Left-overs of old sessions are marked as errors too, and are none.
  return error && event.kind !== 'other' ? 'warning' : null;
}

function isState(line: string): boolean {
  const kind = parseLine(line)?.event.kind;
  return kind !== undefined && !IDLE.has(kind);
}
