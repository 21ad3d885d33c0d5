// Patch files in the format of git, one per step, and the list of their names.
import { countChanges, unifiedDiff } from './diff.mjs';
import { FILE } from './edits.mjs';

const AUTHOR = 'bonding developers <bonding@example.org>';

/** Fixed, so that the same tree gives the same bytes. */
const DATE = 'Sat, 21 Nov 2026 12:00:00 +0000';

/**
 * @param steps as `applyPatches` of engine.mjs gives them
 * @returns {{ name: string, text: string }[]} the files, `series` last
 */
export function patchFiles(steps) {
  const files = steps.map((step, index) => ({
    name: step.patch.name,
    text: patchText(step, index + 1, steps.length),
  }));
  const names = files.map(({ name }) => `${name}\n`).join('');
  return [...files, { name: 'series', text: names }];
}

function patchText({ patch, before, after }, number, total) {
  const diff = unifiedDiff(before, after);
  const { added, removed } = countChanges(diff);
  return `From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001
From: ${AUTHOR}
Date: ${DATE}
Subject: [PATCH ${number}/${total}] ${patch.subject}
${patch.body}

Signed-off-by: ${AUTHOR}
---
 ${FILE} | ${added + removed} ${'+'.repeat(added)}${'-'.repeat(removed)}
 1 file changed${counted(added, 'insertion', '+')}${counted(removed, 'deletion', '-')}

diff --git a/${FILE} b/${FILE}
--- a/${FILE}
+++ b/${FILE}
${diff}-- 
bonding

`;
}

function counted(number, word, sign) {
  if (number === 0) return '';
  return `, ${number} ${word}${number === 1 ? '' : 's'}(${sign})`;
}
