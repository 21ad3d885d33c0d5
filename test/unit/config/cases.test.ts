import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { report } from '../../../backend/src/config/report.ts';
import { parseWithLines } from '../../../backend/src/uci/index.ts';

/**
 * Golden folders: config.uci → problems.txt and config.json. After a change that is meant, run with
 * UPDATE_CASES=1 and read the difference.
 */
const root = join(import.meta.dirname, '../../cases/config');

describe.each(readdirSync(root))('case %s', (name) => {
  const file = (part: string): string => join(root, name, part);
  const {
    package: pkg,
    lineOf,
    repeated,
  } = parseWithLines(readFileSync(file('config.uci'), 'utf8'));
  const { config, problems } = load(pkg, lineOf, repeated);

  it.each([
    ['problems.txt', report(problems)],
    ['config.json', `${JSON.stringify(config, null, 2)}\n`],
  ])('%s', (part, text) => {
    if (process.env.UPDATE_CASES === '1') writeFileSync(file(part), text);
    expect(existsSync(file(part)), `missing ${part}; UPDATE_CASES=1 writes it`).toBe(true);
    expect(text).toBe(readFileSync(file(part), 'utf8'));
  });
});
