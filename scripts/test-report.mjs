// What vitest's JSON report says, counted file by file.

/**
 * Counts of a report: `{ passed, failed, skipped, again }`, `again` the paths of the files with a
 * failure. A file that could not even be loaded has no tests and counts as one failure.
 */
export function countReport(report) {
  const count = { passed: 0, failed: 0, skipped: 0, again: [] };
  for (const file of report.testResults) {
    const { passed, failed, skipped } = countFile(file);
    count.passed += passed;
    count.failed += failed;
    count.skipped += skipped;
    if (failed > 0) count.again.push(file.name);
  }
  return count;
}

/**
 * The counts once the files that failed have been run a second time: the second run decides about
 * those it has, the first about all others.
 */
export function countAgain(first, second) {
  const decided = new Set(second.testResults.map((file) => file.name));
  const kept = first.testResults.filter((file) => !decided.has(file.name));
  return countReport({ testResults: [...kept, ...second.testResults] });
}

/**
 * A line for each failure of a report: `path > title: first line of its message`, or the file's own
 * message where it could not be loaded.
 */
export function failuresOf(report) {
  return report.testResults.flatMap(failuresOfFile);
}

function failuresOfFile(file) {
  const failed = file.assertionResults.filter(({ status }) => status === 'failed');
  if (failed.length > 0)
    return failed.map(
      ({ fullName, failureMessages }) =>
        `${file.name} > ${fullName}: ${firstLine(failureMessages?.[0])}`,
    );
  return file.status === 'failed' ? [`${file.name}: ${firstLine(file.message)}`] : [];
}

function firstLine(text) {
  return (text ?? '').split('\n', 1)[0] || 'no message';
}

function countFile(file) {
  const count = { passed: 0, failed: failuresOfFile(file).length, skipped: 0 };
  for (const { status } of file.assertionResults) {
    if (status === 'passed') count.passed += 1;
    else if (status !== 'failed') count.skipped += 1;
  }
  return count;
}
