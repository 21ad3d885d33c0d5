import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OURS } from '../facts/sysctls.ts';
import { SAVED_FILE } from '../reconcile/sysctls.ts';
import { readText } from './text-file.ts';

/** A folder for each device, and `all`. */
const CONF = '/proc/sys/net/ipv4/conf';

/** Reads all devices' settings and the run folder's file, as `readSysctls` of facts/ takes them. */
export function readSysctlFiles(runFolder: string): unknown {
  const now: Record<string, string> = {};
  for (const device of devices()) {
    for (const name of Object.keys(OURS)) {
      const text = readText(join(CONF, device, name));
      if (text !== null) now[`${device}/${name}`] = text.trim();
    }
  }
  return { now, saved: parse(readText(join(runFolder, SAVED_FILE)) ?? '{}') };
}

/** Writes a kernel file; a setting of a device which is gone (a PPPoE line's) is gone with it. */
export function writeKernelFile(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    const gone = path.startsWith(CONF) && (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!gone) throw error;
  }
}

function devices(): string[] {
  try {
    return readdirSync(CONF);
  } catch {
    return [];
  }
}

/** A file that somebody has damaged is as good as none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
