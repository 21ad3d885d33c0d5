import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../config/load.ts';
import { ensureIdentity } from '../effects/identity.ts';
import { type NewFile, stageFiles } from '../effects/join-files.ts';
import { RunError } from '../effects/run.ts';
import { type Problem, problem, reason } from '../errors.ts';
import { decodeCode, type JoinCode } from '../join/code.ts';
import { joinedConfig } from '../join/router-config.ts';
import type { Settings } from '../join/settings.ts';
import { unifiedDiff } from '../join/text-diff.ts';
import { format, fromBytes, type UciPackage } from '../uci/index.ts';
import { type Answer, askServer } from './ask-server.ts';
import { chooseWans } from './join-choose.ts';
import {
  cannotWrite,
  type Found,
  fault,
  JoinError,
  type JoinOptions,
  readConfig,
} from './join-found.ts';
import { configFiles, configNotes, fileNotes, keyFiles } from './join-write.ts';

/** What joining would do. */
export interface JoinPlan {
  /** The server's name for this router. */
  name: string;
  diff: string;
  notes: string[];
  /** Carries it out; the problem when it cannot be, and then nothing is changed. */
  commit: () => Promise<Problem | null>;
}

/** A plan, or why there is none. */
export type Prepared = { ok: true; plan: JoinPlan } | { ok: false; error: Problem };

/**
 * Reads the code, asks the server, and works out what would change. Changes nothing but our own
 * identity, which is made where there is none. Never rejects.
 */
export function prepareJoin(codeText: string, options: JoinOptions): Promise<Prepared> {
  return guarded(async () => {
    const decoded = decodeCode(codeText);
    if (!decoded.ok) throw fault(problem('join-code', 'join', { reason: decoded.reason }));
    const { code } = decoded;
    const found = readConfig(options.configPath);
    const settings = await settingsFor(code, options);
    const { wans, notes } = await chooseWans(settings, options);
    const tlsPath = join(options.keyFolder, 'tls-crypt.key');
    const tlsCryptPath = settings.tlsCrypt === null ? null : tlsPath;
    const joined = joinedConfig(found.pkg, { settings, wans, tlsCryptPath });
    const wanted = format(joined);
    verify(joined, wans.length);
    const { configPath } = options;
    const before = found.text === null ? '' : format(found.pkg);
    const diff = unifiedDiff(before, wanted, [configPath, `${configPath} (joined)`]);
    const files = [
      ...keyFiles(code, settings, options),
      ...(diff === '' ? [] : configFiles(found, wanted, options)),
    ];
    const commit = () => carryOut(code, settings, found, files, options);
    const all = [...notes, ...configNotes(found, diff, options), ...fileNotes(files)];
    return { ok: true, plan: { name: settings.name, diff, notes: all, commit } };
  });
}

async function guarded(work: () => Promise<Prepared>): Promise<Prepared> {
  try {
    return await work();
  } catch (error) {
    return { ok: false, error: problemOf(error) };
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof JoinError) return error.problem;
  const command = error instanceof RunError ? error.argv.join(' ') : 'bonding join';
  return problem('command-failed', 'join', { command, reason: reason(error) });
}

async function settingsFor(code: JoinCode, options: JoinOptions): Promise<Settings> {
  if (code.kind === 'offline') return code.settings;
  const answer = await ask(code, options, false);
  if (!answer.ok) throw fault(answer.error);
  return answer.settings;
}

async function ask(
  code: Extract<JoinCode, { kind: 'online' }>,
  { keyFolder, timeLimit }: JoinOptions,
  confirm: boolean,
): Promise<Answer> {
  try {
    return await askServer(code, ensureIdentity(keyFolder), confirm, timeLimit);
  } catch (error) {
    throw fault(cannotWrite(keyFolder, error));
  }
}

/** What we write must be what we can use. */
function verify(joined: UciPackage, links: number): void {
  const { config, problems } = load(joined);
  const found = problems.find(({ severity }) => severity === 'error');
  if (config !== null && config.links.length === links) return;
  const said = found === undefined ? 'its settings fit nothing' : `${found.subject}: ${found.text}`;
  throw fault(problem('join-answer', 'join', { server: 'the server', reason: said }));
}

/** All new files lie on the disk before the server is told, so that little can go wrong after. */
async function carryOut(
  code: JoinCode,
  settings: Settings,
  found: Found,
  files: readonly NewFile[],
  options: JoinOptions,
): Promise<Problem | null> {
  const { configPath } = options;
  let staged: ReturnType<typeof stageFiles>;
  try {
    const now = existsSync(configPath) ? fromBytes(readFileSync(configPath)) : null;
    if (now !== found.text) return cannotWrite(configPath, 'it was changed meanwhile');
    staged = stageFiles(files);
  } catch (error) {
    return cannotWrite((error as { path?: string }).path ?? configPath, error);
  }
  try {
    if (code.kind === 'online') await confirm(code, settings, options);
    staged.commit();
    return null;
  } catch (error) {
    staged.drop();
    return error instanceof JoinError ? error.problem : cannotWrite(configPath, error);
  }
}

async function confirm(
  code: Extract<JoinCode, { kind: 'online' }>,
  settings: Settings,
  options: JoinOptions,
): Promise<void> {
  const answer = await ask(code, options, true);
  if (!answer.ok) throw fault(answer.error);
  if (JSON.stringify(answer.settings) === JSON.stringify(settings)) return;
  const said = 'its settings were changed just now';
  throw fault(problem('join-unsure', 'join', { reason: said }));
}
