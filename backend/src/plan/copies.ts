import type { Role } from '../config/types.ts';
import { wirePort } from '../config/wire-port.ts';
import { type Problem, problem } from '../errors.ts';
import type { Abilities } from '../facts/actual.ts';
import type { Wan } from '../facts/wans.ts';
import type { DesiredNft } from './desired.ts';
import { fnv1a } from './digest.ts';
import type { DriverLink } from './driver.ts';
import type { Own } from './numbers.ts';

/** Everything that decides what is sent twice. */
export interface CopiesInput {
  own: Own;
  role: Role;
  links: readonly (Pick<DriverLink, 'config'> & { wan: Wan | null })[];
  /** Links for which it was found to be better. */
  found: ReadonlySet<string>;
  abilities: Pick<Abilities, 'nft' | 'copies'>;
}

/**
 * The table that sends each packet of some tunnels twice, encrypted already: OpenVPN at the other end
 * takes the one that comes first, and drops the other as one that it has had. A table of family ip: in
 * inet the kernel has no `dup`. A copy is routed anew, without its source address, so it is told the
 * line's own gateway; connection tracking does not see it, and it is not copied again.
 */
export function planCopies({ own, role, links, found, abilities }: CopiesInput): {
  copies: DesiredNft | null;
  problems: Problem[];
} {
  const twice = links.filter(
    ({ config }) => config.sendTwice === 'always' || found.has(config.name),
  );
  if (twice.length === 0) return { copies: null, problems: [] };
  if (!abilities.nft || abilities.copies === false) {
    const problems = twice.map(({ config: { name } }) =>
      problem('twice-missing', `link '${name}'`, {}),
    );
    return { copies: null, problems };
  }
  const rules = twice.flatMap(({ config, wan }) => {
    const port = `udp ${role === 'router' ? 'dport' : 'sport'} ${wirePort({ role }, config)}`;
    const device = wan?.device ?? null;
    if (device !== null)
      return [
        `oifname "${device}" ${port} dup to ${wan?.gateway ?? 'ip daddr'} device "${device}"`,
      ];
    // A router's WAN that has no device is down; a server leaves by whatever way there is.
    return role === 'router' ? [] : [`${port} dup to ip daddr`];
  });
  if (rules.length === 0) return { copies: null, problems: [] };
  const digest = `${own.alias} ${fnv1a(rules.join('\n'))}`;
  const text = copiesTable(own.nftTable, rules, digest);
  return { copies: { text, digest, rules: rules.length }, problems: [] };
}

/** The text for `nft -f` that replaces the table; `digest` is read back from the rules. */
export function copiesTable(table: string, rules: readonly string[], digest: string): string {
  return [
    `table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    '  chain twice {',
    '    type filter hook output priority mangle + 3; policy accept;',
    ...rules.map((rule) => `    ${rule} comment "${digest}"`),
    '  }',
    '}',
    '',
  ].join('\n');
}
