import { type Program, start } from './process.ts';
import { tryRun } from './run.ts';

/** Tells everybody who connects the address it sees, and ends the connection. */
export function tellCallers(ns: string, port: number): Promise<Program> {
  const script = `require('net').createServer((socket) => {
    socket.on('error', () => {});
    socket.end(socket.remoteAddress);
  }).listen(${port}, '0.0.0.0')`;
  return start([process.execPath, '-e', script], { ns, name: `who-calls-${ns}` });
}

/** The address under which {@link tellCallers} sees a machine that connects; null: no answer. */
export function askWhoIAm(ns: string, address: string, port: number): string | null {
  const script = `const socket = require('net').connect(${port}, '${address}');
    socket.setTimeout(5000, () => process.exit(1));
    socket.on('error', () => process.exit(1));
    socket.pipe(process.stdout);`;
  const { code, stdout } = tryRun([process.execPath, '-e', script], { ns });
  return code === 0 && stdout !== '' ? stdout : null;
}
