import { readFileSync, statSync } from 'node:fs';
import { load } from '../config/load.ts';
import type { Config } from '../config/types.ts';
import type { Problem } from '../errors.ts';
import { problem, reason } from '../errors.ts';
import { fromBytes, parseWithLines, UciError } from '../uci/index.ts';

/** A configuration file, read and understood as far as possible. */
export interface LoadedConfig {
  /** Null when there is nothing to work with. */
  config: Config | null;
  problems: Problem[];
}

/** A configuration of eight links has 4 kB; what is larger than this is another file (bytes). */
const FILE_LIMIT = 512 * 1024;

/** Reads the UCI file at `path`. Never throws: what is wrong with the file is in `problems`. */
export function loadConfigFile(path: string): LoadedConfig {
  let text: string;
  try {
    const { size } = statSync(path);
    if (size > FILE_LIMIT) throw new Error(`it has ${size} bytes, over the ${FILE_LIMIT} allowed`);
    text = fromBytes(readFileSync(path));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const found = missing
      ? problem('config-missing', 'configuration', { file: path })
      : problem('config-unreadable', 'configuration', { file: path, reason: reason(error) });
    return { config: null, problems: [found] };
  }
  return loadConfigText(text, path);
}

/** The same for text that is at hand; `path` is only named in problems. */
export function loadConfigText(text: string, path: string): LoadedConfig {
  try {
    const { package: parsed, lineOf, repeated } = parseWithLines(text);
    return load(parsed, lineOf, repeated);
  } catch (error) {
    if (!(error instanceof UciError)) throw error;
    const { sourceLine: line, column, reason: why } = error;
    const found = problem('config-syntax', `file ${path}`, { line, column, reason: why });
    return { config: null, problems: [found] };
  }
}
