import type { Actual } from '../facts/actual.ts';
import { readSpread } from '../facts/actual.ts';
import type { Command } from './commands.ts';

/**
 * Whether a command is one of those of `quickDiff`, which take a link out of what is sent or put it
 * back: a slave's carrier, and the chain at the slaves' egress. Each says the whole of one thing, so it
 * may be carried out at any time and any number of times.
 */
export function isTurn(command: Command): boolean {
  if (command.kind === 'write') return CARRIER.test(command.path);
  if (command.kind !== 'run' || command.argv[0] !== 'nft') return false;
  const { argv, stdin } = command;
  return stdin === null ? argv.includes('netdev') : stdin.startsWith('table netdev ');
}

const CARRIER = /^\/sys\/class\/net\/([^/]+)\/carrier$/;

/** What the machine is taken for once such a command has been carried out, until it is read again. */
export function afterTurn(actual: Actual, command: Command): Actual {
  if (command.kind === 'run') return { ...actual, spread: readSpread(command.stdin) };
  if (command.kind !== 'write') return actual;
  const device = actual.devices.get(CARRIER.exec(command.path)?.[1] ?? '');
  if (device === undefined) return actual;
  const changed = { ...device, carrier: command.text === '1' };
  return { ...actual, devices: new Map(actual.devices).set(device.ifname, changed) };
}
