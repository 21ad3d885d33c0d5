import { INSTANCE_ROOT, RUN_ROOT } from '../effects/instances.ts';
import { type ForwardingFound, planForwardingBack } from './forwarding.ts';
import type { Step } from './steps.ts';
import { unitOf } from './unit.ts';

/** A router of this server, as it is to be taken away. */
export interface Leaving {
  name: string;
  /** Pid of its daemon where it runs without systemd; else null. */
  pid: number | null;
}

/** What was found on the machine. */
export interface RemoveFound {
  systemd: boolean;
  forwarding: ForwardingFound;
}

/** Longest time that a daemon takes to take its bond down, s: two hooks with 30 each, and the tunnels. */
export const STOP_SECONDS = 75;

/** Stops the daemons of these routers, and keeps them from being started again. */
export function planStop(leaving: readonly Leaving[], systemd: boolean): Step[] {
  return leaving.flatMap(({ name, pid }): Step[] => [
    ...(systemd ? [disable(name)] : []),
    ...(pid === null ? [] : [end(name, pid)]),
  ]);
}

/** Takes one router away; with the last of them (`last`) forwarding goes, too. */
export function planRemove(
  leaving: Leaving,
  last: boolean,
  found: RemoveFound,
): { steps: Step[]; notes: string[] } {
  const back = last ? planForwardingBack(found.forwarding) : { steps: [], notes: [] };
  return {
    steps: [
      ...planStop([leaving], found.systemd),
      { kind: 'remove', path: `${INSTANCE_ROOT}/${leaving.name}` },
      { kind: 'remove', path: `${RUN_ROOT}/${leaving.name}` },
      { kind: 'remove-empty', path: RUN_ROOT },
      ...(last ? [{ kind: 'remove-empty', path: INSTANCE_ROOT } as const] : []),
      ...back.steps,
    ],
    notes: back.notes,
  };
}

function disable(name: string): Step {
  const unit = unitOf(name);
  return {
    kind: 'run',
    argv: ['systemctl', 'disable', '--now', unit],
    why: 'stop the daemon, which takes the bond down',
    must: true,
    undo: ['systemctl', 'enable', '--now', unit],
    limit: STOP_SECONDS + 15,
  };
}

function end(name: string, pid: number): Step {
  return {
    kind: 'end',
    pid,
    seconds: STOP_SECONDS,
    why: `stop the daemon of '${name}', which takes the bond down`,
  };
}
