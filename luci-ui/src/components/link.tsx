import { useMemo } from 'preact/hooks';
import type { LinkSnapshot } from '../../../backend/src/status/snapshot.ts';
import { linkColour } from '../charts/colour.ts';
import { duration, loss, milliseconds } from '../format.ts';
import { _, fill } from '../i18n.ts';
import type { Daemon } from '../transport.ts';
import { phase } from '../words.ts';
import { Badge } from './badge.tsx';
import { Fact } from './facts.tsx';
import { Flows } from './flows.tsx';
import { LinkActions } from './link-actions.tsx';
import { LinkDetails } from './link-details.tsx';
import { ProblemText } from './problems.tsx';

interface Props {
  link: LinkSnapshot;
  /** Its place, which gives its colour: that of its curve in the charts. */
  index: number;
  names: { rx: string; tx: string };
  /** Since when it is in its state, as a time of day. */
  time: string;
  /** No other link carries traffic. */
  alone: boolean;
  /** Nothing runs, so there is nothing to act on. */
  stopped: boolean;
  daemon: Daemon;
}

/** A link: how it does, what can be done with it, its problem, and all the rest to unfold. */
export function LinkCard({ link, index, names, time, alone, stopped, daemon }: Props) {
  const color = linkColour(index);
  return (
    <li class={`bonding-link${link.problem ? ' bonding-troubled' : ''}`}>
      <div class="bonding-link-row">
        <div class="bonding-link-name">
          <h4>
            <span class="bonding-swatch" style={{ background: color }} aria-hidden="true" />
            {link.name}
          </h4>
          <Badge words={phase(link)} />
          <small>
            {fill(_('since {time}, {duration}'), { time, duration: duration(link.since) })}
          </small>
          <small>{place(link)}</small>
        </div>
        <Flows link={link} names={names} color={color} />
        <dl class="bonding-facts bonding-quality">
          <Fact name={_('Latency')}>{milliseconds(link.latency)}</Fact>
          <Fact name={_('Jitter')}>{milliseconds(link.jitter)}</Fact>
          <Fact name={_('Loss')}>{loss(link.packetloss)}</Fact>
        </dl>
        {daemon.mayWrite && !stopped && (
          <LinkActions name={link.name} state={link.state} alone={alone} daemon={daemon} />
        )}
      </div>
      {link.problem && <ProblemText problem={link.problem} />}
      <Details link={link} names={names} />
    </li>
  );
}

/** Drawn anew only when its link changed. */
function Details({ link, names }: Pick<Props, 'link' | 'names'>) {
  const { rx, tx } = names;
  return useMemo(() => <LinkDetails link={link} names={{ rx, tx }} />, [link, rx, tx]);
}

/** "wan (eth1) → 203.0.113.7"; what is not known is left out. */
function place({ interface: wan, l3_device, server }: LinkSnapshot): string {
  const device = l3_device !== null && l3_device !== wan ? `(${l3_device})` : '';
  const from = [wan, device].filter(Boolean).join(' ');
  return [from, server].filter(Boolean).join(' → ');
}
