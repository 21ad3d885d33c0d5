import type { LinkSnapshot } from '../../../backend/src/status/snapshot.ts';
import { bitRate, byteCount, duration, percent } from '../format.ts';
import { _ } from '../i18n.ts';
import { phase } from '../words.ts';
import { Badge } from './badge.tsx';
import { ProblemText } from './problems.tsx';

interface Props {
  link: LinkSnapshot;
  names: { rx: string; tx: string };
  columns: number;
}

/** A link's row, and below it its problem. On a phone the themes show `data-title` as caption. */
export function LinkRows({ link, names, columns }: Props) {
  return (
    <tbody>
      <tr class={`tr bonding-link${link.problem ? ' bonding-troubled' : ''}`}>
        <td class="td" data-title={_('Link')}>
          <strong>{link.name}</strong>
          <Badge words={phase(link)} />
        </td>
        <td class="td" data-title={_('WAN')}>
          {link.interface ?? _('any')}
          <small>{[link.l3_device, link.local_address].filter(Boolean).join(', ')}</small>
        </td>
        <td class="td" data-title={_('Tunnel')}>
          {link.tunnel}
          <small>{link.server && `→ ${link.server}`}</small>
        </td>
        <td class="td" data-title={_('In the bond')}>
          {link.slave ? _('yes') : _('no')}
        </td>
        <td class="td" data-title={names.rx}>
          <span class="bonding-rate">{bitRate(link.rx_rate)}</span>
          <small>{byteCount(link.rx_bytes)}</small>
        </td>
        <td class="td" data-title={names.tx}>
          <span class="bonding-rate">{bitRate(link.tx_rate)}</span>
          <small>{byteCount(link.tx_bytes)}</small>
        </td>
        <td class="td" data-title={_('Share')}>
          <Share name={names.rx} arrow="↓" part={link.share.rx} />
          <Share name={names.tx} arrow="↑" part={link.share.tx} />
        </td>
        <td class="td" data-title={_('Since')}>
          {duration(link.since)}
        </td>
      </tr>
      {link.problem && (
        <tr class="tr bonding-problem-row">
          <td class="td" colSpan={columns}>
            <ProblemText problem={link.problem} />
          </td>
        </tr>
      )}
    </tbody>
  );
}

function Share({ name, arrow, part }: { name: string; arrow: string; part: number }) {
  return (
    <span class="bonding-share" title={name}>
      <span aria-hidden="true">{arrow} </span>
      {percent(part)}
    </span>
  );
}
