import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Program, start } from './process.ts';
import { ipBatch, run, tryRun } from './run.ts';

/** Addresses that the provider hands out, from .10 upwards, another one for each session. */
const POOL = { provider: '100.64.0.1', first: '100.64.0.10', network: '100.64.0.0/24' };

const FOLDER = '/run/lab/pppoe';

/** Of the provider's end of the sessions. */
const LOG = `${FOLDER}/log`;

/** Both ends of a PPPoE session end themselves when a line is dead for so long, s. */
const ECHO = ['lcp-echo-interval 1', 'lcp-echo-failure 5'];

/** Neither end asks who the other is. */
const OPEN = ['noauth', 'nodefaultroute', 'noipv6', 'nobsdcomp', 'nodeflate', 'novj', 'noccp'];

/**
 * Makes line `index` a PPPoE line: no more addresses between the router and the line, but a provider
 * that answers there. The server knows the way back to the pool.
 */
export async function startProvider(index: number): Promise<Program> {
  for (const module of ['af_packet', 'pppoe', 'ppp_async']) tryRun(['modprobe', module]);
  if (!existsSync('/dev/ppp')) run(['mknod', '/dev/ppp', 'c', '108', '0']);
  mkdirSync(FOLDER, { recursive: true });
  const provider = [...OPEN, ...ECHO, 'mtu 1492', `logfile ${LOG}`];
  writeFileSync(`${FOLDER}/provider`, `${provider.join('\n')}\n`);
  const ns = `line${index}`;
  ipBatch('router', [`addr flush dev wan${index}`]);
  ipBatch(ns, ['addr flush dev home']);
  ipBatch('server', [`route add ${POOL.network} via 198.51.100.${10 + index}`]);
  const pool = ['-L', POOL.provider, '-R', POOL.first, '-N', '20'];
  const options = ['-O', `${FOLDER}/provider`, '-X', `${FOLDER}/pid`];
  return await start(['pppoe-server', '-I', 'home', '-F', ...pool, ...options], { ns });
}

/** Dials in over `wanINDEX`; the device is ppp0. It dials again when the session ends. */
export async function dial(index: number): Promise<Program> {
  const again = ['persist', 'maxfail', '0', 'holdoff', '1'];
  const options = [...OPEN, ...ECHO.flatMap((line) => line.split(' ')), 'noipdefault'];
  const device = ['plugin', 'rp-pppoe.so', `wan${index}`, 'unit', '0', 'mtu', '1492'];
  return await start(['pppd', 'nodetach', ...device, ...options, ...again], { ns: 'router' });
}

/** The address of ppp0, or null while there is none, or no way out over it. */
export function dialledAddress(): string | null {
  const { stdout } = tryRun(['ip', '-4', '-o', 'addr', 'show', 'dev', 'ppp0'], { ns: 'router' });
  return /inet (\S+)/.exec(stdout)?.[1] ?? null;
}

/** What the provider's end of the sessions has said. */
export function providerLog(): string {
  return existsSync(LOG) ? readFileSync(LOG, 'utf8') : '';
}
