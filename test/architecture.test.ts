import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The import direction of the house, as data. A folder may import from itself and from the folders
 * named here, nothing else.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  version: [],
  uci: ['errors'],
  config: ['uci', 'errors'],
  openvpn: ['config', 'errors'],
  facts: ['config', 'errors'],
  monitor: ['config', 'openvpn', 'facts', 'errors'],
  plan: ['config', 'openvpn', 'facts', 'monitor', 'errors'],
  reconcile: ['plan', 'facts', 'config', 'errors'],
  ubus: ['errors'],
  join: ['openvpn', 'facts', 'config', 'uci', 'errors'],
  effects: ['reconcile', 'plan', 'monitor', 'facts', 'config', 'openvpn', 'uci', 'ubus', 'errors'],
  status: ['plan', 'facts', 'monitor', 'config', 'ubus', 'errors'],
  // Loaded late, from setup.cjs: only through setup/setup.ts.
  setup: [
    ...['join', 'status', 'effects', 'plan', 'facts', 'openvpn', 'config', 'uci', 'ubus'],
    ...['errors', 'version'],
  ],
  daemon: [
    ...['status', 'effects', 'reconcile', 'plan', 'monitor', 'facts', 'openvpn', 'config'],
    ...['uci', 'ubus', 'errors'],
  ],
  cli: ['daemon', 'status', 'effects', 'reconcile', 'facts', 'config', 'ubus', 'errors', 'version'],
  main: ['cli', 'errors'],
};

/** Folders, and files of mixed folders, that use nothing but their arguments. */
const PURE = [
  /^errors\.ts$/,
  /^(uci|config|facts|plan|reconcile|monitor|openvpn|join)\//,
  /^ubus\/codec\//,
  /^status\/(snapshot|build|rates|delta|messages|page-input|page-gate|test-result|bottleneck|history|history-store|mask|diagnostics)\.ts$/,
];

/** What pure code may not touch, with the reason a reader needs. */
const FORBIDDEN: readonly [RegExp, string][] = [
  [/from 'node:/, 'I/O belongs to effects/'],
  [/\bDate\.now\b|\bnew Date\(\)|performance\.now/, 'time is an argument'],
  [/\bMath\.random\b|\brandomBytes\b/, 'chance is an argument'],
  [/\bset(Timeout|Interval|Immediate)\b/, 'timers belong to the daemon'],
  [/\bprocess\./, 'the process belongs to the rim'],
];

/** Each of these is a file of its own beside the program (scripts/late-files.mjs). */
const LATE = [
  'cli/commands.ts',
  'daemon/diagnostics.ts',
  'daemon/pages.ts',
  'daemon/speed.ts',
  'setup/setup.ts',
  'ubus/broker.ts',
];

/** What costs a daemon memory from the moment it is loaded on. */
const ONLY_LATE = /^import \{.*from '(node:http|node:fs\/promises|node:perf_hooks|ws)';$/m;

const root = resolve(import.meta.dirname, '../backend/src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);

function folderOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : file.replace(/\.ts$/, '');
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s+'(\.[^']+)'/g)].map((found) =>
    relative(root, resolve(root, dirname(file), found[1] ?? '')),
  );
}

/** A file and all that it imports at once. Types cost nothing. */
function reachedFrom(start: string): Set<string> {
  const reached = new Set([start]);
  for (const file of reached) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, names = '', path = ''] of text.matchAll(
      /^(?:import|export) ((?!type )[^;']*?)from '(\.[^']+)';$/gm,
    )) {
      const values = names.replace(/\btype \w+/g, '').replace(/[\s{},]/g, '');
      if (values !== '') reached.add(relative(root, resolve(root, dirname(file), path)));
    }
  }
  return reached;
}

describe('architecture', () => {
  it('finds the sources', () => {
    expect(files.length).toBeGreaterThan(40);
  });

  it.each(files)('%s imports only downwards', (file) => {
    const folder = folderOf(file);
    const allowed = MAY_IMPORT[folder];
    expect(allowed, `folder ${folder} is not in the table`).toBeDefined();
    const wrong = importsOf(file).filter((target) => {
      const other = folderOf(target);
      return other !== folder && !allowed?.includes(other);
    });
    expect(wrong).toEqual([]);
  });

  it.each(files.filter((file) => PURE.some((pattern) => pattern.test(file))))(
    '%s is pure',
    (file) => {
      const text = readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
      const found = FORBIDDEN.filter(([pattern]) => pattern.test(text)).map(([, why]) => why);
      expect(found).toEqual([]);
    },
  );

  it.each(files)('%s is not too long', (file) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n').length;
    expect(lines, 'tables are exempt: put them into a file named schema').toBeLessThanOrEqual(
      /schema|errors/.test(file) ? 900 : 400,
    );
  });

  it('loads late what a daemon on a router seldom needs, and by these names alone', () => {
    const late = files.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
      return [...text.matchAll(/\bimport\(\s*'([^']+)'/g)].map((found) =>
        relative(root, resolve(root, dirname(file), found[1] ?? '')),
      );
    });
    expect([...new Set(late)].sort()).toEqual([...LATE].sort());
  });

  it('takes nothing of what is late into the program itself', () => {
    const program = reachedFrom('main.ts');
    expect(program.size).toBeGreaterThan(100);
    expect(LATE.filter((file) => program.has(file))).toEqual([]);
    const used = [...program].filter((file) =>
      ONLY_LATE.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(used).toEqual([]);
  });

  it('starts programs in three places only', () => {
    const spawning = files.filter((file) =>
      readFileSync(join(root, file), 'utf8').includes('node:child_process'),
    );
    expect(spawning.sort()).toEqual(['effects/follow.ts', 'effects/run.ts', 'effects/tunnels.ts']);
  });
});
