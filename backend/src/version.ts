/** The program's version: scripts/build.mjs puts the package's number in place of the variable. */
export const VERSION: string = process.env.BONDING_VERSION ?? 'development';
