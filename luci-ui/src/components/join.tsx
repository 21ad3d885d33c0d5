import { useEffect, useRef } from 'preact/hooks';
import type { JoinError } from '../../../backend/src/status/join-answer.ts';
import { bareCode, type JoinReply } from '../actions/join-answer.ts';
import type { Join } from '../actions/use-join.ts';
import { _, fill } from '../i18n.ts';
import { gravity } from '../words.ts';
import { Badge } from './badge.tsx';
import { Button, Outcome } from './buttons.tsx';
import { Diff } from './diff.tsx';

interface Props {
  join: Join;
  /** One action of others: nothing but its name until it is opened. */
  folded?: boolean;
}

/** Fills in this router's settings and keys with the code of a server. */
export function JoinCard({ join, folded = false }: Props) {
  return (
    <div class="cbi-section bonding-join">
      <h3>{_('Join a server')}</h3>
      {folded ? (
        <details class="bonding-more">
          <summary>{_('Enter a join code')}</summary>
          <Body join={join} />
        </details>
      ) : (
        <Body join={join} />
      )}
    </div>
  );
}

function Body({ join }: { join: Join }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const { stage } = join;
  if (stage.at === 'joined') return <Joined found={stage.found} close={join.close} />;
  const cancel = (): void => {
    join.close();
    // The button goes away, and the focus shall not go with it.
    field.current?.focus();
  };
  return (
    <>
      <p class="bonding-descr">
        {_(
          "A server prints a join code, one long line. It fills in this router's settings and keys. Nothing is changed before you have seen what would be.",
        )}
      </p>
      <label class="bonding-label" for="bonding-join-code">
        {_('Join code')}
      </label>
      {/* It is a secret: the browser shall not keep it, nor send it off to be spelled. */}
      <textarea
        id="bonding-join-code"
        ref={field}
        class="cbi-input-textarea"
        rows={4}
        autocomplete="off"
        autocapitalize="off"
        autocorrect="off"
        spellcheck={false}
        readOnly={join.busy()}
        value={join.code}
        onInput={(event) => join.type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          if (stage.at === 'code') join.look();
        }}
      />
      <div class="bonding-actions">
        <Button
          label={_('Show what changes')}
          kind="action"
          busy={join.busy('look')}
          off={join.busy() || bareCode(join.code) === ''}
          onClick={join.look}
        />
      </div>
      {stage.at === 'preview' && <Preview join={join} found={stage.found} cancel={cancel} />}
      <State join={join} />
    </>
  );
}

/** What is being done, or why it did not work; always there, so that its changes are read out. */
function State({ join }: { join: Join }) {
  return (
    <>
      <p class="bonding-outcome bonding-state" role="status">
        {stateOf(join)}
      </p>
      <Outcome progress={join.progress} />
      {join.refusal && <Refused refusal={join.refusal} />}
    </>
  );
}

interface PreviewProps {
  join: Join;
  found: JoinReply;
  cancel: () => void;
}

function Preview({ join, found, cancel }: PreviewProps) {
  return (
    <div class="bonding-result">
      <h4>{fill(_('What joining the server {name} changes'), { name: found.name })}</h4>
      <Notes notes={found.notes} />
      {found.diff === '' ? (
        <p class="bonding-descr">{_('The settings stay as they are.')}</p>
      ) : (
        <Diff label={_('What changes')} text={found.diff} />
      )}
      <div class="bonding-actions">
        <Button
          label={_('Apply')}
          kind="apply"
          busy={join.busy('apply')}
          off={join.busy()}
          onClick={join.apply}
        />
        <Button label={_('Cancel')} off={join.busy()} onClick={cancel} />
      </div>
    </div>
  );
}

function Joined({ found, close }: { found: JoinReply; close: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  // The button that was clicked is gone, and with it the focus.
  useEffect(() => box.current?.focus(), []);
  return (
    <div class="bonding-result" ref={box} tabIndex={-1}>
      <p role="status">
        <Badge
          words={{
            text: fill(_('This router has joined the server {name}.'), { name: found.name }),
            tone: 'good',
          }}
        />
      </p>
      <Notes notes={found.notes} />
      <div class="bonding-actions">
        <Button label={_('Close')} onClick={close} />
      </div>
    </div>
  );
}

function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <ul class="bonding-notes">
      {notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

function stateOf({ busy, stage, refusal }: Join): string {
  if (busy()) return _('The router asks the server. This can take 20 seconds.');
  return stage.at === 'preview' && !refusal ? _('Nothing is changed yet.') : '';
}

/** Why not, and what to do about it, in the daemon's words. */
function Refused({ refusal }: { refusal: JoinError }) {
  return (
    <div class="bonding-problem bonding-mark-bad" role="alert">
      <p>
        <Badge words={gravity('error')} /> {refusal.text}{' '}
        <small class="bonding-code">{refusal.code}</small>
      </p>
      {refusal.fix && (
        <p>
          <em>{_('What to do:')}</em> {refusal.fix}
        </p>
      )}
    </div>
  );
}
