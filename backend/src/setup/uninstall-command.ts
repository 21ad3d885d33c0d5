import { listInstances } from '../effects/instances.ts';
import { readText } from '../effects/text-file.ts';
import { daemonOf, hasSystemd, lookAtForwarding, strayKeys } from './look.ts';
import { INSTALLED_FILE, readManifest } from './manifest.ts';
import { proceed, type ServerRequest } from './proceed.ts';
import { planUninstall } from './uninstall.ts';

/** `bonding server uninstall [--keep-keys]`. Throws Error. */
export async function uninstallCommand({ given, root }: ServerRequest): Promise<0 | 1> {
  const systemd = hasSystemd(root);
  const instances = listInstances(root).map((instance) => ({
    name: instance.name,
    pid: systemd ? null : daemonOf(instance, root),
  }));
  const found = {
    installed: readManifest(readText(root + INSTALLED_FILE)),
    instances,
    strays: strayKeys(root),
    forwarding: lookAtForwarding(root),
    systemd,
  };
  const { steps, notes } = planUninstall(found, given['keep-keys'] === true);
  const names = instances.map(({ name }) => name).join(', ');
  const question =
    names === '' ? 'Remove bonding?' : `Remove bonding with its routers (${names}) and their keys?`;
  return await proceed({ steps, notes, question, root, given, done: 'bonding is removed.' });
}
