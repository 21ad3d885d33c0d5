import { splitCommand } from './command-line.ts';
import { complain, cut, type Place, type Reader, type Values } from './section.ts';
import type { WatchdogConfig } from './types.ts';

/** Off unless the value says on: the HOWTO's script took any value, '0' too, for on. */
export function readWatchdog(
  reader: Reader,
  place: Place,
  values: Values,
  peer: string,
): WatchdogConfig {
  const targets = values.list('watchdog_ip');
  return {
    enabled: values.flag('watchdog'),
    targets: targets.length === 0 ? [peer] : targets,
    period: values.number('watchdog_period') ?? 10,
    timeout: values.number('watchdog_timeout') ?? 60,
    action: readAction(reader, place, values.text('watchdog_action')),
  };
}

function readAction(reader: Reader, place: Place, text: string | null): string[] | null {
  if (text === null) return null;
  const line = splitCommand(text);
  if ('words' in line) return line.words;
  const { refused: reason } = line;
  complain(reader, place, 'watchdog_action', 'action-refused', { action: cut(text), reason });
  return null;
}
