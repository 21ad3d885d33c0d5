import { parseSync } from 'vite';
import { CONTEXT } from '../src/i18n.ts';

/** A text for people, with the form for several where there is one. */
export interface Text {
  id: string;
  plural: string | null;
  /** What sets it apart from the same text of other packages; null where LuCI looks without one. */
  context: string | null;
}

interface Node {
  type: string;
  start: number;
  [field: string]: unknown;
}

/**
 * The texts in the calls `_('…')` and `N_(count, '…', '…')` of a source file (TS or TSX), in their
 * order. `dynamic`: whether a call may have something else than literals, whose texts then come from
 * somewhere else. Throws an Error with the file and line where that is not so.
 */
export function textsOfCalls(file: string, source: string, dynamic = false): Text[] {
  const found: Text[] = [];
  for (const node of nodesOf(file, source)) {
    const [id, plural] = textArguments(node);
    if (id === undefined) continue;
    const texts = [id, plural ?? null].map((one) => one && literal(one));
    if (texts.includes(undefined)) {
      if (dynamic) continue;
      throw new Error(`${place(file, source, node)}: only a literal can be translated`);
    }
    found.push({ id: texts[0] ?? '', plural: texts[1] ?? null, context: CONTEXT });
  }
  return found;
}

/** The values of these fields in a JSON file of LuCI. */
export function textsOfJson(source: string, fields: readonly string[]): Text[] {
  const found: Text[] = [];
  JSON.parse(source, (key, value: unknown) => {
    if (fields.includes(key) && typeof value === 'string')
      found.push({ id: value, plural: null, context: null });
    return value;
  });
  return found;
}

/** What of a call is text: nothing, one argument, or two. */
function textArguments(node: Node): unknown[] {
  if (node.type !== 'CallExpression') return [];
  const { name } = node.callee as { name?: string };
  const given = node.arguments as unknown[];
  // A call without enough of them is no literal either.
  if (name === '_') return [given[0] ?? node];
  return name === 'N_' ? [given[1] ?? node, given[2] ?? node] : [];
}

/** A string, a template without values, or a sum of such; undefined for anything else. */
function literal(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === 'Literal') return typeof value.value === 'string' ? value.value : undefined;
  if (value.type === 'TemplateLiteral') {
    const [only, ...more] = value.quasis as { value: { cooked: string } }[];
    return more.length === 0 ? only?.value.cooked : undefined;
  }
  if (value.type !== 'BinaryExpression' || value.operator !== '+') return undefined;
  const [left, right] = [literal(value.left), literal(value.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

/** All nodes of a file's syntax tree, each before those within it. */
function nodesOf(file: string, source: string): Node[] {
  const { program, errors } = parseSync(file, source);
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`);
  const found: Node[] = [];
  const visit = (value: unknown): void => {
    if (isNode(value)) found.push(value);
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(program);
  return found;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function place(file: string, source: string, node: Node): string {
  return `${file}:${source.slice(0, node.start).split('\n').length}`;
}
