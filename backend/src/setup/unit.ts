/** The systemd unit of the daemons, one instance for each router. */
export const UNIT_FILE = '/etc/systemd/system/bonding@.service';

/** Where systemd notes what is enabled. */
export const WANTS_FOLDER = '/etc/systemd/system/multi-user.target.wants';

/** The unit of one router. */
export function unitOf(name: string): string {
  return `bonding@${name}.service`;
}
