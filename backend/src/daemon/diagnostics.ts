/** The text for a bug report, loaded when it is asked for (`await import('./diagnostics.ts')`): diagnostics.cjs. */
import { describeMachine, readTunnelFiles } from '../effects/machine.ts';
import { readText } from '../effects/text-file.ts';
import { reason } from '../errors.ts';
import { type DiagnosticsPart, diagnosticsText } from '../status/diagnostics.ts';
import { serverNames } from '../status/mask.ts';
import type { BondEvent, Snapshot } from '../status/snapshot.ts';

/** Where a text for a bug report comes from. */
export interface DiagnosticsSource {
  version: string;
  configPath: string;
  runFolder: string;
  /** What the machine can do, as JSON; `openvpn` among it. */
  abilities: object;
  /** Null where there is none. */
  snapshot: Snapshot | null;
  events: readonly BondEvent[];
  check: () => Promise<string>;
  plan: (action: 'start' | 'stop') => Promise<string>;
  /** Said first, e.g. that no daemon runs. */
  note?: string;
}

/** Lines of each tunnel's log. */
const LOG_LINES = 100;

/** Gathers everything; what cannot be had is said in its place. Does not reject. */
export async function gatherDiagnostics(source: DiagnosticsSource, mask: boolean): Promise<string> {
  const config = readText(source.configPath) ?? `${source.configPath} cannot be read`;
  const parts: DiagnosticsPart[] = [
    { title: 'versions', text: versions(source) },
    { title: 'check', text: await orReason(source.check) },
    { title: 'configuration', text: config },
    { title: 'status', text: JSON.stringify(source.snapshot, null, 1) },
    { title: 'events', text: source.events.map(eventLine).join('\n'), log: true },
    { title: 'plan of a start', text: await orReason(() => source.plan('start')) },
    { title: 'plan of a stop', text: await orReason(() => source.plan('stop')) },
    ...readTunnelFiles(source.runFolder, LOG_LINES).flatMap((tunnel) => [
      { title: `OpenVPN's configuration of ${tunnel.link}`, text: tunnel.config },
      { title: `OpenVPN's log of ${tunnel.link}`, text: tunnel.log.join('\n'), log: true },
    ]),
  ];
  return diagnosticsText(parts, mask ? serverNames(config) : null);
}

function versions({ version, abilities, note }: DiagnosticsSource): string {
  return [
    ...(note === undefined ? [] : [note]),
    `bonding: ${version}`,
    ...describeMachine(),
    `abilities: ${JSON.stringify(abilities)}`,
  ].join('\n');
}

function eventLine({ time, subject, text }: BondEvent): string {
  return `${new Date(time * 1_000).toISOString()} ${subject}: ${text}`;
}

async function orReason(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    return `it cannot be had: ${reason(error)}`;
  }
}
