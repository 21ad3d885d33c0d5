/** State of a TCP socket that waits for connections (include/net/tcp_states.h). */
const LISTEN = '0A';

/**
 * Ports in /proc/net/{udp,udp6,tcp,tcp6}: all of UDP, those that listen of TCP. The second word of a
 * line is `ADDRESS:PORT` in hex, the fourth the state.
 */
export function portsIn(text: string, protocol: 'udp' | 'tcp'): number[] {
  const ports = text.split('\n').flatMap((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    const port = /^[0-9A-F]{8,32}:([0-9A-F]{4})$/.exec(local ?? '')?.[1];
    return port === undefined || (protocol === 'tcp' && state !== LISTEN)
      ? []
      : [Number.parseInt(port, 16)];
  });
  return [...new Set(ports)];
}
