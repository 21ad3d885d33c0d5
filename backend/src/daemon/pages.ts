/** What serves a page that somebody looks at, loaded then (`await import('./pages.ts')`): pages.cjs. */
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { Log, Problem } from '../errors.ts';
import type { CallMethod } from '../status/call-method.ts';
import { createLanDoor } from '../status/page-lan.ts';
import type { PageListen } from '../status/page-listen.ts';
import { type PageServer, startPageServer } from '../status/page-server.ts';
import type { Snapshot } from '../status/snapshot.ts';
import { createHub, type Hub } from '../status/websocket.ts';
import type { Client } from '../ubus/index.ts';
import { openGate } from './page-gate.ts';
import { forgetAddress, keepAddress, type PageToken } from './page-token.ts';

/** What the pages need of the daemon. */
export interface PagesOptions {
  runFolder: string;
  /** Of the page on this machine. */
  token: PageToken;
  /** Where sessions are asked for. */
  client: Client;
  snapshot: () => Snapshot | null;
  call: CallMethod;
  /** A condition, by its source; null takes it back. */
  tell: (source: string, found: Problem | null) => void;
  log: Log;
  /** Certificate and key for TLS on the LAN; null: only plain HTTP. */
  secure: () => SecureContext | null;
  /** Addresses of the LAN that are listened on now. */
  addresses: () => readonly string[];
}

/** Where the page is served to this machine, and its files. */
export interface LocalPage {
  listen: PageListen;
  folder: string;
}

/** All pages that are open, and the ways to open one. */
export interface Pages extends Pick<Hub, 'broadcast' | 'event' | 'test' | 'clients'> {
  /** Takes in a connection of the LAN. */
  add(connection: Socket): void;
  /** Serves the page to this machine. What cannot be had becomes a problem. */
  openLocal(local: LocalPage): Promise<void>;
  close(): Promise<void>;
}

/** Pages that nobody looks at yet. */
export function openPages(options: PagesOptions): Pages {
  const { token, client, call, log } = options;
  const snapshot = (): Snapshot => {
    const shown = options.snapshot();
    if (shown === null) throw new Error('there is no usable configuration');
    return shown;
  };
  const hub = createHub({ snapshot, gate: openGate(token, client), call, log });
  const door = createLanDoor({ hub, secure: options.secure, addresses: options.addresses });
  let server: PageServer | null = null;
  return {
    broadcast: hub.broadcast,
    event: hub.event,
    test: hub.test,
    clients: hub.clients,
    add: door.add,
    async openLocal(local) {
      const isToken = token.matches;
      try {
        server = await startPageServer({ ...local, snapshot, isToken, hub, log });
      } catch (error) {
        const found = (error as { problem?: Problem }).problem;
        if (found === undefined) throw error;
        options.tell('page', found);
        return;
      }
      keepAddress(options.runFolder, server.address, token);
      log(`bonding: page: ${server.address}, with the token that this prints: bonding page`);
    },
    async close() {
      hub.close();
      door.close();
      if (server === null) return;
      forgetAddress(options.runFolder);
      await server.close();
    },
  };
}
