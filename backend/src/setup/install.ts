import { type ForwardingFound, planForwarding } from './forwarding.ts';
import { INSTALLED_FILE, type Manifest } from './manifest.ts';
import type { Step } from './steps.ts';
import { unitOf } from './unit.ts';

/** A router that the server has already. */
export interface RunningInstance {
  name: string;
  /** systemd starts it at boot. */
  enabled: boolean;
  /** Its daemon's pid; null: it does not run. */
  pid: number | null;
}

/** What was found on the machine. */
export interface InstallFound {
  /** Of an installation before this one; null: there is none. */
  installed: Manifest | null;
  instances: RunningInstance[];
  /** Folders on the way to our files that are not there yet, the upper before the lower. */
  missing: string[];
  forwarding: ForwardingFound;
  systemd: boolean;
}

/** Plans the installation of `brings`, whose files are below `from`, or an update to it. */
export function planInstall(
  brings: Manifest,
  from: string,
  found: InstallFound,
): { steps: Step[]; notes: string[] } {
  const { installed, instances, missing, systemd } = found;
  const paths = new Set(brings.files.map(({ path }) => path));
  const stale = (installed?.files ?? []).filter(({ path }) => !paths.has(path));
  const record: Manifest = {
    ...brings,
    folders: [...new Set([...(installed?.folders ?? []), ...missing])],
  };
  const kept = installed === null && instances.length > 0;
  return {
    steps: [
      ...missing.map((path): Step => ({ kind: 'folder', path, mode: 0o755 })),
      ...brings.files.map(
        ({ path, mode }): Step => ({ kind: 'copy', path, mode, from: `${from}${path}` }),
      ),
      ...stale.map(({ path }): Step => ({ kind: 'remove', path })),
      {
        kind: 'file',
        path: INSTALLED_FILE,
        mode: 0o644,
        text: `${JSON.stringify(record)}\n`,
        secret: true,
      },
      ...(kept ? planForwarding(found.forwarding) : []),
      ...(systemd ? [RELOAD, ...instances.flatMap((one) => onSystemd(one, kept))] : []),
    ],
    notes: [...keptNotes(kept, instances), ...(systemd ? [] : byHand(instances))],
  };
}

/** systemd reads its units again. */
export const RELOAD: Step = {
  kind: 'run',
  argv: ['systemctl', 'daemon-reload'],
  why: 'read the unit',
  must: true,
  undo: ['systemctl', 'daemon-reload'],
};

/**
 * A daemon that runs is killed, not stopped: stopping would take the bond down. The unit's
 * KillMode=process leaves the tunnels alone, Restart=always starts the new program, which adopts them.
 * `--kill-who` is what systemd before 252 calls `--kill-whom`, and later ones still take it.
 */
function onSystemd({ name, enabled, pid }: RunningInstance, kept: boolean): Step[] {
  const unit = unitOf(name);
  if (enabled && pid !== null) {
    return [
      {
        kind: 'run',
        argv: ['systemctl', 'kill', '--kill-who=main', '--signal=SIGKILL', unit],
        why: 'the new program takes over; the tunnels run on',
        must: false,
      },
    ];
  }
  if (!kept || enabled) return [];
  return [
    {
      kind: 'run',
      argv: ['systemctl', 'enable', '--now', unit],
      why: 'its keys are still here from before',
      must: false,
    },
  ];
}

function keptNotes(kept: boolean, instances: readonly RunningInstance[]): string[] {
  const names = instances.map(({ name }) => name).join(', ');
  return kept ? [`kept from an earlier installation: ${names}`] : [];
}

function byHand(instances: readonly RunningInstance[]): string[] {
  return instances
    .filter(({ pid }) => pid !== null)
    .map(
      ({ name, pid }) =>
        `the daemon of '${name}' still runs the old program; the tunnels run on while you do: kill -9 ${pid}; /usr/bin/bonding daemon --name ${name}`,
    );
}
