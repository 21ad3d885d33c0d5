import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BASE_TABLE, LINK_LIMIT } from '../../../backend/src/config/numbers.ts';
import { OURS } from '../../../backend/src/facts/sysctls.ts';
import * as numbers from '../../../backend/src/plan/numbers.ts';
import { SAVED_FILE } from '../../../backend/src/reconcile/sysctls.ts';

it('docs/routing.md has the numbers of the sources', () => {
  const paper = readFileSync(join(import.meta.dirname, '../../../docs/routing.md'), 'utf8');
  const said = paper.replace(/\s+/g, ' ');
  const { LINK_MARK, PATH_MARK, MARK_MASK, TURN_MARK } = numbers;
  const byte = (mark: number): string => `0x${mark.toString(16)}`;
  for (const expected of [
    `\`protocol ${numbers.PROTOCOL}\``,
    `| ${numbers.LINK_MARK_RULE} + N | \`fwmark ${byte(LINK_MARK).slice(0, 3)}N000000/${MARK_MASK} `,
    `| ${numbers.PATH_RULE} + N | \`fwmark ${byte(PATH_MARK).slice(0, 3)}N000000/${MARK_MASK} `,
    `| ${numbers.MAIN_RULE} | \`lookup main suppress_prefixlength 0\``,
    `| ${numbers.SOURCE_RULE} + N | \`from WAN-ADDRESS`,
    `| ${numbers.SERVER_RULE} + N | \`to SERVER lookup main\``,
    `| ${numbers.BOND_RULE} | \`lookup ${numbers.BOND_TABLE}\``,
    `Table ${BASE_TABLE} + N`,
    `| \`protocol\` ${numbers.PROTOCOL} + M |`,
    `| rule for \`main\` | ${numbers.MAIN_RULE} + M |`,
    `| rule and table of the bond | ${numbers.BOND_RULE} + M |`,
    `rules ${numbers.PATH_RULE} + 8 M + N, tables ${numbers.PATH_TABLE} + 8 M + N, marks \`${byte(PATH_MARK)}\` + 8 M + N`,
    `UDP port ${numbers.PEER_PORT} and TCP ports ${numbers.TEST_PORT} to ${numbers.TEST_PORT + LINK_LIMIT}`,
    `\`prohibit default metric ${numbers.PROHIBIT_METRIC}\``,
    `the top byte is ${byte(LINK_MARK)} + N`,
    `| ${byte(TURN_MARK)} | packets inside a tunnel`,
    `| ${byte(LINK_MARK)} + N | a tunnel's own packets`,
    `| ${byte(PATH_MARK)} + 8 M + N | packets of a speed test`,
    `\`DEVICE/rp_filter\` ${OURS.rp_filter} `,
    `\`DEVICE/accept_redirects\` ${OURS.accept_redirects} `,
    `\`${SAVED_FILE}\``,
  ])
    expect(said).toContain(expected);
});
