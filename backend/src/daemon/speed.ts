/** What a speed test needs, loaded when one begins (`await import('./speed.ts')`): speed.cjs. */

export { createHost } from './speed-host.ts';
export { runTest } from './speed-run.ts';
