// `npm test`: sets up what is missing, builds, then lint, types and all tests; ends with one line
// `N passed, N failed`. Lint and types count as one test each.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { main, ROOT, say } from './lib.mjs';
import { setup } from './setup.mjs';
import { countAgain, countReport, failuresOf } from './test-report.mjs';

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

/** Projects whose failed files get a second run. */
const SECOND_RUN = ['lab', 'e2e'];

/** A run without a report. */
const BROKEN = { passed: 0, failed: 1, skipped: 0 };

/** Files that needed a second run. */
const again = [];

/** A line for each failure of any run; told at the end, where a log that was cut short still has it. */
const failures = [];

await main(async () => {
  await setup({ driver: true, browser: true });
  await build();
  const count = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, argv] of Object.entries(CHECKS)) {
    say(`\ntest: ${name}`);
    const good = (await runProgram(argv)) === 0;
    count[good ? 'passed' : 'failed'] += 1;
    if (!good) failures.push(name);
  }
  for (const project of PROJECTS) {
    say(`\ntest: ${project}`);
    const result = await runVitest(project);
    for (const kind of Object.keys(count)) count[kind] += result[kind];
  }
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
  for (const failure of failures) process.stdout.write(`\nfailed: ${failure}`);
  if (again.length > 0) process.stdout.write(`\nrun twice: ${again.join(', ')}`);
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

/**
 * Runs one project. What fails in a virtual machine or a browser, on cores that others use too, is run
 * once more, each file on a machine of its own, and that run decides; what had to be is said at the end.
 */
async function runVitest(project) {
  const first = await runFiles(project, []);
  if (first === null) return BROKEN;
  const count = countReport(first);
  if (!SECOND_RUN.includes(project) || count.failed === 0) return count;
  const files = count.again.map((file) => relative(ROOT, file));
  say(`\ntest: ${project}, once more: ${files.join(', ')}`);
  const second = await runFiles(project, files);
  again.push(...files);
  return second === null ? BROKEN : countAgain(first, second);
}

/** The report of one run of vitest; null when it died without one. */
async function runFiles(project, files) {
  const folder = mkdtempSync(join(tmpdir(), 'bonding-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const argv = [join(BIN, 'vitest'), 'run', ...files, '--project', project, ...reporters];
    const code = await runProgram(argv);
    const report = readReport(file);
    const lines = report === null ? [] : failuresOf(report);
    failures.push(...lines.map((line) => line.replace(`${ROOT}/`, '')));
    // Every test is green and vitest is not: an error outside of the tests.
    const isBroken = report === null || (code !== 0 && lines.length === 0);
    if (isBroken) failures.push(`${project}: vitest ended with ${code}, and no test says why`);
    return isBroken ? null : report;
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
