import { chmod, lstat, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { connect } from 'node:net';

/** TCP on 127.0.0.1 (port 0: the kernel's choice), or a unix socket that only our user may open. */
export type PageListen = { port: number } | { path: string };

/** Binds; takes over the file of a unix socket that a killed daemon left, never one that answers. */
export async function listen(server: Server, where: PageListen): Promise<void> {
  if ('port' in where) {
    await bind(server, { host: '127.0.0.1', port: where.port });
    return;
  }
  if (await isDeadSocket(where.path)) await unlink(where.path);
  await bind(server, { path: where.path });
  await chmod(where.path, 0o600);
}

function bind(server: Server, where: { host: string; port: number } | { path: string }) {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function isDeadSocket(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (!found?.isSocket()) return false;
  return new Promise((resolve) => {
    const trial = connect(path, () => {
      trial.destroy();
      resolve(false);
    });
    trial.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}

/** Where it listens, in words for a message. */
export function nameOf(where: PageListen): string {
  return 'port' in where ? `127.0.0.1, port ${where.port}` : where.path;
}

/** Where it listens, for the user: `http://127.0.0.1:8470/` or `unix:/var/run/bonding/page.sock`. */
export function addressOf(server: Server, where: PageListen): string {
  const bound = server.address();
  if (typeof bound === 'object' && bound) return `http://127.0.0.1:${bound.port}/`;
  return `unix:${'path' in where ? where.path : ''}`;
}
