import { reason } from '../errors.ts';
import { connect } from '../ubus/index.ts';

/** Calls a method of the daemon that needs no arguments: null when it did, else why not. */
export async function tellDaemon(
  ubusPath: string,
  method: 'reload' | 'restart',
): Promise<string | null> {
  const client = connect({ path: ubusPath });
  try {
    await client.call('bonding', method, {});
    return null;
  } catch (error) {
    return reason(error);
  } finally {
    client.close();
  }
}
