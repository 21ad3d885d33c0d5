import { resolve } from 'node:path';
import { isSeconds, SECONDS } from '../effects/speed/wire.ts';
import { DEFAULT_PATH } from '../ubus/index.ts';

/** The command line, read: options and the words that are none. */
export interface CliOptions {
  words: string[];
  configPath: string;
  runFolder: string;
  keyFolder: string;
  ubusPath: string;
  broker: 'auto' | 'yes' | 'no';
  /** Raw facts to plan from instead of the live system. */
  factsPath: string | null;
  /** Port on 127.0.0.1, or path of a unix socket, of the status page. */
  page: { port: number } | { path: string } | null;
  pageFolder: string;
  /** Configuration of LuCI's web server. */
  uhttpdPath: string;
  json: boolean;
  watch: boolean;
  /** Addresses and names are replaced. */
  mask: boolean;
  /** Length of one measurement of a speed test, s; null: the daemon's default. */
  seconds: number | null;
}

/** For node:util parseArgs. */
export const USAGE_OPTIONS = {
  config: { type: 'string' },
  'run-folder': { type: 'string' },
  'key-folder': { type: 'string' },
  ubus: { type: 'string' },
  broker: { type: 'boolean' },
  'no-broker': { type: 'boolean' },
  facts: { type: 'string' },
  page: { type: 'string' },
  'page-folder': { type: 'string' },
  uhttpd: { type: 'string' },
  json: { type: 'boolean' },
  watch: { type: 'boolean' },
  mask: { type: 'boolean' },
  seconds: { type: 'string' },
} as const;

type Values = { [K in keyof typeof USAGE_OPTIONS]?: string | boolean | undefined };

/** Fills in defaults. Throws Error for a value that makes no sense. */
export function readOptions(values: Values, words: string[]): CliOptions {
  const text = (name: keyof Values, fallback: string): string => {
    const value = values[name];
    return typeof value === 'string' ? value : fallback;
  };
  return {
    words,
    configPath: text('config', '/etc/config/bonding'),
    // OpenVPN is started with both, in a folder of its own.
    runFolder: resolve(text('run-folder', '/var/run/bonding')),
    keyFolder: resolve(text('key-folder', '/etc/bonding')),
    ubusPath: text('ubus', DEFAULT_PATH),
    broker: values.broker ? 'yes' : values['no-broker'] ? 'no' : 'auto',
    factsPath: typeof values.facts === 'string' ? values.facts : null,
    page: typeof values.page === 'string' ? readPage(values.page) : null,
    pageFolder: text('page-folder', '/usr/share/bonding/page'),
    uhttpdPath: text('uhttpd', '/etc/config/uhttpd'),
    json: values.json === true,
    watch: values.watch === true,
    mask: values.mask === true,
    seconds: typeof values.seconds === 'string' ? readSeconds(values.seconds) : null,
  };
}

function readSeconds(value: string): number {
  const seconds = Number(value);
  if (isSeconds(seconds)) return seconds;
  throw new Error(`--seconds '${value}' is not from ${SECONDS.least} to ${SECONDS.most}`);
}

function readPage(value: string): { port: number } | { path: string } {
  if (value.startsWith('/')) return { path: value };
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return { port };
  throw new Error(`--page '${value}' is neither a port (0-65535) nor the path of a socket`);
}
