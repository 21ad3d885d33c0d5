import type { BondEvent, Snapshot } from '../../backend/src/status/snapshot.ts';
import type { TestResult } from '../../backend/src/status/test-result.ts';

type Fields = Record<string, unknown>;

const MAX_LINKS = 64;
const MAX_PROBLEMS = 256;
const MAX_EVENTS = 1000;
const MAX_FORWARDS = 256;

/**
 * Whether an answer has the shape that the page draws. An older or newer daemon, or another program
 * on its port, must give a message and not a blank page. Single figures are not looked at: format.ts
 * shows a wrong one as a dash.
 */
export function isSnapshot(value: unknown): value is Snapshot {
  return (
    isFields(value) &&
    hasTexts(value, ['version', 'role', 'state']) &&
    Number.isFinite(value.time) &&
    isFields(value.bond) &&
    isListOf(value.links, MAX_LINKS, isLink) &&
    isListOf(value.problems, MAX_PROBLEMS, isProblem) &&
    // An older daemon has no such field.
    isListOf(value.forwards ?? [], MAX_FORWARDS, isForward)
  );
}

/** Whether it is a list of events that the page can list. */
export function isEvents(value: unknown): value is BondEvent[] {
  return isListOf(value, MAX_EVENTS, isEvent);
}

function isEvent(value: unknown): boolean {
  return (
    isFields(value) && hasNumbers(value, ['id', 'time']) && hasTexts(value, ['subject', 'text'])
  );
}

/** Whether it is how a speed test stands. */
export function isTestResult(value: unknown): value is TestResult {
  return (
    isFields(value) &&
    hasNumbers(value, ['id']) &&
    hasTexts(value, ['state']) &&
    isFields(value.sum) &&
    isListOf(value.links, MAX_LINKS, (link) => isFields(link) && hasTexts(link, ['name'])) &&
    ['bond', 'percent', 'progress'].every((name) => isFieldsOrNull(value[name])) &&
    isFieldsOrNull(value.verdict ?? null) &&
    Object.values(value.verdict ?? {}).every(isVerdictOrNull) &&
    ((value.problem ?? null) === null || isProblem(value.problem))
  );
}

function isVerdictOrNull(value: unknown): boolean {
  return value === null || (isFields(value) && hasTexts(value, ['text']));
}

function isLink(value: unknown): boolean {
  return (
    isFields(value) &&
    hasTexts(value, ['name', 'tunnel', 'state']) &&
    isFields(value.share) &&
    ((value.problem ?? null) === null || isProblem(value.problem))
  );
}

function isForward(value: unknown): boolean {
  const names = ['name', 'proto', 'port', 'dest_ip', 'dest_port'];
  return isFields(value) && hasTexts(value, names) && hasNumbers(value, ['connections']);
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

function hasNumbers(value: Fields, names: string[]): boolean {
  return names.every((name) => typeof value[name] === 'number');
}

function isFieldsOrNull(value: unknown): boolean {
  return (value ?? null) === null || isFields(value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
