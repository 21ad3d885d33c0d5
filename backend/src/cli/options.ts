import { resolve } from 'node:path';
import { INSTANCE_ROOT, type Instance } from '../effects/instances.ts';
import { isSeconds, SECONDS } from '../effects/speed/wire.ts';
import { DEFAULT_PATH } from '../ubus/index.ts';

/** The configuration where there is one bond. */
export const CONFIG = '/etc/config/bonding';

/** The command line, read: options and the words that are none. */
export interface CliOptions {
  words: string[];
  /** The router that `--name` gives, whether there is such an instance or not. */
  name: string | null;
  /** A folder before all paths, for tests; else empty. */
  root: string;
  /** Whose paths the following are, where a server has several routers; null: the only one's. */
  instance: Instance | null;
  /** Its number; 0 where there is none. */
  number: number;
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
  /** All options as they were given, for what reads its own. */
  given: Values;
}

/** For node:util parseArgs. */
export const USAGE_OPTIONS = {
  name: { type: 'string' },
  root: { type: 'string' },
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
  // Of `server`, `keys` and `join`, which read them themselves (setup/).
  public: { type: 'string' },
  links: { type: 'string' },
  lan: { type: 'string', multiple: true },
  port: { type: 'string' },
  offline: { type: 'boolean' },
  from: { type: 'string' },
  plan: { type: 'boolean' },
  yes: { type: 'boolean' },
  'keep-keys': { type: 'boolean' },
  finish: { type: 'boolean' },
  cancel: { type: 'boolean' },
  wan: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean' },
} as const;

/** What node:util parseArgs makes of a command line. */
export type Values = {
  [K in keyof typeof USAGE_OPTIONS]?: string | boolean | (string | boolean)[] | undefined;
};

/**
 * Fills in defaults, those of `instance` where there is one. Throws Error for a value that makes no
 * sense.
 */
export function readOptions(
  values: Values,
  words: string[],
  instance: Instance | null = null,
): CliOptions {
  const text = (name: keyof Values, fallback: string): string => {
    const value = values[name];
    return typeof value === 'string' ? value : fallback;
  };
  const root = readRoot(values);
  return {
    words,
    name: typeof values.name === 'string' ? values.name : null,
    root,
    instance,
    number: instance?.number ?? 0,
    configPath: text('config', instance?.configPath ?? `${root}${CONFIG}`),
    // OpenVPN is started with both, in a folder of its own.
    runFolder: resolve(text('run-folder', instance?.runFolder ?? `${root}/var/run/bonding`)),
    keyFolder: resolve(text('key-folder', instance?.keyFolder ?? `${root}${INSTANCE_ROOT}`)),
    ubusPath: text('ubus', instance?.ubusPath ?? DEFAULT_PATH),
    broker: readBroker(values, instance),
    factsPath: typeof values.facts === 'string' ? values.facts : null,
    page: typeof values.page === 'string' ? readPage(values.page) : pageOf(instance),
    pageFolder: text('page-folder', '/usr/share/bonding/page'),
    uhttpdPath: text('uhttpd', '/etc/config/uhttpd'),
    json: values.json === true,
    watch: values.watch === true,
    mask: values.mask === true,
    seconds: typeof values.seconds === 'string' ? readSeconds(values.seconds) : null,
    given: values,
  };
}

/** The folder before all paths; empty: none. */
export function readRoot({ root }: Values): string {
  return typeof root === 'string' ? resolve(root) : '';
}

/** An instance is alone on a bus of its own, whether the machine has a ubusd or not. */
function readBroker(values: Values, instance: Instance | null): CliOptions['broker'] {
  if (values['no-broker']) return 'no';
  return values.broker || (instance !== null && values.ubus === undefined) ? 'yes' : 'auto';
}

function pageOf(instance: Instance | null): CliOptions['page'] {
  return instance && { port: instance.pagePort };
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
