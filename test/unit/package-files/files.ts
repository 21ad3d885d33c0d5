import { join } from 'node:path';

/** What the package bondingd puts into the root file system. */
export const FILES = join(import.meta.dirname, '../../../openwrt-package/bondingd/files');

/** The shells that a script must run in; OpenWrt's is that of BusyBox. */
export const SHELLS: readonly (readonly [string, ...string[]])[] = [['sh'], ['busybox', 'sh']];
