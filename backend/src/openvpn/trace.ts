import type { TunnelLine } from './log.ts';

/** What a tunnel's log says of it now, in the words of OpenVPN's own `state` command. */
export interface TunnelTrace {
  state: 'connecting' | 'wait' | 'auth' | 'connected' | 'reconnecting' | 'exiting';
  /** Since when, Unix seconds, by the machine's clock. */
  time: number;
  /** Address and port the other end speaks from. */
  peer: string | null;
  /** Of the data channel, where the log is detailed enough (verb 2 and more). */
  cipher: string | null;
}

/** The tunnel after one more line of its log; null before the first. */
export function trace(before: TunnelTrace | null, line: TunnelLine): TunnelTrace {
  const known = before ?? { state: 'connecting', time: line.time, peer: null, cipher: null };
  const cipher = /^Data Channel: cipher '([\w-]{1,40})'/.exec(line.text)?.[1];
  if (cipher !== undefined) return { ...known, cipher };
  const at = (state: TunnelTrace['state'], more: Partial<TunnelTrace> = {}): TunnelTrace => {
    const time = state === known.state ? known.time : line.time;
    return { ...known, state, time, ...more };
  };
  switch (line.event.kind) {
    case 'link-opened':
      return at('wait');
    case 'tls-started':
      // A session that is renewed in passing begins the same way: nothing is interrupted.
      return known.state === 'connected' ? known : at('auth');
    case 'peer-connected':
      return { ...known, peer: line.event.address };
    case 'connected':
      return at('connected', { time: line.time });
    case 'lost':
      return at('reconnecting', { peer: null });
    case 'exiting':
      return at('exiting', { peer: null });
    default:
      return known;
  }
}
