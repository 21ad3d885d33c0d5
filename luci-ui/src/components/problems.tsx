import type { LinkSnapshot, Snapshot } from '../../../backend/src/status/snapshot.ts';
import { _ } from '../i18n.ts';
import { gravity } from '../words.ts';
import { Badge } from './badge.tsx';

type Problem = Snapshot['problems'][number];

const ORDER = ['error', 'warning', 'info'];

/** The problems that do not belong to a link, the gravest first. Says so when there are none at all. */
export function Problems({ problems, links }: { problems: Problem[]; links: LinkSnapshot[] }) {
  if (problems.length === 0 && links.some((link) => link.problem)) return null;
  const sorted = [...problems].sort(
    (a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity),
  );
  return (
    <div class="cbi-section">
      <h3>{_('Problems')}</h3>
      {problems.length === 0 && <p class="bonding-descr">{_('None.')}</p>}
      {problems.length > 0 && (
        <ul class="bonding-list">
          {sorted.map((problem) => (
            <li key={problem.code + problem.subject}>
              <ProblemText problem={problem} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What is wrong and what to do about it, in the daemon's words. */
export function ProblemText({ problem }: { problem: Problem }) {
  const words = gravity(problem.severity);
  return (
    <div class={`bonding-problem bonding-mark-${words.tone}`}>
      <p>
        <Badge words={words} /> <strong>{problem.subject}</strong>: {problem.text}{' '}
        <small class="bonding-code">{problem.code}</small>
      </p>
      {problem.fix && (
        <p>
          <em>{_('What to do:')}</em> {problem.fix}
        </p>
      )}
    </div>
  );
}
