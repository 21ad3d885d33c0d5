import type { LinkSnapshot, Snapshot } from '../../../backend/src/status/snapshot.ts';
import { _ } from '../i18n.ts';

type Problem = Snapshot['problems'][number];

/** The problems that do not belong to a link. Says so when there are none at all. */
export function Problems({ problems, links }: { problems: Problem[]; links: LinkSnapshot[] }) {
  if (problems.length === 0 && links.some((link) => link.problem)) return null;
  return (
    <div class="cbi-section">
      <h3>{_('Problems')}</h3>
      {problems.length === 0 && <p class="cbi-section-descr">{_('None.')}</p>}
      {problems.map((problem) => (
        <div class={`alert-message ${kind(problem)}`} key={problem.code + problem.subject}>
          <ProblemText problem={problem} />
        </div>
      ))}
    </div>
  );
}

/** What is wrong and what to do about it, in the daemon's words. */
export function ProblemText({ problem }: { problem: Problem }) {
  return (
    <div class="bonding-problem">
      <p>
        <strong>{problem.subject}</strong>: {problem.text}
      </p>
      {problem.fix && (
        <p>
          <em>{_('What to do:')}</em> {problem.fix}
        </p>
      )}
    </div>
  );
}

/** The class that LuCI's themes have for it. */
function kind({ severity }: Problem): string {
  if (severity === 'error') return 'danger';
  return severity === 'warning' ? 'warning' : 'notice';
}
