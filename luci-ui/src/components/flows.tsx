import type { LinkSnapshot } from '../../../backend/src/status/snapshot.ts';
import { bitRate, percent } from '../format.ts';
import { _, fill } from '../i18n.ts';

interface Props {
  link: LinkSnapshot;
  names: { rx: string; tx: string };
  color: string;
}

/** A link's rates, and its part of the traffic as a thin bar for each direction. */
export function Flows({ link, names, color }: Props) {
  return (
    <div class="bonding-flows">
      <Flow name={names.rx} rate={link.rx_rate} part={link.share.rx} color={color} />
      <Flow name={names.tx} rate={link.tx_rate} part={link.share.tx} color={color} />
    </div>
  );
}

interface FlowProps {
  name: string;
  rate: number;
  part: number;
  color: string;
}

function Flow({ name, rate, part, color }: FlowProps) {
  const whole = Math.round((part || 0) * 100);
  return (
    <>
      <span class="bonding-flow-name">{name}</span>
      <strong class="bonding-rate">{bitRate(rate)}</strong>
      {/* biome-ignore lint/a11y/useSemanticElements: no theme styles a meter, nor can all browsers. */}
      <span
        class="bonding-bar"
        role="meter"
        aria-label={fill(_('Share of the traffic, {direction}'), { direction: name })}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={whole}
        aria-valuetext={percent(part)}
      >
        <span style={{ width: `${whole}%`, background: color }} />
      </span>
      <span class="bonding-part" aria-hidden="true">
        {percent(part)}
      </span>
    </>
  );
}
