import { statSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { readCertificate } from '../effects/certificate.ts';
import { readText } from '../effects/text-file.ts';
import { reason } from '../errors.ts';
import { parse } from '../uci/index.ts';

/** The certificate that LuCI's web server shows, for our own TLS. */
export interface UhttpdCertificate {
  /** As the files are now, read again when they have changed; null: there is none that can be used. */
  context(): SecureContext | null;
}

/**
 * Follows option `cert` and `key` of uhttpd's configuration. `log` is told once why a certificate
 * that is there cannot be used.
 */
export function followUhttpd(configPath: string, log: (line: string) => void): UhttpdCertificate {
  let known = '';
  let files: readonly string[] = [configPath];
  let context: SecureContext | null = null;

  const read = (): SecureContext | null => {
    files = [configPath];
    const pair = uhttpdPair(readText(configPath) ?? '');
    if (pair === null) return null;
    files = [configPath, pair.cert, pair.key];
    // uhttpd makes its own at its first start; until then there is nothing to complain of.
    if (marks(files).includes('-')) return null;
    try {
      return createSecureContext({
        ...readCertificate(pair.cert, pair.key),
        minVersion: 'TLSv1.2',
      });
    } catch (error) {
      log(`bonding: page: no TLS with uhttpd's certificate: ${reason(error)}`);
      return null;
    }
  };

  return {
    context() {
      if (marks(files).join(' ') !== known) {
        context = read();
        known = marks(files).join(' ');
      }
      return context;
    },
  };
}

/** Paths of the certificate and key in uhttpd's configuration: section `main`, else the first. */
export function uhttpdPair(text: string): { cert: string; key: string } | null {
  try {
    const pairs = parse(text)
      .sections.filter(({ type }) => type === 'uhttpd')
      .sort((a, b) => Number(b.name === 'main') - Number(a.name === 'main'))
      .map(({ options: { cert, key } }) => ({ cert, key }));
    for (const { cert, key } of pairs)
      if (typeof cert === 'string' && typeof key === 'string') return { cert, key };
    return null;
  } catch {
    return null; // uhttpd cannot read it either
  }
}

/** What changes when a file does; `-` where there is none. */
function marks(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found ? `${found.ino}/${found.size}/${found.mtimeMs}` : '-';
  });
}
