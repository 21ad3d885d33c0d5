import { runJson } from '../effects/run.ts';
import { asRecords, asText } from '../facts/json.ts';
import { ALIAS } from '../facts/own.ts';
import { wansOfDump, wansOfRoutes } from '../join/wans.ts';
import { connect } from '../ubus/index.ts';

/** netifd answers in milliseconds; the page does not wait long (ms). */
const DUMP_LIMIT = 3_000;

/**
 * The WANs of this machine that are up and have a default route, by metric: netifd's names where it
 * answers on the bus at `ubusPath`, else the devices that `ip` knows. Rejects with RunError when
 * there is neither.
 */
export async function findWans(ubusPath: string): Promise<string[]> {
  const devices = ownDevices(await runJson(['ip', '-j', '-d', 'addr']));
  const client = connect({ path: ubusPath });
  try {
    const dump = await client.call('network.interface', 'dump', {}, { timeout: DUMP_LIMIT });
    return wansOfDump(dump, devices);
  } catch {
    const routes = await runJson(['ip', '-j', '-d', 'route', 'show', 'table', 'all']);
    return wansOfRoutes(routes, devices);
  } finally {
    client.close();
  }
}

/** The bond, and the tunnels in it, of any of our daemons: they carry our alias. */
function ownDevices(addr: unknown): Set<string> {
  const own = asRecords(addr).filter((entry) => isAlias(asText(entry.ifalias)));
  return new Set(own.map((entry) => asText(entry.ifname)).filter((name) => name !== null));
}

function isAlias(alias: string | null): boolean {
  return alias !== null && new RegExp(`^${ALIAS}\\d?( |$)`).test(alias);
}
