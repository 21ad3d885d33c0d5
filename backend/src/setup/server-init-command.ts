import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { findInstance } from '../effects/instances.ts';
import { makeIdentity } from '../effects/keys.ts';
import { formatTlsKey } from '../join/tls-key.ts';
import { carryOut } from './carry-out.ts';
import { type NewCode, newCode } from './code.ts';
import { lookAtFirewalls, printObstacles } from './firewall-look.ts';
import { daemonOf, lookAtMachine, lookAtRules, lookForInit } from './look.ts';
import type { ServerRequest } from './proceed.ts';
import { type InitRequest, readInitRequest } from './request.ts';
import { lacks, printLacks } from './requirements.ts';
import { type InitPlan, type Material, planInit } from './server-init.ts';
import { dateOf } from './server-list.ts';
import { printSteps } from './steps.ts';

/** `bonding server init`. Throws Error for all that is in the way. */
export async function initCommand({ given, root, json }: ServerRequest): Promise<0 | 1> {
  const request = readInitRequest(given);
  const lacking = root === '' ? printLacks(lacks(await lookAtMachine())) : '';
  if (lacking !== '' && given.plan !== true) throw new Error(lacking);
  const plan = planInit(request, await lookForInit(root), makeMaterial());
  if (given.plan === true) {
    process.stdout.write(`${printSteps([...plan.files, ...plan.start])}make a join code\n\n`);
    await explain(plan, request, { root, offline: given.offline === true });
    if (lacking !== '') process.stderr.write(`in the way:\n  ${lacking}\n`);
    return lacking === '' ? 0 : 1;
  }
  const code = await make(plan, request, { offline: given.offline === true, root });
  const running = plan.start.length === 0 || (await comesUp(request.name, root));
  if (json) {
    const { number, bond, ports } = plan;
    const { expires } = code;
    process.stdout.write(
      `${JSON.stringify({ name: request.name, number, bond, ports, code: code.code, expires })}\n`,
    );
    return 0;
  }
  process.stdout.write(
    `The router '${request.name}' is made, in /etc/bonding/${request.name}.\n\n`,
  );
  await explain(plan, request, { root, offline: given.offline === true });
  if (!running) {
    process.stdout.write(
      `The daemon has not come up; why: journalctl -u bonding@${request.name}\n\n`,
    );
  }
  process.stdout.write(printCode(code));
  return 0;
}

/** The code, and what to do with it. */
export function printCode({ code, expires }: NewCode): string {
  const head =
    expires === null
      ? 'Join code. It holds the key of the router: hand it over like a password.'
      : `Join code, for one router, until ${dateOf(expires)}. It is a secret until it has been used.`;
  return [
    head,
    '',
    code,
    '',
    'On the router paste it in LuCI, under Network, Bonding, or: bonding join CODE',
    '',
  ].join('\n');
}

async function make(
  plan: InitPlan,
  { name }: InitRequest,
  { offline, root }: { offline: boolean; root: string },
): Promise<NewCode> {
  const rim = { root, log };
  const files = await carryOut(plan.files, rim);
  try {
    const instance = findInstance(name, root);
    if (instance === null) throw new Error(`the new router '${name}' is not found`);
    const code = newCode(instance, { offline, root });
    (await carryOut(plan.start, rim)).keep();
    files.keep();
    return code;
  } catch (error) {
    await files.undo();
    throw error;
  }
}

/** Ports to let in, other firewalls, and what is odd. */
async function explain(
  plan: InitPlan,
  request: InitRequest,
  { root, offline }: { root: string; offline: boolean },
): Promise<void> {
  const { first, last, heartbeats } = plan.ports;
  const tunnels = first === last ? `${first}` : `${first} to ${last}`;
  const udp = `UDP ${tunnels} and ${heartbeats}`;
  const tcp = offline ? '' : `, and TCP ${first} until the router has joined`;
  const obstacles =
    root === '' ? lookAtFirewalls(await lookAtRules(), { ...plan.ports, bond: plan.bond }) : [];
  const lines = [
    ...plan.notes.map((note) => `Note: ${note}`),
    `Let in, in the provider's firewall if there is one: ${udp}${tcp}.`,
    ...(obstacles.length === 0
      ? []
      : ['', 'Firewalls on this machine are not touched. To let our packets through:', '']),
  ];
  process.stdout.write(`${lines.join('\n')}\n${printObstacles(obstacles)}`);
  if (plan.startCommand !== null) {
    process.stdout.write(`No systemd runs here. What starts the daemon: ${plan.startCommand}\n`);
  }
  if (request.lan.length === 0) {
    process.stdout.write(
      'Without --lan the router translates the addresses of its LAN, and forwards reach the router only.\n',
    );
  }
  process.stdout.write('\n');
}

/** Whether the daemon is there some seconds after its start. */
async function comesUp(name: string, root: string): Promise<boolean> {
  for (let tries = 0; tries < 50; tries += 1) {
    const instance = findInstance(name, root);
    if (instance !== null && daemonOf(instance, root) !== null) return true;
    await pause(200);
  }
  return false;
}

function makeMaterial(): Material {
  const { certPem, keyPem } = makeIdentity('bonding');
  return { certificate: certPem, key: keyPem, tlsCrypt: formatTlsKey(randomBytes(256)) };
}

function log(line: string): void {
  process.stderr.write(`bonding: ${line}\n`);
}
