import { type LogTail, tailLog } from '../effects/log-tail.ts';
import { parseLine, type TunnelEvent } from '../openvpn/log.ts';

/** The tunnels' logs, as events that wait to be taken up by a round. */
export interface Logs {
  /** Reads what these links' logs have gained; true when some of it may change something. */
  pump(links: readonly string[]): boolean;
  /** Reads and hands over what one link's log has gained; at the first call the whole of it. */
  take(link: string): TunnelEvent[];
}

/** Events that only say that OpenVPN is busy: a round for each would be work for nothing. */
const IDLE: ReadonlySet<TunnelEvent['kind']> = new Set([
  'other',
  'link-opened',
  'tls-started',
  'restart-pause',
  'tls-error',
]);

/** `logOf` names a link's log file. */
export function openLogs(logOf: (link: string) => string): Logs {
  const tails = new Map<string, LogTail>();
  const waiting = new Map<string, TunnelEvent[]>();

  const read = (link: string): TunnelEvent[] => {
    const tail = tails.get(link) ?? tailLog(logOf(link), isState);
    tails.set(link, tail);
    const events = tail.read().flatMap((line) => parseLine(line)?.event ?? []);
    return events.filter((event) => !IDLE.has(event.kind));
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
  };
}

function isState(line: string): boolean {
  const kind = parseLine(line)?.event.kind;
  return kind !== undefined && !IDLE.has(kind);
}
