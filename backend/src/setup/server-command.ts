import { listInstances, openInstance } from '../effects/instances.ts';
import { newCode } from './code.ts';
import { installCommand } from './install-command.ts';
import { daemonOf, hasSystemd, lookAtForwarding } from './look.ts';
import { proceed, type ServerRequest } from './proceed.ts';
import { initCommand, printCode } from './server-init-command.ts';
import { listRouters, printRouters } from './server-list.ts';
import { planRemove } from './server-remove.ts';
import { tellDaemon } from './tell-daemon.ts';
import { uninstallCommand } from './uninstall-command.ts';

const HELP = `A server has a bond, a daemon and keys for each of its routers, at most eight.

  bonding server init --name NAME --public ADDRESS --links N [--lan NETWORK]… [--port PORT]
      makes what a new router needs, and its join code. --name is your word for it, --public the
      address or name of this machine, --links how many lines the router has, --lan a network behind
      it (192.168.1.0/24), --port the first of N UDP ports. --offline: the code carries everything,
      for a router that cannot reach this machine before the tunnels are there
  bonding server list [--json]
  bonding server code [--name NAME] [--public ADDRESS] [--offline]
      another join code; one from before does not work any more
  bonding server remove --name NAME [--yes]
  bonding server uninstall [--keep-keys] [--yes]
      all routers and the program; --keep-keys leaves /etc/bonding

init, remove and uninstall take --plan: show what would be done, and do nothing.
`;

const VERBS: Readonly<Record<string, (request: ServerRequest) => Promise<0 | 1>>> = {
  init: initCommand,
  list,
  code,
  remove,
  install: installCommand,
  uninstall: uninstallCommand,
};

/** Runs it; prints. 0 done, 1 it did not work, 2 no such command. */
export async function serverCommand(request: ServerRequest): Promise<0 | 1 | 2> {
  const [verb] = request.words;
  if (verb === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const command = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (command === undefined) {
    process.stderr.write(
      `bonding: server '${verb}': not init, list, code, remove or uninstall; see: bonding server\n`,
    );
    return 2;
  }
  try {
    return await command(request);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    process.stderr.write(`bonding: server ${verb}:\n  ${why}\n`);
    return 1;
  }
}

async function list({ root, json }: ServerRequest): Promise<0> {
  const rows = listRouters(root);
  process.stdout.write(json ? `${JSON.stringify(rows)}\n` : printRouters(rows));
  return 0;
}

async function code({ name, root, given, json }: ServerRequest): Promise<0> {
  const instance = openInstance(name ?? onlyName(root), root);
  const address = typeof given.public === 'string' ? { public: given.public } : {};
  const made = newCode(instance, { ...address, offline: given.offline === true, root });
  const runs = daemonOf(instance, root) !== null;
  const failure = made.changed && runs ? await tellDaemon(instance.ubusPath, 'reload') : null;
  if (failure !== null) process.stderr.write(`bonding: the daemon did not reload: ${failure}\n`);
  if (json) {
    const { expires } = made;
    process.stdout.write(`${JSON.stringify({ name: instance.name, code: made.code, expires })}\n`);
    return 0;
  }
  process.stdout.write(printCode(made));
  if (!runs && root === '' && made.expires !== null) {
    process.stdout.write(
      `The daemon does not run, so nobody answers: systemctl start bonding@${instance.name}\n`,
    );
  }
  return 0;
}

function onlyName(root: string): string {
  const names = listInstances(root).map(({ name }) => name);
  if (names.length === 1 && names[0] !== undefined) return names[0];
  throw new Error(
    names.length === 0
      ? 'there is no router yet; make one with: bonding server init'
      : `there are ${names.length} routers here: ${names.join(', ')}; say which: --name ${names[0]}`,
  );
}

async function remove({ name, root, given }: ServerRequest): Promise<0 | 1> {
  if (name === null) throw new Error('say which router: --name NAME');
  const instance = openInstance(name, root);
  const leaving = { name, pid: hasSystemd(root) ? null : daemonOf(instance, root) };
  const last = listInstances(root).length === 1;
  const found = { systemd: hasSystemd(root), forwarding: lookAtForwarding(root) };
  const { steps, notes } = planRemove(leaving, last, found);
  const question = `Remove the router '${name}' with its keys?`;
  return await proceed({ steps, notes, question, root, given, done: `'${name}' is removed.` });
}
