import type { Snapshot } from '../../backend/src/status/snapshot.ts';

/**
 * How lines of the demo's guest program that are not for people begin. After `page` comes the end of
 * the page's address, `#token=…`.
 */
export const MARK = { result: '@result ', page: '@page ', status: '@status ' } as const;

/** What follows MARK.result; rates in bit/s. */
export interface DemoResult {
  alone: { down: number; up: number }[];
  down: number;
  up: number;
  router: Snapshot;
}
