import { hostname } from 'node:os';
import { readAddress } from '../daemon/page-token.ts';
import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';

/**
 * `bonding page`: the address of the page that the daemon serves to this machine, with its token, and
 * the command that leads there from another one.
 */
export async function showPage({ runFolder }: CliOptions): Promise<ExitCode> {
  const address = readAddress(runFolder);
  if (address === null) {
    process.stderr.write(
      'bonding: page: no page is served here, or not to you; as root: bonding daemon --page 8470\n',
    );
    return 1;
  }
  process.stdout.write(`${address}\n${tunnelTo(address, hostname())}`);
  return 0;
}

/** How to reach a page on loopback of `host` from elsewhere; nothing for a unix socket. */
export function tunnelTo(address: string, host: string): string {
  const port = /^http:\/\/127\.0\.0\.1:(\d+)\//.exec(address)?.[1];
  if (port === undefined) return '';
  return `from another machine, first run there: ssh -L ${port}:127.0.0.1:${port} root@${host}\n`;
}
