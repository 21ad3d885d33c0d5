import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from '../effects/text-file.ts';
import { parse } from '../uci/index.ts';
import { JOIN_FILE } from './code.ts';
import {
  cancelRotation,
  finishRotation,
  type KeyPair,
  prepareRotation,
  readPairs,
} from './keys.ts';
import type { Given } from './request.ts';
import { tellDaemon } from './tell-daemon.ts';

/** `bonding keys show|rotate`, with the paths of the router that is meant. */
export interface KeysRequest {
  words: readonly string[];
  given: Given;
  json: boolean;
  keyFolder: string;
  configPath: string;
  ubusPath: string;
  /** `--name` as it was given, for the commands that are printed. */
  name: string | null;
}

/** Runs it; prints. 0 done, 1 it did not work, 2 no such command. Throws Error. */
export async function keysCommand(request: KeysRequest): Promise<0 | 1 | 2> {
  const [verb = 'show'] = request.words;
  if (verb === 'show') return show(request);
  if (verb !== 'rotate') {
    process.stderr.write(`bonding: keys '${verb}': neither show nor rotate\n`);
    return 2;
  }
  if (request.given.finish === true) return await finish(request);
  return request.given.cancel === true ? cancel(request) : rotate(request);
}

/** Makes none: only the daemon and `bonding keys` do. */
function show({ keyFolder, json }: KeysRequest): 0 | 1 {
  const pairs = readPairs(keyFolder);
  if (json) return say(`${JSON.stringify(pairs)}\n`);
  if (pairs.current === null) {
    process.stderr.write(
      `bonding: keys show: there is no key in ${keyFolder} yet; bonding keys makes one\n`,
    );
    return 1;
  }
  const parts = [
    ['in use', pairs.current],
    ['prepared', pairs.prepared],
    ['before', pairs.old],
  ] as const;
  return say(parts.flatMap(([title, pair]) => (pair ? [describe(title, pair)] : [])).join('\n'));
}

function describe(title: string, pair: KeyPair): string {
  return [
    `${title}: ${pair.fingerprint}`,
    `  certificate  ${pair.certificate}`,
    `  key          ${pair.key}${pair.whole ? '' : ' (not the key of this certificate)'}`,
    `  valid        ${pair.valid_from} to ${pair.valid_to}; only the fingerprint counts`,
    '',
  ].join('\n');
}

function rotate(request: KeysRequest): 0 {
  const { pair, made } = prepareRotation(request.keyFolder);
  if (request.json) return say(`${JSON.stringify({ fingerprint: pair.fingerprint, made })}\n`);
  return say(
    [
      `${made ? 'A new key is prepared' : 'A new key is prepared since before'}; the old one is still in use. Its fingerprint:`,
      '',
      `  ${pair.fingerprint}`,
      '',
      ...adding(roleOf(request.configPath), pair.fingerprint),
      'Then here:',
      '',
      `  bonding keys rotate --finish${nameOf(request)}`,
      '',
      `To leave all as it is: bonding keys rotate --cancel${nameOf(request)}`,
      '',
    ].join('\n'),
  );
}

/** What the other end is told, which takes both fingerprints until the old one is taken out there. */
function adding(role: 'router' | 'server', fingerprint: string): string[] {
  if (role === 'server') {
    return [
      'Add it on the router, beside the one that is there:',
      '',
      `  uci add_list bonding.bond.peer_fingerprint='${fingerprint}'`,
      '  uci commit bonding',
      '  /etc/init.d/bonding reload',
      '',
    ];
  }
  return [
    "Add it on the server, in the section interface 'bond' of /etc/bonding/NAME/config, beside the one that is there, and reload:",
    '',
    `  list peer_fingerprint '${fingerprint}'`,
    '',
    '  bonding reload --name NAME',
    '',
  ];
}

async function finish(request: KeysRequest): Promise<0 | 1> {
  const pair = finishRotation(request.keyFolder);
  const failure = await tellDaemon(request.ubusPath, 'restart');
  const code = existsSync(join(request.keyFolder, JOIN_FILE));
  if (request.json) {
    say(`${JSON.stringify({ fingerprint: pair.fingerprint, restarted: failure === null })}\n`);
    return 0;
  }
  const lines = [
    `The new key is in use: ${pair.fingerprint}`,
    failure === null
      ? 'The tunnels are made anew with it; the bond is down for some seconds.'
      : `The daemon was not reached (${failure}): its next start uses the new key.`,
    ...(code
      ? [`A join code from before does not work any more: bonding server code${nameOf(request)}`]
      : []),
    'When the bond is up again, take the old fingerprint out at the other end. The old key lies beside the new one as bonding.key.old.',
    '',
  ];
  return say(lines.join('\n'));
}

function cancel({ keyFolder }: KeysRequest): 0 | 1 {
  if (cancelRotation(keyFolder)) return say('The prepared key is gone; the one in use stays.\n');
  process.stderr.write('bonding: keys rotate --cancel: no new key is prepared\n');
  return 1;
}

/** What the configuration says we are; a router where it says nothing. */
function roleOf(configPath: string): 'router' | 'server' {
  try {
    const { sections } = parse(readText(configPath) ?? '');
    const bond = sections.find(({ type, name }) => type === 'interface' && name === 'bond');
    return bond?.options.role === 'server' ? 'server' : 'router';
  } catch {
    return 'router';
  }
}

function nameOf({ name }: KeysRequest): string {
  return name === null ? '' : ` --name ${name}`;
}

function say(text: string): 0 {
  process.stdout.write(text);
  return 0;
}
