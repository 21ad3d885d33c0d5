import type { Snapshot } from '../../backend/src/status/snapshot.ts';

type Fields = Record<string, unknown>;

const MAX_LINKS = 64;
const MAX_PROBLEMS = 256;

/**
 * Whether an answer has the shape that the page draws. An older or newer daemon, or another program
 * on its port, must give a message and not a blank page. Single figures are not looked at: format.ts
 * shows a wrong one as a dash.
 */
export function isSnapshot(value: unknown): value is Snapshot {
  return (
    isFields(value) &&
    hasTexts(value, ['version', 'role', 'state']) &&
    isFields(value.bond) &&
    isListOf(value.links, MAX_LINKS, isLink) &&
    isListOf(value.problems, MAX_PROBLEMS, isProblem)
  );
}

function isLink(value: unknown): boolean {
  return (
    isFields(value) &&
    hasTexts(value, ['name', 'tunnel', 'state']) &&
    isFields(value.share) &&
    ((value.problem ?? null) === null || isProblem(value.problem))
  );
}

function isProblem(value: unknown): boolean {
  return isFields(value) && hasTexts(value, ['code', 'severity', 'subject', 'text', 'fix']);
}

function isListOf(value: unknown, most: number, check: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= most && value.every(check);
}

function hasTexts(value: Fields, names: string[]): boolean {
  return names.every((name) => typeof value[name] === 'string');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
