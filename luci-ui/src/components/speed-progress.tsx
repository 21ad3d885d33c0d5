import type { TestResult } from '../../../backend/src/status/test-result.ts';
import { bitRate, duration } from '../format.ts';
import { _, fill } from '../i18n.ts';

interface Props {
  test: TestResult;
  names: { rx: string; tx: string };
}

/** How far the test is. A step takes `test.seconds`; the bar walks through it by itself. */
export function SpeedProgress({ test, names }: Props) {
  const { progress, seconds } = test;
  if (!progress) return <p class="spinning">{_('The speed test begins…')}</p>;
  const { step, steps, direction, rate, link } = progress;
  const what = fill(_('{name}, {direction}: {rate}'), {
    name: link ?? _('the bond'),
    direction: direction === 'down' ? names.rx : names.tx,
    rate: bitRate(rate),
  });
  const left = Math.max(0, steps - step + 1) * (seconds + 1);
  const rest = fill(_('step {step} of {steps}, about {time} left'), {
    step,
    steps,
    time: duration(left),
  });
  return (
    <div class="bonding-progress">
      <p>
        <strong>{what}</strong> <small>{rest}</small>
      </p>
      <div
        class="cbi-progressbar"
        role="progressbar"
        aria-label={_('Speed test')}
        aria-valuemin={0}
        aria-valuemax={steps}
        aria-valuenow={step - 1}
        aria-valuetext={`${what}, ${rest}`}
      >
        <div
          style={{
            width: `${Math.min(100, (100 * step) / (steps || 1))}%`,
            transitionDuration: `${seconds}s`,
          }}
        />
      </div>
    </div>
  );
}
