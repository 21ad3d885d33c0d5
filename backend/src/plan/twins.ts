import type { LinkConfig } from '../config/types.ts';
import type { Actual } from '../facts/actual.ts';
import type { Wan } from '../facts/wans.ts';
import type { OuterMark } from '../openvpn/render.ts';
import type { DesiredSysctl } from './desired.ts';
import { LINK_MARK } from './numbers.ts';

/** A router's link whose WAN is up. */
export interface Line {
  config: LinkConfig;
  wan: Wan;
}

/** What lines need that have their address, or their card, in common. */
export interface Twins {
  /** By link; the others need none. */
  marks: ReadonlyMap<string, OuterMark>;
  sysctls: DesiredSysctl[];
}

/**
 * Lines that a source rule cannot tell apart, because two WANs have one address (two modems of one
 * make; two boxes on one card): their tunnels mark their packets. A source route looked up for an
 * answer knows no mark and leads to the other line, so a strict `rp_filter` would drop it. On a
 * shared card one box may send us to the other (`accept_redirects`).
 */
export function planTwins(lines: readonly Line[], tunnels: Actual['tunnels']): Twins {
  const marks = new Map<string, OuterMark>();
  const sysctls = new Map<string, DesiredSysctl>();
  for (const line of lines) {
    const { config, wan } = line;
    const mark = markOf(line, lines, tunnels.get(config.name)?.config ?? '');
    if (mark !== null) marks.set(config.name, mark);
    for (const name of settingsFor(line, lines))
      if (wan.device !== null) sysctls.set(`${wan.device}/${name}`, { device: wan.device, name });
  }
  return { marks, sysctls: [...sysctls.values()] };
}

/** The other lines, without further links of the same line. */
function others({ wan }: Line, lines: readonly Line[]): Line[] {
  return lines.filter((line) => line.wan.device !== wan.device || line.wan.gateway !== wan.gateway);
}

function rivals(line: Line, lines: readonly Line[]): { any: boolean; apart: boolean } {
  const same = others(line, lines).filter(({ wan }) => wan.address === line.wan.address);
  return { any: same.length > 0, apart: same.some(({ wan }) => wan.device !== line.wan.device) };
}

/** `running` is the configuration of the tunnel that runs now, or empty. */
function markOf(line: Line, lines: readonly Line[], running: string): OuterMark | null {
  const { any, apart } = rivals(line, lines);
  const { address, device } = line.wan;
  const kept = isMarked(running, address);
  if (!any && !kept) return null;
  const bound = apart || (kept && running.includes(`\nbind-dev ${device}\n`));
  return { mark: (LINK_MARK + line.config.index) << 24, device: bound ? device : null };
}

function settingsFor(line: Line, lines: readonly Line[]): DesiredSysctl['name'][] {
  const shared = others(line, lines).some(({ wan }) => wan.device === line.wan.device);
  return [
    ...(rivals(line, lines).apart ? (['rp_filter'] as const) : []),
    ...(shared ? (['accept_redirects'] as const) : []),
  ];
}

/**
 * Whether the running tunnel has a mark: it keeps it as long as it has the address, or it would be
 * started anew each time the other line goes or comes.
 */
function isMarked(running: string, address: string | null): boolean {
  return running.includes(`\nlocal ${address}\n`) && running.includes('\nmark ');
}
