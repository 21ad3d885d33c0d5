import { useState } from 'preact/hooks';
import type { LinkSnapshot, Snapshot } from '../../../backend/src/status/snapshot.ts';
import type { TestResult } from '../../../backend/src/status/test-result.ts';
import { refusalOf } from '../actions/answers.ts';
import { useAction } from '../actions/use-action.ts';
import { isTestResult } from '../check.ts';
import { _, fill } from '../i18n.ts';
import type { Store } from '../store.ts';
import { directions } from '../words.ts';
import { Button, Outcome } from './buttons.tsx';
import { ProblemText } from './problems.tsx';
import { SpeedProgress } from './speed-progress.tsx';
import { SpeedResult } from './speed-result.tsx';

interface Props {
  store: Store;
  role: Snapshot['role'];
  links: LinkSnapshot[];
}

type Refusal = NonNullable<TestResult['problem']>;

/** Measures the lines and the bond, on the user's click; shows the last result, whoever asked for it. */
export function SpeedTest({ store, role, links }: Props) {
  const { daemon, sink } = store;
  const test = store.test.value;
  const [link, setLink] = useState('');
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const { progress, busy, run } = useAction();
  const running = test?.state === 'running';
  const names = directions(role);
  if (!daemon.mayWrite && (test === null || test.state === 'idle')) return null;

  const begin = async (): Promise<string> => {
    setRefusal(null);
    const refused = refusalOf(await daemon.call('test', link === '' ? {} : { link }));
    setRefusal(refused);
    if (refused) return '';
    const first = await daemon.call('test_result');
    if (isTestResult(first)) sink.test(first);
    return '';
  };
  const stop = async (): Promise<string> => {
    await daemon.call('test_stop');
    return _('Stopped.');
  };
  const problem = refusal ?? (running ? null : (test?.problem ?? null));
  return (
    <div class="cbi-section">
      <h3>{_('Speed test')}</h3>
      <p class="bonding-descr">
        {_(
          'Measures each line through its tunnel alone, then the bond. The lines are full meanwhile.',
        )}
      </p>
      {daemon.mayWrite && (
        <div class="bonding-actions">
          <Button
            label={running ? _('Stop the test') : _('Start the test')}
            kind={running ? 'reset' : 'action'}
            busy={busy()}
            off={links.length === 0}
            onClick={() => run('test', running ? stop : begin)}
          />
          {!running && <Choice links={links} value={link} onChange={setLink} />}
          <Outcome progress={progress} />
        </div>
      )}
      {running && <SpeedProgress test={test} names={names} />}
      {problem && <ProblemText problem={problem} />}
      {test && test.links.length > 0 && <SpeedResult test={test} names={names} />}
    </div>
  );
}

interface ChoiceProps {
  links: LinkSnapshot[];
  value: string;
  onChange: (name: string) => void;
}

function Choice({ links, value, onChange }: ChoiceProps) {
  if (links.length < 2) return null;
  return (
    <select
      class="cbi-input-select"
      aria-label={_('What to measure')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      <option value="">{_('All lines and the bond')}</option>
      {links.map(({ name }) => (
        <option value={name} key={name}>
          {fill(_('Only {name}'), { name })}
        </option>
      ))}
    </select>
  );
}
