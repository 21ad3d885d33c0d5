/** What a line of a unified diff is: `file` names a file, `place` says where in it. */
export type DiffKind = 'file' | 'place' | 'added' | 'removed' | 'same';

/** A line with its mark (`+`, `-`, a blank) still on it. */
export interface DiffLine {
  kind: DiffKind;
  text: string;
}

/**
 * The lines of a unified diff. A name of a file is one only in its pair, `---` before `+++`: what is
 * taken out may begin with two dashes of its own.
 */
export function diffLines(diff: string): DiffLine[] {
  const lines = diff.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return lines.map((text, index) => ({ kind: kindOf(lines, text, index), text }));
}

function kindOf(lines: readonly string[], text: string, index: number): DiffKind {
  if (text.startsWith('--- ') && lines[index + 1]?.startsWith('+++ ')) return 'file';
  if (text.startsWith('+++ ') && lines[index - 1]?.startsWith('--- ')) return 'file';
  if (text.startsWith('@@')) return 'place';
  if (text.startsWith('+')) return 'added';
  return text.startsWith('-') ? 'removed' : 'same';
}
