import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { ROOT } from './paths.ts';

/**
 * What `npm run package` makes, of the bundles in dist/: the folder, which the guest sees too. It lies
 * in dist/ because the guest has a /tmp of its own. To be called once, at the top of a test file: made
 * before its tests, gone after them.
 */
export function shipped(): string {
  const folder = mkdtempSync(join(ROOT, 'dist', 'shipped-'));
  beforeAll(() => {
    const script = join(ROOT, 'scripts', 'package.mjs');
    const argv = [script, '--dist', join(ROOT, 'dist'), '--out', folder];
    // Sources without their git history do.
    const env = { ...process.env, SOURCE_DATE_EPOCH: '1700000000' };
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', env });
    if (status !== 0) throw new Error(`nothing was packed: ${stderr}`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
