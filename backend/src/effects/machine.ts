import { readdirSync } from 'node:fs';
import { release, uptime } from 'node:os';
import { join } from 'node:path';
import { readLastLines, readText } from './text-file.ts';

/** What a bug report must say of the machine, one `name: value` a line. */
export function describeMachine(): string[] {
  return [
    `Node: ${process.version} ${process.arch}`,
    `kernel: ${release()}`,
    `system: ${systemName()}`,
    `up for: ${Math.round(uptime())} s`,
  ];
}

function systemName(): string {
  for (const [file, option] of [
    ['/etc/openwrt_release', 'DISTRIB_DESCRIPTION'],
    ['/etc/os-release', 'PRETTY_NAME'],
  ] as const) {
    const found = new RegExp(`^${option}=(.*)$`, 'm').exec(readText(file) ?? '')?.[1];
    if (found !== undefined) return found.replace(/^['"]|['"]$/g, '').slice(0, 200);
  }
  return 'unknown';
}

/** The tunnels' configurations and the ends of their logs, as far as they are there. */
export function readTunnelFiles(
  folder: string,
  lines: number,
): { link: string; config: string; log: string[] }[] {
  let names: string[] = [];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.conf'));
  } catch {
    // There is no such folder while nothing has been started.
  }
  return names.sort().map((name) => {
    const link = name.slice(0, -'.conf'.length);
    const log = readLastLines(join(folder, `${link}.log`), lines) ?? [];
    return { link, config: readText(join(folder, name)) ?? '', log };
  });
}
