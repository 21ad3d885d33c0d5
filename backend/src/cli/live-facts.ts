import type { Config } from '../config/types.ts';
import { cipherSpeed } from '../effects/ciphers.ts';
import { probeAbilities, readFacts } from '../effects/read.ts';
import { tryOptions } from '../effects/try-options.ts';
import { findTunnels } from '../effects/tunnels.ts';
import type { RawFacts } from '../facts/actual.ts';
import type { CliOptions } from './options.ts';
import { call } from './remote.ts';

/** Facts of this machine; `config`, where there is one, says which options to try. */
export async function liveFacts(options: CliOptions, config: Config | null): Promise<RawFacts> {
  const interfaces = await call(options, 'network.interface', 'dump').catch(() => null);
  // Looked at, not made: a dry run needs no privileges.
  const path = options.runFolder;
  const folder = { path, list: () => findTunnels(path) };
  const able = await probeAbilities();
  const { openvpn } = able;
  const optionTrial = config && openvpn !== null ? await tryOptions(config, openvpn) : null;
  const ciphers = cipherSpeed(path, false);
  return await readFacts(folder, interfaces, { ...able, ciphers, optionTrial }, options.number);
}
