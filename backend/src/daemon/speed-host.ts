import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { LINK_LIMIT } from '../config/numbers.ts';
import { type Alive, keepAlive } from '../effects/speed/alive.ts';
import { cpuMeter } from '../effects/speed/cpu.ts';
import { drinkAndTell, POUR_MARGIN, pour } from '../effects/speed/flow.ts';
import { type Listening, listen, type Reader } from '../effects/speed/listen.ts';
import { lookAt } from '../effects/speed/look.ts';
import { type Hello, isSeconds, type Line, readHello, sendLine } from '../effects/speed/wire.ts';
import { reason } from '../errors.ts';
import { TEST_PORT } from '../plan/numbers.ts';
import type { TestPaths } from '../plan/test-paths.ts';
import { obstacleTo, pidsOf, type Subject } from './speed-subject.ts';

/** What the answering end needs of the daemon. */
export interface HostDeps {
  /** The bond as it is now; null: there is none. */
  subject(): Subject | null;
  /** A test of our own runs. */
  busy(): boolean;
  /** Makes the test paths, or takes them away. Rejects when they cannot be had. */
  setPaths(paths: TestPaths | null): Promise<void>;
}

/** The end of a test that answers. */
export interface Host {
  /** Makes the reader of a connection to the test port. */
  greet(socket: Socket): Reader;
  /** Whether the peer is testing with us now. */
  serving(): boolean;
}

/** Answers the peer of `subject`; whoever makes it listens on the test port. */
export function createHost({ address, peer }: Subject, deps: HostDeps): Host {
  /** Set while a test is served: it is as long as its control connection. */
  let token: string | null = null;
  /** What it was asked with. */
  let asked: Hello | null = null;
  /** The last test with its paths taken away: the next begins after it. */
  let over: Promise<void> = Promise.resolve();

  /** How busy we were during the last measurement; null: there was none. */
  let busy: number | null = null;
  let latest: Socket | null = null;
  const pids = (): number[] => {
    const subject = deps.subject();
    return subject === null ? [] : pidsOf(subject);
  };

  /** A measurement; only who was given the token may have one. */
  const flow = (socket: Socket, { token: shown, seconds, send }: Line): false => {
    if (token === null || shown !== token || !isSeconds(seconds)) {
      socket.destroy();
      return false;
    }
    const meter = cpuMeter(pids());
    busy = null;
    latest = socket;
    // An earlier one may close late, behind a full queue.
    const ended = (): void => {
      if (latest === socket) busy ??= meter();
    };
    socket.once('close', ended);
    if (send === true) pour(socket, seconds * 1_000 + POUR_MARGIN);
    else drinkAndTell(socket, seconds).then(ended, () => socket.destroy());
    return false;
  };
  const open = (port: number, greet: (socket: Socket) => Promise<Reader>): Promise<Listening> =>
    listen({ address, port, peer, greet });

  const serve = async (socket: Socket, hello: Hello, ended: Promise<void>): Promise<void> => {
    const doors: Listening[] = [];
    try {
      const ports = portsOf(hello, deps.subject());
      await deps.setPaths({ ports: new Map(ports), peerMac: hello.mac });
      for (const [, port] of ports)
        doors.push(await open(port, async (data) => (line) => flow(data, line)));
      const taken = new Set(ports.map(([, port]) => port));
      const up = hello.ports.map((_, index) => taken.has(portOf(index)));
      sendLine(socket, { token, up, mac: deps.subject()?.mac ?? null, looks: true });
    } catch (error) {
      refuse(socket, reason(error));
    }
    await ended;
    for (const door of doors) door.close();
    await deps.setPaths(null).catch(() => {});
  };

  /** A test that is asked for; null: it is refused. */
  const begin = (socket: Socket, line: Line): Alive | null => {
    const hello = readHello(line, LINK_LIMIT);
    if (hello === null) return refuse(socket, 'it has another version of bonding');
    if (token !== null || deps.busy()) return refuse(socket, 'a test is running there');
    token = randomBytes(12).toString('hex');
    busy = null;
    asked = hello;
    const ended = new Promise<void>((resolve) => {
      socket.once('close', () => {
        token = null;
        resolve();
      });
    });
    over = over.then(() => serve(socket, hello, ended));
    return keepAlive(socket, pids());
  };

  const greet = (socket: Socket): Reader => {
    let alive: Alive | null = null;
    return (line) => {
      if (alive !== null) {
        alive.heard(line);
        if ('look' in line)
          sendLine(socket, { look: lookAt(tunnelsOf(asked, deps.subject()), busy) });
      } else if ('token' in line) return flow(socket, line);
      else alive = begin(socket, line);
      return alive !== null;
    };
  };
  return { greet, serving: () => token !== null };
}

/** The devices of the tunnels that a hello names, in its order. */
function tunnelsOf(hello: Hello | null, subject: Subject | null): (string | null)[] {
  const tunnel = (port: number): string | null =>
    subject?.links.find((link) => link.port === port)?.tunnel ?? null;
  return hello === null ? [] : hello.ports.map(tunnel);
}

/** The TCP port that stands for number `index` of the tunnels of a test. */
export function portOf(index: number): number {
  return TEST_PORT + 1 + index;
}

/** Our links that the hello names and that can be measured, with their test ports. */
function portsOf({ ports }: Hello, subject: Subject | null): [string, number][] {
  if (subject === null) throw new Error('the bond is not up there');
  return ports.flatMap((port, index): [string, number][] => {
    const link = subject.links.find((entry) => entry.port === port);
    if (link === undefined || obstacleTo(link, subject) !== null) return [];
    return [[link.name, portOf(index)]];
  });
}

function refuse(socket: Socket, why: string): null {
  socket.end(`${JSON.stringify({ refused: why })}\n`);
  return null;
}
