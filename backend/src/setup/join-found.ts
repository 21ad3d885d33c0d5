import { existsSync, readFileSync, statSync } from 'node:fs';
import { type Problem, problem, reason } from '../errors.ts';
import { fromBytes, parse, UciError, type UciPackage } from '../uci/index.ts';

/** Where a router keeps its things, and what the user has said. */
export interface JoinOptions {
  configPath: string;
  keyFolder: string;
  /** WANs that the user has named; empty: those that `findWans` finds. */
  wans: readonly string[];
  /** By metric. */
  findWans: () => Promise<string[]>;
  /** Where uci keeps what was changed and not committed. */
  pendingPath?: string;
  /** Where rpcd keeps the same for each of LuCI's sessions. */
  sessionsFolder?: string;
  /** For one exchange with the server, ms. */
  timeLimit?: number;
}

/** The configuration as it was found; `text` null: there is none yet. */
export interface Found {
  text: string | null;
  pkg: UciPackage;
}

/** A fault of the user's or the surroundings', on its way to who asked. */
export class JoinError extends Error {
  readonly problem: Problem;

  constructor(found: Problem) {
    super(found.text);
    this.problem = found;
  }
}

/** To be thrown. */
export function fault(found: Problem): JoinError {
  return new JoinError(found);
}

/** A configuration has 4 kB (bytes). */
const FILE_LIMIT = 512 * 1024;

/** The router's configuration. Throws JoinError for one that cannot be read. */
export function readConfig(path: string): Found {
  if (!existsSync(path)) return { text: null, pkg: { sections: [] } };
  try {
    if (statSync(path).size > FILE_LIMIT) throw new Error('it is no configuration of ours');
    const text = fromBytes(readFileSync(path));
    return { text, pkg: parse(text) };
  } catch (error) {
    if (error instanceof UciError) {
      const { sourceLine: line, column, reason: why } = error;
      throw fault(problem('config-syntax', `file ${path}`, { line, column, reason: why }));
    }
    const args = { file: path, reason: reason(error) };
    throw fault(problem('config-unreadable', 'configuration', args));
  }
}

/** A file or folder that cannot be written. */
export function cannotWrite(path: string, error: unknown): Problem {
  return problem('join-write', 'join', { path, reason: reason(error) });
}
