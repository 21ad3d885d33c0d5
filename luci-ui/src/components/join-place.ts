import type { Snapshot } from '../../../backend/src/status/snapshot.ts';
import type { Connection } from '../transport.ts';

/** Where joining a server is offered: first of all, folded among the actions, or not at all. */
export type JoinPlace = 'first' | 'folded' | 'none';

/** What decides on it. */
export interface JoinScene {
  snapshot: Pick<Snapshot, 'role' | 'links'> | null;
  connection: Connection;
  mayWrite: boolean;
  /** In LuCI, which asks a daemon without a configuration too; the daemon's own page cannot. */
  inLuci: boolean;
  /** Where it stood before, and whether something was begun there. */
  before: JoinPlace;
  begun: boolean;
}

/** A router without links has nothing better to do. What was begun stays where it is. */
export function joinPlace(scene: JoinScene): JoinPlace {
  const { snapshot, connection, before, begun } = scene;
  if (!scene.mayWrite || snapshot?.role === 'server') return 'none';
  if (begun && before === 'first') return 'first';
  if (connection.state === 'lost' && connection.trouble === 'unconfigured') {
    return scene.inLuci ? 'first' : 'none';
  }
  if (!snapshot) return 'none';
  return snapshot.links.length === 0 ? 'first' : 'folded';
}
