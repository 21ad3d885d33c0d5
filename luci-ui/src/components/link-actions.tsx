import type { LinkSnapshot } from '../../../backend/src/status/snapshot.ts';
import { useAction } from '../actions/use-action.ts';
import { _ } from '../i18n.ts';
import type { Daemon } from '../transport.ts';
import { Button, ConfirmButton, Outcome } from './buttons.tsx';

type What = 'up' | 'down' | 'reconnect';

interface Props extends Pick<LinkSnapshot, 'name' | 'state'> {
  alone: boolean;
  daemon: Daemon;
}

/** Reconnects a link, takes it out of the bond, brings it back; a place without buttons for one that is switched off. */
export function LinkActions({ name, state, alone, daemon }: Props) {
  const { progress, busy, run } = useAction();
  const out = state === 'parked';
  const toggle = out ? 'up' : 'down';
  const does = (action: What) => (): void =>
    run(action, async () => {
      await daemon.call('link', { name, action });
      return outcome(action);
    });
  // "Take out" and "Bring back" are one button, so the focus stays when the state changes.
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is drawn as a box by the themes.
    <div class="bonding-actions bonding-link-actions" role="group" aria-label={name}>
      {state !== 'disabled' && (
        <ConfirmButton
          label={out ? _('Bring back') : _('Take out')}
          question={_('Take out the last one?')}
          consequence={_('No other link carries traffic.')}
          asks={alone && !out}
          busy={busy(toggle)}
          off={busy()}
          kind={out ? 'apply' : 'neutral'}
          onClick={does(toggle)}
        />
      )}
      {!out && state !== 'disabled' && (
        <Button
          label={_('Reconnect')}
          busy={busy('reconnect')}
          off={busy()}
          onClick={does('reconnect')}
        />
      )}
      <Outcome progress={progress} />
    </div>
  );
}

function outcome(action: What): string {
  if (action === 'reconnect') return _('Its tunnel is made anew.');
  return action === 'down' ? _('Taken out.') : _('It is being brought back.');
}
