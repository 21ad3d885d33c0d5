import { INSTANCE_ROOT, RUN_ROOT } from '../effects/instances.ts';
import { type ForwardingFound, planForwardingBack } from './forwarding.ts';
import { RELOAD } from './install.ts';
import { INSTALLED_FILE, type Manifest } from './manifest.ts';
import { type Leaving, planStop } from './server-remove.ts';
import type { Step } from './steps.ts';

/** What was found on the machine. */
export interface UninstallFound {
  /** Null: the program did not come by bonding-server.run. */
  installed: Manifest | null;
  instances: Leaving[];
  /** Paths of keys that are no router's. */
  strays: string[];
  forwarding: ForwardingFound;
  systemd: boolean;
}

/** Takes all routers and the program away. `keepKeys`: INSTANCE_ROOT stays, for the next time. */
export function planUninstall(
  { installed, instances, strays, forwarding, systemd }: UninstallFound,
  keepKeys: boolean,
): { steps: Step[]; notes: string[] } {
  const back = planForwardingBack(forwarding);
  const runs = instances.map(({ name }): Step => ({ kind: 'remove', path: `${RUN_ROOT}/${name}` }));
  const kept = [...instances.map(({ name }) => `${INSTANCE_ROOT}/${name}`), ...strays];
  const keys = kept.map((path): Step => ({ kind: 'remove', path }));
  return {
    steps: [
      ...planStop(instances, systemd),
      ...runs,
      { kind: 'remove-empty', path: RUN_ROOT },
      ...(keepKeys ? [] : [...keys, { kind: 'remove-empty', path: INSTANCE_ROOT } as const]),
      ...back.steps,
      ...(installed === null ? [] : program(installed, systemd)),
    ],
    notes: [
      ...back.notes,
      ...(keepKeys && kept.length > 0 ? [`${INSTANCE_ROOT} stays`] : []),
      ...(installed === null
        ? ['the program itself did not come by bonding-server.run, so it stays']
        : []),
    ],
  };
}

function program({ files, folders }: Manifest, systemd: boolean): Step[] {
  return [
    ...files.map(({ path }): Step => ({ kind: 'remove', path })),
    { kind: 'remove', path: INSTALLED_FILE },
    ...[...folders].reverse().map((path): Step => ({ kind: 'remove-empty', path })),
    ...(systemd ? [RELOAD] : []),
  ];
}
