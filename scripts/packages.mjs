// Debian packages: which of a list are missing, and installing those.
import { ask, run, say, UserError } from './lib.mjs';

/**
 * Installs those of `packages` (name → what it is for) that are missing. Where there is no apt, or
 * sudo wants a password, it names them and throws UserError with code 2.
 */
export async function installPackages(packages) {
  const missing = missingPackages(Object.keys(packages));
  if (missing.length === 0) return;
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  if (ask(['apt-get', '--version']) === null) {
    const list = missing.map((name) => `  ${name.padEnd(18)}${packages[name]}`).join('\n');
    throw new UserError(`This machine has no apt. Please install these first:\n${list}`, 2);
  }
  if (process.getuid() !== 0 && ask(['sudo', '-n', 'true']) === null) {
    throw new UserError(
      `Some packages are missing, and sudo wants a password. Please run:\n  sudo ${command.join(' ')}`,
      2,
    );
  }
  say(`setup: installing ${missing.join(' ')} …`);
  try {
    await asRoot(command);
  } catch {
    // No package lists yet (a fresh container), or lists too old for the mirror.
    await refreshLists();
    await asRoot(command);
  }
}

/** Those of `names` that dpkg does not know as installed; all of them where there is no dpkg. */
function missingPackages(names) {
  // dpkg-query fails when it does not know one of the names, but lists the others all the same.
  const field = (name) => `$\{${name}}`;
  const format = ['-W', '-f', `${field('Package')} ${field('db:Status-Status')}\n`];
  const found = ask(['sh', '-c', 'dpkg-query "$@" 2>/dev/null; exit 0', 'sh', ...format, ...names]);
  const installed = new Set(
    (found ?? '').split('\n').filter((line) => line.endsWith(' installed')),
  );
  return names.filter((name) => !installed.has(`${name} installed`));
}

/** `apt-get update`. */
export async function refreshLists() {
  say('setup: reading the package lists anew …');
  await asRoot(['apt-get', 'update']);
}

/** Runs a command as root, by sudo when we are not; it is told not to ask questions. */
async function asRoot(argv) {
  const quiet = ['env', 'DEBIAN_FRONTEND=noninteractive', ...argv];
  await run(process.getuid() === 0 ? quiet : ['sudo', '-n', ...quiet]);
}
