import type { Socket } from 'node:net';
import type { PageConfig } from '../config/types.ts';
import { problem, reason } from '../errors.ts';
import { pageAddresses } from '../facts/page-addresses.ts';
import { createLanListen } from '../status/page-lan-listen.ts';
import type { SocketSnapshot } from '../status/snapshot.ts';
import { followUhttpd } from './page-certificate.ts';
import { makeToken } from './page-token.ts';
import type { LocalPage, Pages, PagesOptions } from './pages.ts';

/** What the page needs of the daemon. */
export interface PageOptions extends Omit<PagesOptions, 'token' | 'secure' | 'addresses'> {
  /** Null: it is not served to this machine. */
  local: LocalPage | null;
  /** uhttpd's configuration. */
  uhttpdPath: string;
}

/** All ways to a live page: this machine's own, and those of LuCI on the LAN. */
export interface Page extends Omit<Pages, 'add' | 'openLocal'> {
  /** Listens on the LAN as the configuration says, where netifd's dump says that is. */
  follow(config: PageConfig, dump: unknown): void;
  /** Where pages on the LAN get the status; null: nowhere. */
  socket(): SocketSnapshot | null;
}

/**
 * Opens the page. What cannot be had becomes a problem; the daemon goes on. All that a page needs is
 * loaded when the first one comes, and at once where the page is served to this machine.
 */
export async function openPage(options: PageOptions): Promise<Page> {
  const { local, log } = options;
  const certificate = followUhttpd(options.uhttpdPath, log);
  let pages: Pages | null = null;
  let loading: Promise<Pages | null> | null = null;
  const load = (): Promise<Pages | null> => {
    loading ??= loadPages({
      ...options,
      token: makeToken(),
      secure: certificate.context,
      addresses: () => lan.bound(),
    }).then((loaded) => {
      pages = loaded;
      return loaded;
    });
    return loading;
  };
  const take = (connection: Socket): void => {
    // Until it is taken in nobody else listens, and an error would end the daemon.
    connection.on('error', () => connection.destroy());
    void load().then((loaded) => (loaded === null ? connection.destroy() : loaded.add(connection)));
  };
  let port = 0;
  const lan = createLanListen(take, (failure) => {
    const address = failure && `${failure.address}, port ${failure.port}`;
    const args = { address: address ?? '', reason: failure?.reason ?? '' };
    options.tell('page-lan', failure && problem('page-listen', 'the page in LuCI', args));
  });
  if (local !== null) await (await load())?.openLocal(local);
  return {
    broadcast: (snapshot) => pages?.broadcast(snapshot),
    event: (event) => pages?.event(event),
    test: (test) => pages?.test(test),
    clients: () => pages?.clients() ?? 0,
    follow(config, dump) {
      port = config.port;
      lan.follow(port, port === 0 ? [] : pageAddresses(dump, config.interfaces));
    },
    socket: () => (lan.bound().length === 0 ? null : { port, tls: certificate.context() !== null }),
    async close() {
      lan.close();
      await (await loading)?.close();
    },
  };
}

/** Null when the file beside the program is not the one that belongs to it; the log says so. */
async function loadPages(options: PagesOptions): Promise<Pages | null> {
  try {
    const { openPages } = await import('./pages.ts');
    return openPages(options);
  } catch (error) {
    options.log(`bonding: page: ${reason(error)}`, 'error');
    return null;
  }
}
