// What the scripts share: the repository's folder, progress lines, and running programs.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** A failure whose text is all that the user needs; `code` is the exit code (2: their move). */
export class UserError extends Error {
  constructor(message, code = 1) {
    super(message);
    this.code = code;
  }
}

/** One progress line on stderr, so that stdout stays clean for `--json`. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** stdout of a program, or null when it is missing or fails. For quick questions only. */
export function ask(argv, options = {}) {
  const { status, stdout } = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8', ...options });
  return status === 0 ? stdout : null;
}

/**
 * Runs a program that may take long; its output is kept, and shown only in the error when it fails.
 * Says that it is still at work every 15 s, so that nobody takes a slow mirror for a hang.
 */
export function run(argv, options = {}) {
  return new Promise((resolve, reject) => {
    const started = Date.now();
    const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-8000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const alive = setInterval(() => {
      say(`  … ${argv[0]} at work for ${Math.round((Date.now() - started) / 1000)} s`);
    }, 15_000);
    const end = (error) => {
      clearInterval(alive);
      if (error) reject(error);
      else resolve(output);
    };
    child.on('error', (error) => end(new UserError(`${argv[0]}: ${error.message}`)));
    child.on('close', (code) => {
      end(code === 0 ? null : new UserError(`${argv.join(' ')} failed (${code}):\n${output}`));
    });
  });
}

/** When a file of the repository was last written (ms), or 0 when it does not exist. */
export function modified(...path) {
  const file = join(ROOT, ...path);
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

/** Runs a script's main function: prints a UserError's text alone, other errors with their stack. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    process.stderr.write(`${error instanceof UserError ? error.message : error.stack}\n`);
    process.exitCode = error.code === 2 ? 2 : 1;
  }
}
