import type { WatchdogSnapshot } from '../../../backend/src/status/snapshot.ts';
import { duration } from '../format.ts';
import { _, fill, N_ } from '../i18n.ts';
import { Badge } from './badge.tsx';
import { Fact } from './facts.tsx';

/** Whether the watchdog is on, what it hears, and what it has done. */
export function Watchdog({ watchdog }: { watchdog: WatchdogSnapshot }) {
  const { enabled, targets, period, timeout, last_reply, fired } = watchdog;
  return (
    <div class="cbi-section">
      <h3>{_('Watchdog')}</h3>
      {!enabled && <p class="bonding-descr">{_('Switched off.')}</p>}
      {enabled && (
        <dl class="bonding-facts">
          <Fact name={_('Last reply')}>
            <Badge words={reply(last_reply, timeout)} />
          </Fact>
          <Fact name={_('Asks through the bond')}>
            {targets.join(', ')}
            <small>
              {fill(_('every {period}, acts after {timeout} of silence'), {
                period: duration(period),
                timeout: duration(timeout),
              })}
            </small>
          </Fact>
          <Fact name={_('Has acted')}>
            {fired === 0 ? _('never') : fill(N_(fired, '{n} time', '{n} times'), { n: fired })}
          </Fact>
        </dl>
      )}
    </div>
  );
}

function reply(seconds: number | null, timeout: number) {
  if (seconds === null) return { text: _('none yet'), tone: 'off' as const };
  const time = duration(seconds);
  return {
    text: seconds < 2 ? _('just now') : fill(_('{time} ago'), { time }),
    tone: seconds < timeout ? ('good' as const) : ('bad' as const),
  };
}
