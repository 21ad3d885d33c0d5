import { spawnSync } from 'node:child_process';

/** Choices for {@link run}. */
export interface CommandOptions {
  /** Network namespace; the guest's own when missing. */
  ns?: string;
  /** Text for its stdin. */
  input?: string;
}

/** What one command said and how it ended. */
export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Puts a command into a network namespace; /sys then shows that namespace's devices. */
export function inNamespace(ns: string | undefined, argv: readonly string[]): string[] {
  return ns === undefined ? [...argv] : ['ip', 'netns', 'exec', ns, ...argv];
}

/** Runs a command to its end and gives its stdout. Throws when it fails, with what it said. */
export function run(argv: readonly string[], options: CommandOptions = {}): string {
  const { code, stdout, stderr } = tryRun(argv, options);
  if (code === 0) return stdout;
  const where = options.ns === undefined ? '' : ` in ${options.ns}`;
  const input = options.input === undefined ? '' : `\ninput:\n${options.input}`;
  throw new Error(`${argv.join(' ')}${where} failed (${code}): ${stderr.trim()}${input}`);
}

/** As {@link run}, for commands that may fail. Throws only when the program does not exist. */
export function tryRun(argv: readonly string[], options: CommandOptions = {}): CommandResult {
  const [file = '', ...args] = inNamespace(options.ns, argv);
  const { error, status, stdout, stderr } = spawnSync(file, args, {
    encoding: 'utf8',
    input: options.input ?? '',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}

/** Many `ip` commands in one process; each line is what would follow `ip`. */
export function ipBatch(ns: string | undefined, lines: readonly string[]): void {
  run(['ip', '-batch', '-'], {
    ...(ns === undefined ? {} : { ns }),
    input: `${lines.join('\n')}\n`,
  });
}

/** Many `tc` commands in one process; each line is what would follow `tc`. */
export function tcBatch(ns: string, lines: readonly string[]): void {
  run(['tc', '-batch', '-'], { ns, input: `${lines.join('\n')}\n` });
}
