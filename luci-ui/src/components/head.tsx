import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { bitRate, byteCount, duration } from '../format.ts';
import { _, fill } from '../i18n.ts';
import type { Daemon } from '../transport.ts';
import { directions, division, type Words } from '../words.ts';
import { Badge } from './badge.tsx';
import { Fact } from './facts.tsx';
import { Power } from './power.tsx';

interface Props {
  snapshot: Snapshot;
  words: Words;
  daemon: Daemon;
}

/** The bond as a whole: its state in plain words, and the figures that go with it. */
export function Head({ snapshot, words, daemon }: Props) {
  const { bond, driver } = snapshot;
  const names = directions(snapshot.role);
  return (
    <div class="cbi-section bonding-head">
      <p class="bonding-headline" role="status">
        <Badge words={words} />
      </p>
      <dl class="bonding-facts">
        <Fact name={names.rx}>
          <strong class="bonding-rate">{bitRate(bond.rx_rate)}</strong>
          <small>{fill(_('{bytes} in all'), { bytes: byteCount(bond.rx_bytes) })}</small>
        </Fact>
        <Fact name={names.tx}>
          <strong class="bonding-rate">{bitRate(bond.tx_rate)}</strong>
          <small>{fill(_('{bytes} in all'), { bytes: byteCount(bond.tx_bytes) })}</small>
        </Fact>
        <Fact name={_('Carries traffic for')}>
          {(bond.uptime ?? null) === null ? _('not now') : duration(bond.uptime)}
        </Fact>
        <Fact name={_('Other end')}>
          {bond.peer}
          <small>{fill(_('this end {address}'), { address: bond.address })}</small>
        </Fact>
        <Fact name={_('Traffic uses')}>
          {division(driver, bond.mode)}
          <small>{[driver, bond.mode].filter(Boolean).join(', ')}</small>
        </Fact>
        <Fact name={_('Device')}>
          {bond.ifname}
          <small>{fill(_('mtu {mtu}'), { mtu: bond.mtu })}</small>
        </Fact>
      </dl>
      {daemon.mayWrite && !isOff(snapshot) && (
        <Power state={snapshot.state} role={snapshot.role} daemon={daemon} />
      )}
    </div>
  );
}

/** Switched off in the settings, where nothing but the settings can start it; the problem says so. */
function isOff({ problems }: Snapshot): boolean {
  return problems.some(({ code }) => code === 'bond-off');
}
