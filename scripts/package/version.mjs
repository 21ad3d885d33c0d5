// What a package is told from outside its files: the version, and the time that all files get.
import { ask, ROOT, UserError } from '../lib.mjs';

/** Goes up when only the packaging changes, as PKG_RELEASE in the Makefiles. */
export const RELEASE = 1;

/**
 * `1.2.3-r1`. Throws a UserError for all that is not X.Y.Z: a suffix as `-rc1` would sort before
 * the release in one of opkg and apk, and after it (or not at all) in the other.
 */
export function packageVersion(version) {
  if (!/^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$/.test(version)) {
    throw new UserError(`the version of a package must be X.Y.Z, not ${version}`);
  }
  return `${version}-r${RELEASE}`;
}

/**
 * The time of all files, s since 1970: SOURCE_DATE_EPOCH (reproducible-builds.org), or that of the
 * last commit. Throws a UserError where there is neither.
 */
export function sourceDate(variable) {
  const text = variable ?? ask(['git', 'log', '-1', '--format=%ct'], { cwd: ROOT })?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new UserError('no git history to take the time from; set SOURCE_DATE_EPOCH (s since 1970)');
}
