import { readFileSync } from 'node:fs';
import { LINK_LIMIT } from '../config/numbers.ts';
import { report } from '../config/report.ts';
import type { Config } from '../config/types.ts';
import { checkFile } from '../daemon/check.ts';
import { loadConfigFile } from '../daemon/config-file.ts';
import { dryRun, printDryRun } from '../daemon/texts.ts';
import { findHook, type HookEvent } from '../effects/hooks.ts';
import { ensureIdentity, identityPaths } from '../effects/identity.ts';
import { reason } from '../errors.ts';
import type { RawFacts } from '../facts/actual.ts';
import { asRecord, asText } from '../facts/json.ts';
import { printCommand } from '../reconcile/commands.ts';
import type { CliCommand } from './command.ts';
import { DAEMON } from './daemon.ts';
import { showDiagnostics } from './diagnostics.ts';
import { joinServer } from './join.ts';
import { liveFacts } from './live-facts.ts';
import type { ExitCode } from './main.ts';
import type { CliOptions } from './options.ts';
import { showPage } from './page.ts';
import { call, callDaemon, explain } from './remote.ts';
import { showStatus } from './status.ts';
import { runSpeedTest } from './test.ts';

/** All commands by name. */
export const COMMANDS: Readonly<Record<string, CliCommand>> = {
  daemon: DAEMON,
  status: {
    usage: 'status [--json|--watch]',
    help: 'what the bond and its links do now',
    words: [0, 0],
    run: showStatus,
  },
  check: {
    usage: 'check [--config FILE]',
    help: 'what is wrong with the configuration, and how to mend it',
    words: [0, 0],
    run: check,
  },
  plan: {
    usage: 'plan [start|stop] [--facts FILE]',
    help: 'every command of a start or stop, carried out by nobody',
    words: [0, 1],
    run: plan,
  },
  d_start: dry('start'),
  d_stop: dry('stop'),
  facts: {
    usage: 'facts',
    help: 'what the plan is made from, as JSON (for plan --facts, for bug reports)',
    words: [0, 0],
    run: facts,
  },
  start: simple('start', 'bring the bond up'),
  stop: simple('stop', 'take the bond down; the daemon stays'),
  restart: simple('restart', 'stop, then start'),
  reload: simple('reload', 'read the configuration again'),
  link: {
    usage: 'link NAME up|down|reconnect',
    help: 'bring a link back, take it out, or connect it anew',
    words: [2, 2],
    run: link,
  },
  test: {
    usage: 'test [LINK…] [--seconds N] [--json]',
    help: 'measure each line alone, the bond, and its percent of the sum',
    words: [0, LINK_LIMIT],
    run: runSpeedTest,
  },
  join: {
    usage: 'join CODE [--yes] [--wan NAME]…',
    help: 'on a router: take the server that made this code; shows the changes first',
    // A code that was pasted with blanks comes as several words.
    words: [1, 200],
    anyRouter: true,
    run: joinServer,
  },
  events: {
    usage: 'events [--json]',
    help: 'what happened, newest last',
    words: [0, 0],
    run: events,
  },
  page: {
    usage: 'page',
    help: 'address of the status page on this machine, and how to reach it by SSH',
    words: [0, 0],
    run: showPage,
  },
  diagnostics: {
    usage: 'diagnostics [--mask]',
    help: 'all that a bug report needs; --mask: without addresses and names',
    words: [0, 0],
    run: showDiagnostics,
  },
  keys: {
    usage: 'keys [show|rotate] [--json]',
    help: 'our fingerprint, for option peer_fingerprint at the other end',
    words: [0, 1],
    run: keys,
  },
  server: {
    usage: 'server [init|list|code|remove]',
    help: 'the routers of this server; alone: what each of them takes',
    words: [0, 1],
    anyRouter: true,
    run: server,
  },
};

/** The text of `bonding help`. */
export function usage(): string {
  const lines = Object.values(COMMANDS).map(
    ({ usage: words, help }) => `  bonding ${words.padEnd(34)} ${help}`,
  );
  return [
    'bonding: several Internet lines as one',
    '',
    ...lines,
    '',
    'Options: --config FILE (/etc/config/bonding), --ubus SOCKET, --json, --watch',
    '  --name NAME: which router, on a server with several',
    'Exit code: 0 done, 1 failed, 2 wrong usage',
    '',
  ].join('\n');
}

