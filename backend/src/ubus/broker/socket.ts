import { lstatSync, mkdirSync, readFileSync, type Stats, unlinkSync } from 'node:fs';
import { createConnection, type Server } from 'node:net';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';

/**
 * Makes `server` listen on the unix socket `path` with the permissions `mode`. A socket file that
 * nobody answers on is replaced. Rejects when somebody does, when something else lies there, or when
 * the folder cannot be written.
 */
export async function listenOn(server: Server, path: string, mode: number): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  await clear(path);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // bind() runs inside listen(): the socket never exists with wider permissions.
    const before = process.umask(0o777 & ~mode);
    try {
      server.listen({ path }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

async function clear(path: string): Promise<void> {
  const found: Stats | undefined = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) {
    throw new Error(`${path} exists and is no socket; remove it or give the broker another path`);
  }
  if (await answers(path)) {
    throw new Error(`a ubusd already answers on ${path}; use it, or give the broker another path`);
  }
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path });
    const end = (found: boolean): void => {
      probe.destroy();
      resolve(found);
    };
    probe.once('connect', () => end(true));
    // Only a refusal proves that nobody is there; a full backlog (EAGAIN) means somebody is.
    probe.once('error', (error: NodeJS.ErrnoException) => {
      end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

/**
 * The account that callers are said to have: the broker's own. Node cannot ask a socket for its
 * peer's (SO_PEERCRED), and mode 0600 lets nobody else in, save root.
 */
export function ownAccount(): { user: string; group: string } {
  const gid = process.getgid?.() ?? 0;
  return { user: ownUser(), group: groupName(gid) ?? String(gid) };
}

function ownUser(): string {
  try {
    return userInfo().username;
  } catch {
    // No passwd entry, as in some containers.
    return String(process.getuid?.() ?? 0);
  }
}

function groupName(gid: number): string | undefined {
  try {
    const lines = readFileSync('/etc/group', 'utf8').split('\n');
    return lines.map((line) => line.split(':')).find((fields) => fields[2] === String(gid))?.[0];
  } catch {
    return undefined;
  }
}
