import type { Problem, Severity } from '../errors.ts';

/**
 * What `bonding check` prints: one line per problem with its fix, errors first, and a last line
 * with the count. Ends in a newline.
 */
export function report(problems: readonly Problem[]): string {
  if (problems.length === 0) return 'the configuration is good\n';
  const order: readonly Severity[] = ['error', 'warning', 'info'];
  const lines = order.flatMap((severity) =>
    problems
      .filter((found) => found.severity === severity)
      .map(({ subject, text, fix }) => `${severity}: ${subject}: ${text}. Fix: ${fix}`),
  );
  const count = order
    .map((severity) => [severity, problems.filter((found) => found.severity === severity).length])
    .filter(([, number]) => number !== 0)
    .map(([severity, number]) => `${number} ${severity}${number === 1 ? '' : 's'}`);
  return `${[...lines, count.join(', ')].join('\n')}\n`;
}
