import { report } from '../config/report.ts';
import { openvpnVersion } from '../effects/read.ts';
import { tryOptions } from '../effects/try-options.ts';
import { problem } from '../errors.ts';
import { refusalProblems } from '../openvpn/probe.ts';
import { type LoadedConfig, loadConfigFile } from './config-file.ts';

/** The file, and what the installed OpenVPN makes of its options. Starts two processes. */
export async function checkFile(path: string): Promise<LoadedConfig> {
  const { config, problems } = loadConfigFile(path);
  if (config === null) return { config, problems };
  const version = await openvpnVersion();
  if (version === null) {
    return { config, problems: [...problems, problem('options-untried', 'openvpn', {})] };
  }
  const { refused } = await tryOptions(config, version);
  return { config, problems: [...problems, ...refusalProblems(config, version, refused)] };
}

/** `check` of the daemon: the file as it is now. */
export async function checkText(path: string): Promise<{ ok: boolean; text: string }> {
  const { problems } = await checkFile(path);
  const ok = !problems.some((found) => found.severity === 'error');
  return { ok, text: report(problems) };
}
