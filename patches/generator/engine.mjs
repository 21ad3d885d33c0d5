// Makes the edits of edits.mjs in a text: finds the functions, matches, refuses what it does not know.

/** The tree is not as the edits expect; the text names the function and what was looked for. */
export class UnknownTree extends Error {}

/**
 * Applies patches to the text of the file, one after the other.
 *
 * @param text what the file holds
 * @param patches as PATCHES in edits.mjs
 * @returns {{ state: 'patched' } | { state: 'new', steps: { patch, before: string, after: string }[] }}
 * @throws UnknownTree when a change fits nowhere, or only some of the patches are in already
 */
export function applyPatches(text, patches) {
  const there = patches.filter((patch) => patch.changes.every((change) => isMade(text, change)));
  if (there.length === patches.length) return { state: 'patched' };
  if (there.length > 0) {
    const names = there.map(({ name }) => `  ${name}`).join('\n');
    throw new UnknownTree(
      `some of the patches are in this tree already, others are not:\n${names}`,
    );
  }
  const steps = [];
  let before = text;
  for (const patch of patches) {
    const after = patch.changes.reduce(
      (current, change) => makeChange(current, change, patch),
      before,
    );
    steps.push({ patch, before, after });
    before = after;
  }
  return { state: 'new', steps };
}

/** Whether a change has been made: what it puts in stands there once. */
function isMade(text, forms) {
  return forms.some((form) =>
    form.every(({ where, replace }) => count(functionText(text, where), replace) === 1),
  );
}

/** Makes the one form that fits; UnknownTree when none does or, which would be a guess, several do. */
function makeChange(text, forms, patch) {
  const misses = forms.map((form) => firstMiss(text, form));
  const fitting = forms.filter((_, index) => misses[index] === null);
  if (fitting.length === 1) return fitting[0].reduce(makeEdit, text);
  const why =
    fitting.length > 1
      ? `the place in ${forms[0][0].where}() has ${fitting.length} known forms at once`
      : misses.join('\nor, for other kernels,\n');
  throw new UnknownTree(`${patch.name} does not fit this tree.\n${why}`);
}

/** What keeps a form from fitting, in words, or null when it fits. */
function firstMiss(text, form) {
  for (const { where, find } of form) {
    const body = functionText(text, where);
    if (body === null) return `there is no function ${where}()`;
    const times = count(body, find);
    if (times !== 1) {
      return `in function ${where}() this stands ${times} times instead of once:\n${indent(find)}`;
    }
  }
  return null;
}

function makeEdit(text, { where, find, replace }) {
  const body = functionText(text, where);
  const edited = body.split(find).join(replace);
  return text.replace(body, () => edited);
}

/** A function's definition from its first line to the closing brace, or null. */
function functionText(text, name) {
  const start = new RegExp(`^[a-z][^\\n;{}]*\\b${name}\\([^;{}]*\\)\\n\\{\\n`, 'm').exec(text);
  if (start === null) return null;
  const end = text.indexOf('\n}\n', start.index);
  return end < 0 ? null : text.slice(start.index, end + 3);
}

function count(text, part) {
  return text === null ? 0 : text.split(part).length - 1;
}

function indent(text) {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
