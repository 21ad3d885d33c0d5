import { createServer, type Server, type Socket } from 'node:net';
import { lineCutter, type ToGuest, type ToHost } from '../protocol.ts';

/** How a program in the guest ended; texts hold at most their last 4 MiB. */
export interface Ended {
  /** Exit code; null when a signal ended it or it could not be started. */
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** What it wrote to file descriptor 3. */
  resultText: string;
}

/** A program under way in the guest. */
export interface Started {
  ended: Promise<Ended>;
  signal: (name: 'SIGTERM' | 'SIGINT' | 'SIGKILL') => void;
}

/** The host's end of the control port. */
export interface Control {
  /** Resolves with the agent's first word; rejects when the channel is closed before. */
  ready: Promise<void>;
  send: (message: ToGuest) => void;
  start: (argv: string[], env: Record<string, string>, onLine?: (line: string) => void) => Started;
  /** Ends everything under way with `error`. */
  close: (error: Error) => void;
}

const MAX_TEXT = 4 * 1024 * 1024;

interface Job {
  take: (message: ToHost) => void;
  fail: (error: Error) => void;
}

/** Listens on the unix socket `path` for QEMU; resolves as soon as QEMU can connect. */
export async function openControl(path: string): Promise<Control> {
  const jobs = new Map<number, Job>();
  let guest: Socket | null = null;
  let closed: Error | null = null;
  let nextId = 1;
  let settle: { resolve: () => void; reject: (error: Error) => void } | null = null;
  const ready = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  ready.catch(() => undefined); // whoever waits for it gets the error; nobody else must
  const receive = (line: string): void => {
    const message = JSON.parse(line) as ToHost;
    if (message.op === 'ready') settle?.resolve();
    else jobs.get(message.id)?.take(message);
  };
  const server = await listen(path, (socket) => {
    guest = socket;
    const cutter = lineCutter(receive);
    socket.setEncoding('utf8').on('data', cutter.push);
    socket.on('error', () => undefined); // the end of QEMU itself is what gets reported
  });
  const send = (message: ToGuest): void => {
    guest?.write(`${JSON.stringify(message)}\n`);
  };
  return {
    ready,
    send,
    start: (argv, env, onLine) => {
      const id = nextId++;
      const ended = closed
        ? Promise.reject(closed)
        : new Promise<Ended>((resolve, reject) => {
            jobs.set(id, collect(argv, resolve, reject, onLine));
          }).finally(() => jobs.delete(id));
      send({ op: 'start', id, argv, env });
      return { ended, signal: (signal) => send({ op: 'signal', id, signal }) };
    },
    close: (error) => {
      closed = error;
      settle?.reject(error);
      for (const job of jobs.values()) job.fail(error);
      guest?.destroy();
      server.close();
    },
  };
}

/** Gathers what one program says until its exit message. */
function collect(
  argv: string[],
  resolve: (ended: Ended) => void,
  fail: (error: Error) => void,
  onLine?: (line: string) => void,
): Job {
  const texts = { stdout: '', stderr: '', result: '' };
  const cutter = lineCutter(onLine ?? (() => undefined));
  const take = (message: ToHost): void => {
    if (message.op === 'output') {
      texts[message.stream] = (texts[message.stream] + message.text).slice(-MAX_TEXT);
      if (message.stream === 'stdout') cutter.push(message.text);
    } else if (message.op === 'exit') {
      cutter.end();
      if (message.error !== null) fail(new Error(`${argv[0]} in the guest: ${message.error}`));
      const { stdout, stderr, result: resultText } = texts;
      resolve({ code: message.code, signal: message.signal, stdout, stderr, resultText });
    }
  };
  return { take, fail };
}

function listen(path: string, onGuest: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(onGuest);
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}
