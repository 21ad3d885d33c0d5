import { reason } from '../errors.ts';
import { fromTable } from '../status/ubus-object.ts';
import type { Input } from '../ubus/index.ts';
import { connect, STATUS, UbusError } from '../ubus/index.ts';
import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';

/** One ubus call, its answer as plain JSON. Rejects with UbusError. */
export async function call(
  { ubusPath }: Pick<CliOptions, 'ubusPath'>,
  object: string,
  method: string,
  args: { [name: string]: Input | undefined } = {},
): Promise<unknown> {
  const client = connect({ path: ubusPath });
  try {
    return fromTable(await client.call(object, method, args));
  } finally {
    client.close();
  }
}

/** Calls a method of the daemon and turns what can go wrong into a sentence and exit code 1. */
export async function callDaemon(
  options: CliOptions,
  method: string,
  args: { [name: string]: Input | undefined },
): Promise<ExitCode> {
  try {
    await call(options, 'bonding', method, args);
    return 0;
  } catch (error) {
    process.stderr.write(`bonding: ${method}: ${explain(error, options)}\n`);
    return 1;
  }
}

/** Why a call to the daemon did not work, with what to do. */
export function explain(
  error: unknown,
  { ubusPath, instance }: Pick<CliOptions, 'ubusPath' | 'instance'>,
): string {
  if (!(error instanceof UbusError)) return reason(error);
  const start =
    instance === null ? '/etc/init.d/bonding start' : `systemctl start bonding@${instance.name}`;
  switch (error.status) {
    case STATUS.CONNECTION_FAILED:
      return `nobody answers at ${ubusPath}; is the daemon running? (${start})`;
    case STATUS.NOT_FOUND:
      return `there is no such link, or the daemon does not run (${start})`;
    case STATUS.NO_DATA:
      return 'the daemon has no usable configuration; see: bonding check';
    case STATUS.PERMISSION_DENIED:
      return 'not permitted; run it as root';
    default:
      return error.message;
  }
}