function simple(name: string, help: string): CliCommand {
  return { usage: name, help, words: [0, 0], run: (options) => callDaemon(options, name, {}) };
}

/** The HOWTO's names of the dry runs. */
function dry(action: 'start' | 'stop'): CliCommand {
  return {
    usage: `d_${action}`,
    help: `the same as plan ${action}, by the HOWTO's name`,
    words: [0, 0],
    run: (options) => plan({ ...options, words: [action] }),
  };
}

async function link(options: CliOptions): Promise<ExitCode> {
  const [name, action = ''] = options.words;
  if (['up', 'down', 'reconnect'].includes(action))
    return await callDaemon(options, 'link', { name, action });
  process.stderr.write(`bonding: link '${name}': '${action}' is not up, down or reconnect\n`);
  return 2;
}

async function check(options: CliOptions): Promise<ExitCode> {
  const { problems, config } = await checkFile(options.configPath);
  const text = options.json ? `${JSON.stringify(problems, null, 2)}\n` : report(problems);
  process.stdout.write(text);
  const failed = config === null || problems.some((found) => found.severity === 'error');
  return failed ? 1 : 0;
}

async function plan(options: CliOptions): Promise<ExitCode> {
  const action = options.words[0] ?? 'start';
  if (action !== 'start' && action !== 'stop') {
    process.stderr.write(`bonding: plan '${action}': neither start nor stop\n`);
    return 2;
  }
  const { config, problems } = loadConfigFile(options.configPath);
  if (problems.length > 0) process.stderr.write(report(problems));
  if (config === null) return 1;
  const raw = await factsFor(options, config);
  const files = { identity: identityPaths(options.keyFolder) };
  const hook = (event: HookEvent) => findHook(options.keyFolder, event);
  const run = dryRun(config, action, raw, files, hook);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ commands: run.commands.map(printCommand), problems: run.problems }, null, 2)}\n`
      : printDryRun(run),
  );
  return 0;
}

/** Facts from a file (`-` is stdin) when one is named, else from this machine. */
async function factsFor(options: CliOptions, config: Config): Promise<RawFacts> {
  if (options.factsPath === null) return await liveFacts(options, config);
  const source = options.factsPath === '-' ? 0 : options.factsPath;
  try {
    const facts: unknown = JSON.parse(readFileSync(source, 'utf8'));
    if (isFacts(facts)) return facts;
    throw new Error('these are no facts; make them with: bonding facts');
  } catch (error) {
    throw new Error(`facts from ${options.factsPath}: ${reason(error)}`);
  }
}

/** The parts that are used as they are; the others are read with care (facts/). */
function isFacts(value: unknown): value is RawFacts {
  const { tunnels, abilities } = asRecord(value) ?? {};
  const named = (entry: unknown): boolean => asText(asRecord(entry)?.link) !== null;
  return Array.isArray(tunnels) && tunnels.every(named) && asRecord(abilities) !== null;
}

async function facts(options: CliOptions): Promise<ExitCode> {
  const { config } = loadConfigFile(options.configPath);
  process.stdout.write(`${JSON.stringify(await liveFacts(options, config), null, 1)}\n`);
  return 0;
}

/** What is needed least lies in a file of its own again, setup.cjs. */
async function server(options: CliOptions): Promise<ExitCode> {
  const { serverCommand } = await import('../setup/setup.ts');
  return await serverCommand(options);
}

async function keys(options: CliOptions): Promise<ExitCode> {
  if (options.words.length > 0) {
    const { keysCommand } = await import('../setup/setup.ts');
    return await keysCommand(options);
  }
  const { fingerprint, certificate } = ensureIdentity(options.keyFolder);
  process.stdout.write(
    options.json ? `${JSON.stringify({ fingerprint, certificate })}\n` : `${fingerprint}\n`,
  );
  return 0;
}

async function events(options: CliOptions): Promise<ExitCode> {
  let reply: { events: { time: number; subject: string; text: string }[] };
  try {
    reply = (await call(options, 'bonding', 'events')) as typeof reply;
  } catch (error) {
    process.stderr.write(`bonding: events: ${explain(error, options)}\n`);
    return 1;
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify(reply.events)}\n`);
    return 0;
  }
  for (const { time, subject, text } of reply.events) {
    const when = new Date(time * 1000).toISOString().slice(0, 19).replace('T', ' ');
    process.stdout.write(`${when}  ${subject}: ${text}\n`);
  }
  return 0;
}
