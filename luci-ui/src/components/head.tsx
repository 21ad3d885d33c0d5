import type { ComponentChildren } from 'preact';
import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import { bitRate, byteCount, duration } from '../format.ts';
import { _ } from '../i18n.ts';
import { directions, type Words } from '../words.ts';
import { Badge } from './badge.tsx';

/** The bond as a whole: its state in plain words, and the figures that go with it. */
export function Head({ snapshot, words }: { snapshot: Snapshot; words: Words }) {
  const { bond } = snapshot;
  const names = directions(snapshot.role);
  return (
    <div class="cbi-section">
      <p class="bonding-headline" role="status">
        <Badge words={words} />
      </p>
      <dl class="bonding-facts">
        <Fact name={names.rx}>
          <strong class="bonding-rate">{bitRate(bond.rx_rate)}</strong>
          <small>{byteCount(bond.rx_bytes)}</small>
        </Fact>
        <Fact name={names.tx}>
          <strong class="bonding-rate">{bitRate(bond.tx_rate)}</strong>
          <small>{byteCount(bond.tx_bytes)}</small>
        </Fact>
        <Fact name={_('Bond')}>
          {bond.ifname} <small>{[snapshot.driver, bond.mode].filter(Boolean).join(', ')}</small>
        </Fact>
        <Fact name={_('Address')}>
          {bond.address} <small>→ {bond.peer}</small>
        </Fact>
        <Fact name={_('MTU')}>{bond.mtu}</Fact>
        <Fact name={_('In this state for')}>{duration(snapshot.since)}</Fact>
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
