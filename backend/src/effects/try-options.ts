import type { Config, Refusal } from '../config/types.ts';
import type { OptionTrial } from '../facts/actual.ts';
import { type Answer, doubtfulLines, readAnswer } from '../openvpn/probe.ts';
import { RunError, run } from './run.ts';

/** Longest time OpenVPN may take to read its options, ms; it takes 5 on a PC. */
const TIME_LIMIT = 5_000;

/**
 * Finds out which of the configuration's options the installed OpenVPN refuses. One process when it
 * takes all of them, a few more for each that it does not; none when `before` has the answer.
 */
export async function tryOptions(
  config: Config,
  version: string,
  before: OptionTrial | null = null,
): Promise<OptionTrial> {
  const lines = doubtfulLines(config, version);
  if (before?.version === version && before.lines.join('\n') === lines.join('\n')) return before;
  const refused: Refusal[] = [];
  let rest = lines;
  while (rest.length > 0) {
    const answer = await ask(rest);
    if (answer === null) break;
    const index = (answer.line ?? (await firstRefused(rest))) - 1;
    const line = rest[index];
    if (line === undefined) break;
    refused.push({ line, why: answer.why });
    rest = rest.filter((_, other) => other !== index);
  }
  return { version, lines, refused };
}

/** OpenVPN ends at the first line that it refuses, so halving finds it; counted from 1. */
async function firstRefused(lines: readonly string[]): Promise<number> {
  let [low, high] = [1, lines.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await ask(lines.slice(0, middle))) === null) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A program that does not start or does not end says nothing about the options. */
async function ask(lines: readonly string[]): Promise<Answer> {
  const argv = ['openvpn', '--machine-readable-output', '--config', 'stdin', '--version'];
  try {
    return readAnswer((await run(argv, `${lines.join('\n')}\n`, TIME_LIMIT)).stdout);
  } catch (error) {
    // It ends with 1 when it refuses; before 2.6 always.
    if (error instanceof RunError) return readAnswer(error.stdout);
    throw error;
  }
}
