// `npm test`: sets up what is missing, builds, then lint, types and all tests; ends with one line
// `N passed, N failed`. Lint and types count as one test each.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { main, ROOT, say } from './lib.mjs';
import { setup } from './setup.mjs';

const BIN = join(ROOT, 'node_modules/.bin');

/** Checks that pass or fail as a whole. */
const CHECKS = {
  lint: [join(BIN, 'biome'), 'check', '.'],
  types: [join(BIN, 'tsc'), '-p', 'tsconfig.json'],
  'types of the page': [join(BIN, 'tsc'), '-p', 'luci-ui/tsconfig.json'],
  'types of its tests': [join(BIN, 'tsc'), '-p', 'test/e2e/tsconfig.json'],
};

/** Vitest projects, fast ones first; a later one runs even when an earlier one failed. */
const PROJECTS = ['unit', 'integration', 'lab', 'e2e'];

await main(async () => {
  await setup({ driver: true, browser: true });
  await build();
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, argv] of Object.entries(CHECKS)) {
    say(`\ntest: ${name}`);
    count[(await runProgram(argv)) === 0 ? 'passed' : 'failed'] += 1;
  }
  for (const project of PROJECTS) {
    say(`\ntest: ${project}`);
    const result = await runVitest(project);
    for (const kind of Object.keys(count)) count[kind] += result[kind];
  }
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
  process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
  process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
});

/** Exit code of a program whose output goes straight to ours. */
function runProgram(argv) {
  return new Promise((resolve) => {
    const child = spawn(argv[0], argv.slice(1), {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', (error) => {
      say(`${argv[0]}: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Runs one project; a run that dies without a report counts as one failure. */
async function runVitest(project) {
  const folder = mkdtempSync(join(tmpdir(), 'bonding-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await runProgram([join(BIN, 'vitest'), 'run', '--project', project, ...reporters]);
    const report = readReport(file);
    if (report === null) return { passed: 0, failed: 1, skipped: 0 };
    const failed = report.numFailedTests;
    return {
      passed: report.numPassedTests,
      // A file that cannot even be loaded has no tests to count.
      failed: code !== 0 && failed === 0 ? 1 : failed,
      skipped: report.numPendingTests,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
