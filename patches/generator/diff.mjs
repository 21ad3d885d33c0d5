// A unified diff of two texts, as `diff -up` writes it. The texts differ in a few lines only.

const CONTEXT = 3;

/** The hunks of a unified diff with function names; empty when the texts are the same. */
export function unifiedDiff(before, after) {
  const old = before.split('\n').slice(0, -1);
  const operations = compare(old, after.split('\n').slice(0, -1));
  return hunks(operations)
    .map((hunk) => format(hunk, old))
    .join('');
}

/** How many lines come and go. */
export function countChanges(diff) {
  const lines = diff.split('\n');
  const starting = (sign) => lines.filter((line) => line.startsWith(sign)).length;
  return { added: starting('+'), removed: starting('-') };
}

/**
 * All lines of both texts in order, each with its sign and the number of lines of either text that
 * come before it. Myers' greedy search for the shortest way: cheap when little differs.
 */
function compare(old, fresh) {
  const trace = [];
  let reach = new Map([[1, 0]]);
  for (let cost = 0; ; cost += 1) {
    trace.push(reach);
    const next = new Map(reach);
    for (let k = -cost; k <= cost; k += 2) {
      let x = cameDown(reach, k, cost) ? reach.get(k + 1) : reach.get(k - 1) + 1;
      while (x < old.length && x - k < fresh.length && old[x] === fresh[x - k]) x += 1;
      next.set(k, x);
      if (x >= old.length && x - k >= fresh.length) return walkBack(trace, old, fresh);
    }
    reach = next;
  }
}

function cameDown(reach, k, cost) {
  return k === -cost || (k !== cost && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1));
}

function walkBack(trace, old, fresh) {
  const operations = [];
  let [x, y] = [old.length, fresh.length];
  const same = (until) => {
    while (x > until.x && y > until.y) {
      x -= 1;
      y -= 1;
      operations.push({ sign: ' ', line: old[x], x, y });
    }
  };
  for (let cost = trace.length - 1; cost > 0; cost -= 1) {
    const reach = trace[cost];
    const k = x - y;
    const down = cameDown(reach, k, cost);
    const from = down ? k + 1 : k - 1;
    const start = { x: reach.get(from), y: reach.get(from) - from };
    same(down ? { x: start.x, y: start.y + 1 } : { x: start.x + 1, y: start.y });
    ({ x, y } = start);
    operations.push(down ? { sign: '+', line: fresh[y], x, y } : { sign: '-', line: old[x], x, y });
  }
  same({ x: 0, y: 0 });
  return operations.reverse();
}

/** Groups of operations: changes that are close enough share their context. */
function hunks(operations) {
  const groups = [];
  operations.forEach(({ sign }, index) => {
    if (sign === ' ') return;
    const last = groups.at(-1);
    if (last !== undefined && index - last.to <= 2 * CONTEXT + 1) last.to = index;
    else groups.push({ from: index, to: index });
  });
  return groups.map(({ from, to }) =>
    operations.slice(Math.max(0, from - CONTEXT), to + CONTEXT + 1),
  );
}

function format(hunk, old) {
  const first = hunk[0];
  const lines = { old: lineCount(hunk, '+'), fresh: lineCount(hunk, '-') };
  const at = `@@ -${first.x + 1},${lines.old} +${first.y + 1},${lines.fresh} @@`;
  const name = functionName(old, first.x);
  const text = hunk.map(({ sign, line }) => `${sign}${line}\n`).join('');
  return `${at}${name === '' ? '' : ` ${name}`}\n${text}`;
}

function lineCount(hunk, without) {
  return hunk.filter(({ sign }) => sign !== without).length;
}

/** The last line before a hunk that begins with a letter and is no label: where a function begins. */
function functionName(old, before) {
  for (let index = before - 1; index >= 0; index -= 1) {
    if (/^[A-Za-z_$].*[^:]$/.test(old[index])) return old[index].slice(0, 80).trimEnd();
  }
  return '';
}
