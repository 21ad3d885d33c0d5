/** What is loaded only when it is asked for (`await import('../setup/setup.ts')`): setup.cjs. */

export { type CodeOptions, type NewCode, newCode } from './code.ts';
export { isDoorNeedless, openDoor, outstandingIn } from './door.ts';
export { joinAnswer } from './join-answer.ts';
export { joinCommand } from './join-command.ts';
export { findWans } from './join-wans.ts';
export { keysCommand } from './keys-command.ts';
export { serverCommand } from './server-command.ts';
