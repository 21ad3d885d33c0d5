import type { Step } from './steps.ts';

/** The kernel passes packets on: our drop-in for systemd-sysctl and procps. */
export const SYSCTL_FILE = '/etc/sysctl.d/90-bonding.conf';

/** What was there before us, for the way back. */
export const BEFORE_FILE = '/usr/lib/bonding/before';

/** The setting itself. */
export const FORWARD_PATH = '/proc/sys/net/ipv4/ip_forward';

const TEXT = `# bonding: what comes out of the bond goes on to the Internet
net.ipv4.ip_forward = 1
`;

/** What was found of it on the machine. */
export interface ForwardingFound {
  /** Whether our drop-in is there. */
  ours: boolean;
  /** `0` or `1`; null where it could not be read. */
  now: string | null;
  /** Folders that are not there yet. */
  missing: string[];
  /** What BEFORE_FILE says. */
  before: Before | null;
  /** Who else needs forwarding, e.g. `docker0`; null: nobody that we know. */
  neededBy: string | null;
}

/** Contents of BEFORE_FILE. */
export interface Before {
  forward: string | null;
  /** Folders that were made for our files. */
  folders: string[];
}

/** Switches forwarding on for now and for every boot. No steps where that was done already. */
export function planForwarding({ ours, now, missing }: ForwardingFound): Step[] {
  if (ours) return [];
  const before: Before = { forward: now, folders: missing };
  return [
    ...missing.map((path): Step => ({ kind: 'folder', path, mode: 0o755 })),
    { kind: 'file', path: BEFORE_FILE, mode: 0o644, text: `${JSON.stringify(before)}\n` },
    { kind: 'file', path: SYSCTL_FILE, mode: 0o644, text: TEXT },
    ...(now === '0' ? [set('1', '0')] : []),
  ];
}

/**
 * Takes our drop-in away and gives the setting back, unless somebody came to need it meanwhile: then
 * `notes` says so.
 */
export function planForwardingBack({ ours, now, before, neededBy }: ForwardingFound): {
  steps: Step[];
  notes: string[];
} {
  if (!ours) return { steps: [], notes: [] };
  const back = before?.forward === '0' && now === '1';
  const steps: Step[] = [
    { kind: 'remove', path: SYSCTL_FILE },
    { kind: 'remove', path: BEFORE_FILE },
    ...[...(before?.folders ?? [])].reverse().map((path): Step => ({ kind: 'remove-empty', path })),
    ...(back && neededBy === null ? [set('0', '1')] : []),
  ];
  const notes =
    back && neededBy !== null
      ? [
          `forwarding stays on, because of ${neededBy}; it was off before us: sysctl -w net.ipv4.ip_forward=0`,
        ]
      : [];
  return { steps, notes };
}

/** Reads BEFORE_FILE's text; null for what is not ours. */
export function readBefore(text: string | null): Before | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null) return null;
    const { forward, folders } = value as { forward?: unknown; folders?: unknown };
    const isPath = (entry: unknown): entry is string =>
      entry === '/etc/sysctl.d' || entry === '/usr/lib/bonding';
    return {
      forward: forward === '0' || forward === '1' ? forward : null,
      folders: Array.isArray(folders) ? folders.filter(isPath) : [],
    };
  } catch {
    return null;
  }
}

function set(text: string, before: string): Step {
  return { kind: 'kernel', path: FORWARD_PATH, text, before };
}
