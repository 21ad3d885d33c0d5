import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What a feed's Makefile says, as far as our two go: variables, and `define`d blocks. */
export interface Makefile {
  variables: Map<string, string>;
  /** Name of the block to its lines. */
  blocks: Map<string, string[]>;
}

/** Reads a Makefile. Throws for a line that is none of what ours have. */
export function readMakefile(path: string): Makefile {
  const made: Makefile = { variables: new Map(), blocks: new Map() };
  let block: string[] | null = null;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const define = /^define (\S+)$/.exec(line)?.[1];
    if (define !== undefined) {
      block = [];
      made.blocks.set(define, block);
    } else if (line === 'endef') {
      block = null;
    } else if (block) {
      block.push(line.trim());
    } else {
      readVariable(line, made.variables);
    }
  }
  return made;
}

function readVariable(line: string, variables: Map<string, string>): void {
  const [, name, value] = /^([A-Z_]+)(?:\?|:)?=(.*)$/.exec(line) ?? [];
  if (name !== undefined && value !== undefined) variables.set(name, value);
  else if (!/^(#.*|include .*|\$\(eval .*|)$/.test(line)) throw new Error(`not known: ${line}`);
}

/** `NAME:=value` of the lines of a block. */
export function settings(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.flatMap((line) => {
      const [, name, value] = /^([A-Z]+):=(.*)$/.exec(line) ?? [];
      return name !== undefined && value !== undefined ? [[name, value] as const] : [];
    }),
  );
}

/** OpenWrt's rules.mk. */
const MODES: Record<string, string> = {
  INSTALL_BIN: '0755',
  INSTALL_DATA: '0644',
  INSTALL_CONF: '0600',
};

/**
 * What the INSTALL_ lines of a block install, as `mode path`, in the order of the paths.
 * `replace`: text of the Makefile to a folder here, or to the root of the router. Throws for a line
 * that it does not know, and for a folder that no `$(INSTALL_DIR)` before it has made.
 */
export function installed(
  lines: readonly string[],
  folder: string,
  replace: Record<string, string>,
): string[] {
  const folders = new Set<string>();
  const files: string[] = [];
  for (const line of lines) {
    const [, tool = '', rest = ''] = /^\$\((INSTALL_\w+)\) (.*)$/.exec(line) ?? [];
    const words = rest.split(' ').map((word) => filled(word, replace));
    const mode = MODES[tool];
    if (tool === 'INSTALL_DIR') for (const word of words) folders.add(word);
    else if (mode !== undefined) files.push(...copied(words, folder, folders, mode));
    else if (!/^(test -f|mkdir -p) /.test(line)) throw new Error(`not known: ${line}`);
  }
  return files.sort((a, b) => (a.slice(5) < b.slice(5) ? -1 : 1));
}

function copied(words: string[], folder: string, folders: Set<string>, mode: string): string[] {
  const [source = '', target = ''] = words;
  if (words.length !== 2) throw new Error(`not one file to one place: ${words.join(' ')}`);
  const into = target.replace(/\/[^/]*$/, '');
  if (!folders.has(into)) throw new Error(`no INSTALL_DIR for ${into}`);
  const from = source.startsWith('/') ? source : join(folder, source);
  return matches(from).map((path) => {
    const name = target.endsWith('/') ? target + basename(path) : target;
    return `${mode} ${name}`;
  });
}

/** The files of `DIR/*` or `DIR/*.END`, or the one that must be there. */
function matches(pattern: string): string[] {
  const [, folder, end = ''] = /^(.*\/)\*([^/]*)$/.exec(pattern) ?? [];
  const found =
    folder === undefined
      ? [pattern].filter((path) => existsSync(path))
      : readdirSync(folder).flatMap((name) => (name.endsWith(end) ? [folder + name] : []));
  if (found.length === 0) throw new Error(`nothing at ${pattern}`);
  return found;
}

function filled(word: string, replace: Record<string, string>): string {
  return Object.entries(replace).reduce((text, [from, to]) => text.replaceAll(from, to), word);
}
