import type { PageConfig } from '../config/types.ts';
import { type Log, type Problem, problem } from '../errors.ts';
import { pageAddresses } from '../facts/page-addresses.ts';
import type { CallMethod } from '../status/call-method.ts';
import { createLanDoor } from '../status/page-lan.ts';
import { createLanListen } from '../status/page-lan-listen.ts';
import type { PageListen } from '../status/page-listen.ts';
import { type PageServer, startPageServer } from '../status/page-server.ts';
import type { Snapshot, SocketSnapshot } from '../status/snapshot.ts';
import { createHub, type Hub } from '../status/websocket.ts';
import type { Client } from '../ubus/index.ts';
import { followUhttpd } from './page-certificate.ts';
import { openGate } from './page-gate.ts';
import { forgetAddress, keepAddress, makeToken, type PageToken } from './page-token.ts';

/** What the pages need of the daemon. */
export interface PageOptions {
  /** Where the page is served to this machine, and its files; null: nowhere. */
  local: { listen: PageListen; folder: string } | null;
  runFolder: string;
  /** uhttpd's configuration. */
  uhttpdPath: string;
  /** Where sessions are asked for. */
  client: Client;
  snapshot: () => Snapshot | null;
  call: CallMethod;
  /** A condition, by its source; null takes it back. */
  tell: (source: string, found: Problem | null) => void;
  log: Log;
}

/** All ways to a live page: this machine's own, and those of LuCI on the LAN. */
export interface Page extends Pick<Hub, 'broadcast' | 'event' | 'test' | 'clients'> {
  /** Listens on the LAN as the configuration says, where netifd's dump says that is. */
  follow(config: PageConfig, dump: unknown): void;
  /** Where pages on the LAN get the status; null: nowhere. */
  socket(): SocketSnapshot | null;
  close(): Promise<void>;
}

/** Opens the page. What cannot be had becomes a problem; the daemon goes on. */
export async function openPage(options: PageOptions): Promise<Page> {
  const token = makeToken();
  const snapshot = (): Snapshot => {
    const shown = options.snapshot();
    if (shown === null) throw new Error('there is no usable configuration');
    return shown;
  };
  const { client, call, log } = options;
  const hub = createHub({ snapshot, gate: openGate(token, client), call, log });
  const local = await openLocal(options, snapshot, token, hub);
  const certificate = followUhttpd(options.uhttpdPath, log);
  const door = createLanDoor({ hub, secure: certificate.context, addresses: () => lan.bound() });
  let port = 0;
  const lan = createLanListen(door.add, (failure) => {
    const address = failure && `${failure.address}, port ${failure.port}`;
    const args = { address: address ?? '', reason: failure?.reason ?? '' };
    options.tell('page-lan', failure && problem('page-listen', 'the page in LuCI', args));
  });
  return {
    broadcast: hub.broadcast,
    event: hub.event,
    test: hub.test,
    clients: hub.clients,
    follow(config, dump) {
      port = config.port;
      lan.follow(port, port === 0 ? [] : pageAddresses(dump, config.interfaces));
    },
    socket: () => (lan.bound().length === 0 ? null : { port, tls: certificate.context() !== null }),
    async close() {
      hub.close();
      lan.close();
      door.close();
      if (local === null) return;
      forgetAddress(options.runFolder);
      await local.close();
    },
  };
}

async function openLocal(
  { local, runFolder, tell, log }: PageOptions,
  snapshot: () => Snapshot,
  token: PageToken,
  hub: Hub,
): Promise<PageServer | null> {
  if (local === null) return null;
  try {
    const server = await startPageServer({ ...local, snapshot, isToken: token.matches, hub, log });
    keepAddress(runFolder, server.address, token);
    log(`bonding: page: ${server.address}, with the token that this prints: bonding page`);
    return server;
  } catch (error) {
    const found = (error as { problem?: Problem }).problem;
    if (found === undefined) throw error;
    tell('page', found);
    return null;
  }
}
