/**
 * The bond with two lines, a download running, and ways in for the host: its one forwarded port leads
 * here. The first line on a connection says where to (page-protocol.ts). Stays until it is ended.
 */
import { spawn } from 'node:child_process';
import { connect, createServer, type Socket } from 'node:net';
import { parseLines } from '../../lines.ts';
import { PAGE_DOOR, type Way } from '../../page-protocol.ts';
import { PAGE_SOCKET } from '../ends.ts';
import { ADDRESS, buildLines, type Network } from '../network.ts';
import { start } from '../process.ts';
import { program, progress } from '../program.ts';
import { raiseBond } from '../rates.ts';
import { inNamespace } from '../run.ts';
import { sleep } from '../wait.ts';

program(async ([text = '', rate = '1M']) => {
  const network = buildLines(parseLines(text));
  const { ends } = await raiseBond(network, 'tap');
  await start(['iperf3', '-s', '-p', '5999'], { ns: 'inet', name: 'flow-server' });
  await sleep(500);
  const target = ['-c', ADDRESS.inet, '-p', '5999', '-R', '-t', '0', '-b', rate, '-u'];
  await start(['iperf3', ...target], { ns: 'lan', name: 'flow' });
  await openDoor(network, ends.router.socket);
  progress('ready');
  return await new Promise(() => undefined);
});

function openDoor(network: Network, ubusSocket: string): Promise<void> {
  const server = createServer((outside) => {
    outside.on('error', () => outside.destroy());
    readLine(outside, (line) => {
      const way = JSON.parse(line) as Way;
      if ('line' in way) {
        (way.alive ? network.reviveLine : network.killLine)(way.line);
        outside.end('done\n');
      } else if (way.to === 'page') join(outside, connect(PAGE_SOCKET));
      else if (way.to === 'ubus') join(outside, connect(ubusSocket));
      else joinLan(outside, way.to);
    });
  });
  return new Promise((resolve) => server.listen(PAGE_DOOR, resolve));
}

/** Reads up to the first newline; what follows stays to be read. */
function readLine(socket: Socket, then: (line: string) => void): void {
  let read = Buffer.alloc(0);
  const take = (): void => {
    for (;;) {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf(10);
      if (end < 0) continue;
      socket.off('readable', take);
      socket.unshift(read.subarray(end + 1));
      then(read.toString('utf8', 0, end));
      return;
    }
  };
  socket.on('readable', take);
}

/** What one side sent before it went away still reaches the other. */
function join(outside: Socket, inside: Socket): void {
  inside.on('error', () => outside.destroy());
  outside.on('close', () => inside.destroySoon());
  inside.on('close', () => outside.destroySoon());
  outside.pipe(inside).pipe(outside);
}

/** A process cannot change its network namespace; another one can be started there. */
function joinLan(outside: Socket, port: number): void {
  const [command = '', ...args] = inNamespace('router', [
    'busybox',
    'nc',
    ADDRESS.router,
    String(port),
  ]);
  const inside = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  inside.stdin.on('error', () => outside.destroy());
  inside.on('close', () => outside.destroySoon());
  outside.on('close', () => inside.kill());
  outside.pipe(inside.stdin);
  inside.stdout.pipe(outside);
}
