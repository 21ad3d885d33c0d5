import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { isOk, textOf } from '../actions/answers.ts';
import { saveText } from '../actions/files.ts';
import { type Action, useAction } from '../actions/use-action.ts';
import { _ } from '../i18n.ts';
import type { Daemon, Method } from '../transport.ts';
import { Button, Outcome } from './buttons.tsx';
import { Output } from './output.tsx';

/** Looks into the daemon that change nothing. */
export function Tools({ daemon }: { daemon: Daemon }) {
  return (
    <div class="cbi-section">
      <h3>{_('Look closer')}</h3>
      <DryRun daemon={daemon} />
      <Check daemon={daemon} />
      {/* It holds the configuration, so it takes the permission to change that. */}
      {daemon.mayWrite && <Diagnostics daemon={daemon} />}
    </div>
  );
}

/** Calls a method that answers `{text}`; the text goes to `show`. */
async function ask(
  daemon: Daemon,
  method: Method,
  args: Record<string, unknown>,
  show: (text: string, answer: unknown) => void,
): Promise<string> {
  const answer = await daemon.call(method, args);
  const text = textOf(answer);
  if (text === null) throw new Error(_('its answer is not understood'));
  show(text, answer);
  return '';
}

interface ToolProps {
  title: string;
  text: string;
  action: Action;
  /** Its buttons. */
  buttons: ComponentChildren;
  children: ComponentChildren;
}

function Tool({ title, text, action, buttons, children }: ToolProps) {
  return (
    <div class="bonding-tool">
      <h4>{title}</h4>
      <p>{text}</p>
      <div class="bonding-actions">
        {buttons}
        <Outcome progress={action.progress} />
      </div>
      {children}
    </div>
  );
}

function DryRun({ daemon }: { daemon: Daemon }) {
  const action = useAction();
  const [text, setText] = useState<string | null>(null);
  const plan = (what: 'start' | 'stop') => (): void =>
    action.run(what, () => ask(daemon, 'plan', { action: what }, (found) => setText(found)));
  return (
    <Tool
      title={_('Dry run')}
      text={_('The commands that a start or stop would take now. None is run.')}
      action={action}
      buttons={
        <>
          <Button
            label={_('Show a start')}
            busy={action.busy('start')}
            off={action.busy()}
            onClick={plan('start')}
          />
          <Button
            label={_('Show a stop')}
            busy={action.busy('stop')}
            off={action.busy()}
            onClick={plan('stop')}
          />
        </>
      }
    >
      {text !== null && <Output label={_('Dry run')} text={text || _('Nothing would be done.')} />}
    </Tool>
  );
}

function Check({ daemon }: { daemon: Daemon }) {
  const action = useAction();
  const [result, setResult] = useState<{ text: string; ok: boolean } | null>(null);
  const check = (): void => {
    // Of an older question; it would stand beside the new one's failure.
    setResult(null);
    action.run('check', () =>
      ask(daemon, 'check', {}, (text, answer) => setResult({ text, ok: isOk(answer) })),
    );
  };
  return (
    <Tool
      title={_('Check')}
      text={_('Whether the saved configuration is in order.')}
      action={action}
      buttons={
        <>
          <Button label={_('Check')} busy={action.busy()} onClick={check} />
          <span class={result?.ok ? 'bonding-good' : 'bonding-bad'} role="status">
            {result && (result.ok ? _('In order.') : _('There is something to mend.'))}
          </span>
        </>
      }
    >
      {result?.text && <Output label={_('Check')} text={result.text} />}
    </Tool>
  );
}

function Diagnostics({ daemon }: { daemon: Daemon }) {
  const action = useAction();
  const [mask, setMask] = useState(true);
  const [found, setFound] = useState<{ text: string; mask: boolean } | null>(null);
  const collect = (): void =>
    action.run('diagnostics', () =>
      ask(daemon, 'diagnostics', { mask }, (text) => setFound({ text, mask })),
    );
  return (
    <Tool
      title={_('Diagnostics')}
      text={_(
        'Status, events, plan, versions and logs as one text, to send to somebody who helps.',
      )}
      action={action}
      buttons={
        <>
          <Button label={_('Collect')} busy={action.busy()} onClick={collect} />
          <label class="bonding-option">
            <input
              type="checkbox"
              checked={mask}
              onChange={(event) => setMask(event.currentTarget.checked)}
            />{' '}
            {_('Mask addresses and keys')}
          </label>
        </>
      }
    >
      {/* A text of the other kind is not shown: the box says whether addresses are in it. */}
      {found?.mask === mask && (
        <Output label={_('Diagnostics')} text={found.text}>
          <Button
            label={_('Save as a file')}
            kind="action"
            onClick={() => saveText('bonding-diagnostics.txt', found.text)}
          />
        </Output>
      )}
    </Tool>
  );
}
