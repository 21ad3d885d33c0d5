/** The program's version; the build puts the package's number here. */
export const VERSION: string = process.env.BONDING_VERSION ?? 'development';
