/**
 * The guest's end of the control port: starts programs for the host and passes on what they say.
 * When the port closes (the host is gone) it ends, and with it the machine.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { lineCutter, PORT_NAME, RESULT_FD, type ToGuest, type ToHost } from '../../protocol.ts';

const PORTS = '/sys/class/virtio-ports';
const PIPE_GRACE_MS = 500;

function openPort(): number {
  const port = readdirSync(PORTS).find(
    (name) => readFileSync(`${PORTS}/${name}/name`, 'utf8').trim() === PORT_NAME,
  );
  if (port === undefined) throw new Error(`no virtio port named ${PORT_NAME}`);
  return openSync(`/dev/${port}`, 'r+');
}

const port = openPort();
const running = new Map<number, ChildProcess>();

/** Blocking on purpose: order is kept, and nothing here is in a hurry. */
function send(message: ToHost): void {
  let rest = Buffer.from(`${JSON.stringify(message)}\n`);
  while (rest.length > 0) rest = rest.subarray(writeSync(port, rest));
}

function start(id: number, argv: string[], env: Record<string, string>): void {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    cwd: '/run/lab',
  });
  running.set(id, child);
  const pass = (pipe: unknown, stream: 'stdout' | 'stderr' | 'result'): void => {
    const readable = pipe as Readable;
    readable.setEncoding('utf8');
    readable.on('data', (text: string) => send({ op: 'output', id, stream, text }));
  };
  pass(child.stdout, 'stdout');
  pass(child.stderr, 'stderr');
  pass(child.stdio[RESULT_FD], 'result');
  child.once('error', (error) => {
    running.delete(id);
    send({ op: 'exit', id, code: null, signal: null, error: error.message });
  });
  // 'close' comes when all pipes are closed, which a daemon that kept one would put off for ever.
  child.once('exit', (code, signal) => {
    running.delete(id);
    const tell = once(() => send({ op: 'exit', id, code, signal, error: null }));
    child.once('close', tell);
    setTimeout(tell, PIPE_GRACE_MS);
  });
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

/** Relays the host's forwarded TCP port to a unix socket, which may appear later. */
function forward(socketPath: string): void {
  const server = createServer((outside) => {
    const inside = connect(socketPath);
    outside.pipe(inside).pipe(outside);
    outside.on('error', () => inside.destroy());
    inside.on('error', () => outside.destroy());
  });
  server.listen(Number(process.argv[2]));
}

function obey(line: string): void {
  const message = JSON.parse(line) as ToGuest;
  switch (message.op) {
    case 'start':
      start(message.id, message.argv, message.env);
      return;
    case 'signal':
      running.get(message.id)?.kill(message.signal);
      return;
    case 'forward':
      forward(message.socket);
      return;
    case 'halt':
      process.exit(0);
  }
}

const cutter = lineCutter(obey);
createReadStream('', { fd: port, encoding: 'utf8' })
  .on('data', (chunk) => cutter.push(String(chunk)))
  .on('close', () => process.exit(0));
send({ op: 'ready' });
