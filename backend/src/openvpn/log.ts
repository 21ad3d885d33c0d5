/**
 * What a tunnel says about itself. Stock OpenWrt builds of OpenVPN have no management socket, so
 * its state is read from its log (`--machine-readable-output --verb 1` or more). The strings are
 * the same in 2.5.8, 2.6.14, 2.6.22 and 2.7.6.
 */

/** Why a tunnel lost its peer. */
export type LostReason =
  /** Nothing came for the `keepalive` time. */
  | 'ping-restart'
  /** The other end said goodbye. */
  | 'remote-exit'
  /** The handshake failed. */
  | 'tls-error'
  /** Somebody sent SIGUSR1: we restart a link that way. */
  | 'signal'
  | 'other';

/** One line of the log, understood. */
export type TunnelEvent =
  /** The UDP socket is there; the address is null on a server, where anybody may call. */
  | { kind: 'link-opened'; remote: string | null }
  /** The other end answers. */
  | { kind: 'tls-started'; address: string }
  /** Certificates are accepted. */
  | { kind: 'peer-connected'; cn: string; address: string }
  /** Packets flow; with `up-delay` the device gets its carrier now. */
  | { kind: 'connected' }
  | { kind: 'lost'; reason: LostReason; text: string }
  /** The next try comes after so many seconds. */
  | { kind: 'restart-pause'; seconds: number }
  /** The other end showed a certificate that is not in `peer_fingerprint`. Upper case. */
  | { kind: 'fingerprint-mismatch'; got: string }
  | { kind: 'tls-error'; text: string }
  /** The server's name has no address (now). */
  | { kind: 'unresolved'; host: string }
  /** The configuration is refused; the process ends with 1 and would do so again. */
  | { kind: 'options-error'; text: string }
  /** The process ends, on a signal or because it cannot go on (address gone, port taken). */
  | { kind: 'exiting'; text: string; fatal: boolean }
  | { kind: 'other'; text: string };

/** An event and when it was written, Unix seconds with fraction. */
export interface TunnelLine {
  time: number;
  event: TunnelEvent;
  /** What OpenVPN wrote. */
  text: string;
  /** It is marked as an error. */
  error: boolean;
}

/** OpenVPN cuts its messages at 1280 bytes (ERR_BUF_SIZE); what is longer is not from it. */
const LINE_LIMIT = 2048;

/** The flag of a message after which OpenVPN ends (its error.h): the reason stands in that message. */
const M_FATAL = 0x10;

/** The flag of an error that OpenVPN survives (its error.h). */
const M_NONFATAL = 0x20;

/** What OpenVPN says last, after the message with the reason. */
export const LAST_WORD = 'Exiting due to fatal error';

interface Rule {
  pattern: RegExp;
  event: (groups: RegExpExecArray) => TunnelEvent;
}

const group = (found: RegExpExecArray, index: number): string => found[index] ?? '';

/** The first that matches decides. Anchored, so that a peer's common name cannot imitate a line. */
const RULES: readonly Rule[] = [
  { pattern: /^Initialization Sequence Completed/, event: () => ({ kind: 'connected' }) },
  {
    pattern: /^UDPv4 link remote: (?:\[AF_UNSPEC\]|\[AF_INET\]([\d.]+:\d+))/,
    event: (found) => ({ kind: 'link-opened', remote: found[1] ?? null }),
  },
  {
    pattern: /^TLS: Initial packet from \[AF_INET\]([\d.]+:\d+)/,
    event: (found) => ({ kind: 'tls-started', address: group(found, 1) }),
  },
  {
    pattern: /^\[([^\]]*)\] Peer Connection Initiated with \[AF_INET\]([\d.]+:\d+)/,
    event: (found) => ({
      kind: 'peer-connected',
      cn: group(found, 1),
      address: group(found, 2),
    }),
  },
  {
    pattern: /^SIGUSR1\[(?:soft|hard),([^\]]*)\] received, process restarting/,
    event: (found) => ({ kind: 'lost', reason: reasonOf(group(found, 1)), text: group(found, 1) }),
  },
  {
    pattern: /^Restart pause, (\d{1,6}) second/,
    event: (found) => ({ kind: 'restart-pause', seconds: Number(group(found, 1)) }),
  },
  {
    pattern:
      /^TLS Error: .*certificate hash verification failed\. \(got certificate fingerprint: ([0-9a-fA-F:]{95})\)/,
    event: (found) => ({ kind: 'fingerprint-mismatch', got: group(found, 1).toUpperCase() }),
  },
  // Left-overs of a session that one end has forgotten, seen after every restart: nothing is wrong.
  {
    pattern: /^TLS Error: (?:Unroutable control packet|TLS object ->).*/,
    event: (found) => ({ kind: 'other', text: group(found, 0) }),
  },
  { pattern: /^VERIFY (?:KU |EKU |X509NAME )?ERROR: .*/, event: whole('tls-error') },
  { pattern: /^TLS Error: .*/, event: whole('tls-error') },
  {
    pattern: /^RESOLVE: Cannot resolve host address: (\S+):\d+ /,
    event: (found) => ({ kind: 'unresolved', host: group(found, 1) }),
  },
  { pattern: /^Options error: (.*)/, event: (found) => options(group(found, 1)) },
  {
    pattern: /^TCP\/UDP: Socket bind failed on local address .*/,
    event: (found) => ({ kind: 'exiting', text: group(found, 0), fatal: true }),
  },
  {
    pattern: new RegExp(`^${LAST_WORD}`),
    event: (found) => ({ kind: 'exiting', text: group(found, 0), fatal: true }),
  },
  {
    pattern:
      /^SIG(?:TERM|INT)(?:\[[^\]]*\])? received, (?:process exiting|sending exit notification)/,
    event: (found) => ({ kind: 'exiting', text: group(found, 0), fatal: false }),
  },
];

/**
 * Reads one line (`epoch.usec hexflags text`, without its newline). Null when it is not one of
 * OpenVPN's: cut off, empty or longer than OpenVPN writes.
 */
export function parseLine(line: string): TunnelLine | null {
  if (line.length > LINE_LIMIT) return null;
  const found = /^(\d{1,12}\.\d{6}) ([0-9a-f]{1,8}) (.*)$/.exec(line);
  if (found === null) return null;
  const text = group(found, 3).trimEnd();
  const event = eventOf(text);
  const flags = Number.parseInt(group(found, 2), 16);
  const fatal = (flags & M_FATAL) !== 0;
  return {
    time: Number(group(found, 1)),
    event: fatal && event.kind === 'other' ? { kind: 'exiting', text, fatal } : event,
    text,
    error: fatal || (flags & M_NONFATAL) !== 0,
  };
}

function eventOf(text: string): TunnelEvent {
  for (const { pattern, event } of RULES) {
    const found = pattern.exec(text);
    if (found !== null) return event(found);
  }
  return { kind: 'other', text };
}

function whole(kind: 'tls-error'): Rule['event'] {
  return (found) => ({ kind, text: group(found, 0) });
}

/** The second of two lines per error carries nothing: it only says that there was one. */
function options(text: string): TunnelEvent {
  return text === 'Please correct these errors.'
    ? { kind: 'other', text: `Options error: ${text}` }
    : { kind: 'options-error', text };
}

function reasonOf(cause: string): LostReason {
  switch (cause) {
    case 'ping-restart':
    case 'remote-exit':
    case 'tls-error':
      return cause;
    case '':
      return 'signal';
    default:
      return 'other';
  }
}
