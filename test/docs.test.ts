import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../backend/src/cli/commands.ts';
import { USAGE_OPTIONS } from '../backend/src/cli/options.ts';
import { BASE_PORT, BASE_TABLE, DEFAULT_MTU, LINK_LIMIT } from '../backend/src/config/numbers.ts';
import { loadConfigText } from '../backend/src/daemon/config-file.ts';
import { dryRun } from '../backend/src/daemon/texts.ts';
import { CODES } from '../backend/src/errors.ts';
import type { RawFacts } from '../backend/src/facts/actual.ts';
import { CONNECT_LIMIT, RESTART_DELAYS } from '../backend/src/monitor/links.ts';
import * as numbers from '../backend/src/plan/numbers.ts';
import { FALLBACK_AFTER } from '../backend/src/plan/plan.ts';

/** What the papers say must be so: links, commands, scripts, sample files, numbers. */
const root = resolve(import.meta.dirname, '..');
const SKIPPED = new Set(['node_modules', 'dist', '.cache', '.git']);

function papersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : papersIn(path);
    return entry.name.endsWith('.md') ? [relative(root, path)] : [];
  });
}

const papers = papersIn(root);
const text = (paper: string): string => readFileSync(join(root, paper), 'utf8');

/** Everything that is set as code: fenced blocks line by line, and spans. */
function codeIn(paper: string): string[] {
  const fenced = [...text(paper).matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(
    (found) => found[1] ?? '',
  );
  const rest = text(paper).replace(/^```\w*\n[\s\S]*?^```/gm, '');
  const spans = [...rest.matchAll(/`([^`\n]+)`/g)].map((found) => found[1] ?? '');
  return [...fenced.flatMap((block) => block.split('\n')), ...spans].map((line) => line.trim());
}

const all = (lines: readonly string[], pattern: RegExp): string[] =>
  lines.flatMap((line) => [...line.matchAll(pattern)].map((found) => found[1] ?? ''));

describe.each(papers)('%s', (paper) => {
  it('has links that lead somewhere', () => {
    const targets = [...text(paper).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((found) => found[1] ?? '')
      .filter((target) => !/^(https?:|mailto:|#)/.test(target));
    const folder = join(root, dirname(paper));
    const broken = targets.filter((to) => !existsSync(join(folder, to.split('#')[0] ?? '')));
    expect(broken).toEqual([]);
  });

  it('names commands and options that bonding has', () => {
    const lines = codeIn(paper).filter((line) => /^bonding [a-z]/.test(line));
    expect(all(lines, /^bonding ([a-z_]+)/g).filter((name) => !(name in COMMANDS))).toEqual([]);
    expect(all(lines, /\s--([a-z-]+)/g).filter((name) => !(name in USAGE_OPTIONS))).toEqual([]);
  });

  it('names npm scripts, programs and scenarios that are there', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const lines = codeIn(paper);
    const named = [...all(lines, /\bnpm run ([\w:-]+)/g), ...all(lines, /\bnpm (start|test)\b/g)];
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const files = [
      ...all(lines, /\bnode (scripts\/[\w.-]+)/g),
      ...all(lines, /\bnode dist\/lab\/([\w-]+)\.cjs/g).map(
        (n) => `test/lab/host/programs/${n}.ts`,
      ),
      ...all(lines, /scenario\.cjs ([a-z][\w-]*)/g).map((n) => `test/lab/guest/programs/${n}.ts`),
      ...all(lines, /^((?:backend|test|docs|scripts)\/[\w/.-]+\.\w+)$/g),
      ...all(lines, /--project \w+ (test\/\S+)/g),
    ];
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('names no path of somebody’s machine', () => {
    expect(text(paper)).not.toMatch(/(^|[\s`'"(])\/(work|home|root|tmp|Users|mnt)\b/);
  });
});

it('the README names every command', () => {
  const named = all(codeIn('README.md'), /^bonding ([a-z_]+)/g);
  expect(Object.keys(COMMANDS).filter((name) => !named.includes(name))).toEqual([]);
});

it('problems send the reader to commands and papers that are there', () => {
  const texts = Object.values(CODES).flatMap((entry) => [entry.text, entry.fix]);
  const names = all(texts, /(?:`|(?:run|see|of): )bonding ([a-z_]+)/g);
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !(name in COMMANDS))).toEqual([]);
  const files = all(texts, /\b([\w/-]+\.md)\b/g);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

/** The machines that the sample files are planned for; both know the WANs `wan` and `wanb`. */
function factsFor(role: string): RawFacts {
  const folder = role === 'router' ? 'router-two-lines' : 'server';
  return JSON.parse(readFileSync(join(root, 'test/cases/plan', folder, 'facts.json'), 'utf8'));
}

const samples = papers.flatMap((paper) =>
  [...text(paper).matchAll(/^```uci\n([\s\S]*?)^```/gm)].map((found, index) => ({
    name: `${paper}, sample ${index + 1}`,
    uci: found[1] ?? '',
  })),
);

it('there are samples for both ends', () => {
  expect(samples.length).toBeGreaterThanOrEqual(4);
});

describe.each(samples)('$name', ({ uci }) => {
  it('is a good configuration whose plan starts every tunnel', () => {
    const { config, problems } = loadConfigText(uci, 'sample');
    expect(problems).toEqual([]);
    if (config === null) throw new Error('no configuration');
    const files = { identity: { certificate: 'bonding.crt', key: 'bonding.key' } };
    const run = dryRun(config, 'start', factsFor(config.role), files);
    expect(run.problems).toEqual([]);
    const started = run.commands.filter((command) => command.kind === 'start-tunnel');
    expect(started.map(({ link }) => link)).toEqual(['dsl1', 'dsl2']);
  });
});

it('docs/how-it-works.md has the numbers of the sources', () => {
  const said = text('docs/how-it-works.md').replace(/\s+/g, ' ');
  const seconds = RESTART_DELAYS.map((delay) => delay / 1000);
  for (const expected of [
    `\`protocol ${numbers.PROTOCOL}\``,
    `| rule for \`main\` | priority ${numbers.MAIN_RULE} |`,
    `| rule of link N | priority ${numbers.SOURCE_RULE} + N |`,
    `| rule of the bond | priority ${numbers.BOND_RULE} |`,
    `| table of the bond | ${numbers.BOND_TABLE} |`,
    `| table of link N | ${BASE_TABLE} + N `,
    `TCP ${numbers.TEST_PORT} to ${numbers.TEST_PORT + LINK_LIMIT}, rules ${numbers.PATH_RULE} + N, tables ${numbers.PATH_TABLE} + N`,
    `table \`inet ${numbers.ALIAS}\``,
    `alias \`${numbers.ALIAS}\``,
    `| ${BASE_PORT} + N at the server |`,
    `MTU is ${DEFAULT_MTU.tap} with \`tap\` and ${DEFAULT_MTU.tun} with \`tun\``,
    `\`gso_max_segs\` of the bond is ${numbers.BOND_GSO_SEGMENTS}`,
    `holds on for ${FALLBACK_AFTER / 1000} seconds`,
    `within ${CONNECT_LIMIT / 1000} seconds`,
    `after ${seconds.slice(0, -1).join(', ')} and then every ${seconds.at(-1)} seconds`,
  ]) {
    expect(said).toContain(expected);
  }
});
