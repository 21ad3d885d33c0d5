import { listen } from '../effects/speed/listen.ts';
import { type Log, reason } from '../errors.ts';
import { TEST_PORT } from '../plan/numbers.ts';
import type { Host, HostDeps } from './speed-host.ts';
import type { Subject } from './speed-subject.ts';

/** Where the peer asks for a test. */
export interface SpeedDoor {
  /** Whether the peer is testing with us now. */
  serving(): boolean;
  close(): void;
}

/**
 * Listens for the peer of `subject` on the bond's address; what answers it is loaded when it comes.
 * Rejects when the port cannot be had.
 */
export async function openSpeedDoor(
  subject: Subject,
  deps: HostDeps & { log: Log },
): Promise<SpeedDoor> {
  let host: Host | null = null;
  const answering = async (): Promise<Host> => {
    const { createHost } = await import('./speed.ts');
    host ??= createHost(subject, deps);
    return host;
  };
  const { address, peer } = subject;
  const door = await listen({
    address,
    port: TEST_PORT,
    peer,
    async greet(socket) {
      try {
        return (await answering()).greet(socket);
      } catch (error) {
        deps.log(`bonding: speed test: ${reason(error)}`, 'error');
        throw error;
      }
    },
  });
  return { serving: () => host?.serving() ?? false, close: door.close };
}
