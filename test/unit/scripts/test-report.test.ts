import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Count {
  passed: number;
  failed: number;
  skipped: number;
  again: string[];
}

interface Module {
  countReport(report: object): Count;
  countAgain(first: object, second: object): Count;
  failuresOf(report: object): string[];
}

const MODULE = join(import.meta.dirname, '../../../scripts/test-report.mjs');
const { countReport, countAgain, failuresOf } = (await import(
  pathToFileURL(MODULE).href
)) as Module;

const file = (name: string, ...statuses: string[]): object => ({
  name,
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status })),
});
const report = (...testResults: object[]): object => ({ testResults });

const FIRST = report(
  file('a', 'passed', 'passed'),
  file('b', 'passed', 'failed', 'skipped'),
  file('c', 'pending', 'todo'),
);

describe('countReport', () => {
  it('counts tests and names the files with a failure', () => {
    expect(countReport(FIRST)).toEqual({ passed: 3, failed: 1, skipped: 3, again: ['b'] });
  });

  it('counts a file that could not be loaded as one failure', () => {
    const broken = { name: 'd', status: 'failed', assertionResults: [] };
    expect(countReport(report(broken))).toEqual({ passed: 0, failed: 1, skipped: 0, again: ['d'] });
  });
});

describe('countAgain', () => {
  it('takes the second run of what failed, and the first of all else', () => {
    const second = report(file('b', 'passed', 'passed', 'skipped'));
    expect(countAgain(FIRST, second)).toEqual({ passed: 4, failed: 0, skipped: 3, again: [] });
  });

  it('keeps what fails twice failed', () => {
    const second = report(file('b', 'passed', 'failed', 'skipped'));
    expect(countAgain(FIRST, second)).toMatchObject({ passed: 3, failed: 1, again: ['b'] });
  });

  it('does not lose a failure when the second run has no such file', () => {
    expect(countAgain(FIRST, report())).toMatchObject({ failed: 1, again: ['b'] });
  });
});

describe('failuresOf', () => {
  const test = { status: 'failed', fullName: 'a bond stands', failureMessages: ['not 2\n  at x'] };

  it('names file, test and the first line of what it said', () => {
    const broken = { name: 'e', status: 'failed', assertionResults: [{ status: 'passed' }, test] };
    expect(failuresOf(report(broken))).toEqual(['e > a bond stands: not 2']);
  });

  it('says what a file that could not be loaded said, and that nothing was said', () => {
    const broken = { name: 'd', status: 'failed', assertionResults: [] };
    expect(failuresOf(report({ ...broken, message: 'no such module\nat y' }, broken))).toEqual([
      'd: no such module',
      'd: no message',
    ]);
  });
});
