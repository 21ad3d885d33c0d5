import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { useAction } from '../actions/use-action.ts';
import { _ } from '../i18n.ts';
import type { Daemon } from '../transport.ts';
import { ConfirmButton, Outcome } from './buttons.tsx';

type What = 'start' | 'stop' | 'restart';

interface Props extends Pick<Snapshot, 'state' | 'role'> {
  daemon: Daemon;
}

/** Starts, stops and restarts the bond. */
export function Power({ state, role, daemon }: Props) {
  const { progress, busy, run } = useAction();
  const stopped = state === 'stopped';
  const toggle = stopped ? 'start' : 'stop';
  const does = (what: What) => (): void =>
    run(what, async () => {
      await daemon.call(what);
      return outcome(what);
    });
  // Start and Stop are one button, so the focus stays on it when the state changes.
  return (
    <div class="bonding-actions">
      <ConfirmButton
        label={stopped ? _('Start') : _('Stop')}
        question={_('Stop now?')}
        consequence={consequence(role)}
        asks={!stopped}
        kind={stopped ? 'apply' : 'neutral'}
        busy={busy(toggle)}
        off={busy()}
        onClick={does(toggle)}
      />
      {!stopped && (
        <ConfirmButton
          label={_('Restart')}
          question={_('Restart now?')}
          consequence={_('All tunnels are made anew; connections stand still meanwhile.')}
          busy={busy('restart')}
          off={busy()}
          onClick={does('restart')}
        />
      )}
      <Outcome progress={progress} />
    </div>
  );
}

function consequence(role: Snapshot['role']): string {
  return role === 'server'
    ? _('Routers lose their tunnels to this server.')
    : _('Traffic then goes out without the bond; connections may break.');
}

function outcome(what: What): string {
  if (what === 'start') return _('Started.');
  return what === 'stop' ? _('Stopped.') : _('Restarted.');
}
