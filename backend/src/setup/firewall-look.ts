import { asRecord, asRecords, asText } from '../facts/json.ts';

/** What of ours other firewalls must let through. */
export interface Wanted {
  /** UDP ports of the links, from and to; TCP the first of them. */
  first: number;
  last: number;
  /** UDP port of the heartbeats. */
  heartbeats: number;
  /** Device of the bond. */
  bond: string;
}

/** What was found of firewalls. Rules that only the older iptables sees are not among them. */
export interface FirewallFound {
  /** What `nft -j list ruleset` prints; null where there is no nft. */
  ruleset: unknown;
  /** `ufw status` says active. */
  ufw: boolean;
  /** `firewall-cmd --state` says running. */
  firewalld: boolean;
  /** Tables of the older iptables are loaded: /proc/net/ip_tables_names names `filter`. */
  legacy: boolean;
}

/** Somebody's firewall that stops packets of ours, and what would let them through. */
export interface Obstacle {
  who: string;
  why: string;
  /** For a shell, as root. Nobody runs them but the user. */
  commands: string[];
}

/** A chain that packets pass, and whether it lets nothing through that no rule names. */
interface Chain {
  family: string;
  table: string;
  name: string;
  hook: 'input' | 'forward';
}

/** Looks at others' firewalls. Ours (tables `bonding…`) are not looked at. */
export function lookAtFirewalls(found: FirewallFound, wanted: Wanted): Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (found.ufw) obstacles.push(ufw(wanted));
  if (found.firewalld) obstacles.push(firewalld(wanted));
  const all = entries(found.ruleset);
  const closed = closedChains(all).filter((chain) => !isKnown(chain, all, found));
  obstacles.push(...closed.map((chain) => closedChain(chain, all, wanted)));
  if (found.legacy && !found.ufw) obstacles.push(legacy(wanted));
  return obstacles;
}

/** The obstacles as text for a person; empty when there are none. */
export function printObstacles(obstacles: readonly Obstacle[]): string {
  return obstacles
    .map(({ who, why, commands }) =>
      [`${who}: ${why}`, ...commands.map((line) => `    ${line}`), ''].join('\n'),
    )
    .join('');
}

function entries(ruleset: unknown): Record<string, unknown>[] {
  return asRecords(asRecord(ruleset)?.nftables);
}

function closedChains(all: readonly Record<string, unknown>[]): Chain[] {
  return all.flatMap((entry) => {
    const chain = asRecord(entry.chain);
    const hook = asText(chain?.hook);
    if (chain === null || (hook !== 'input' && hook !== 'forward')) return [];
    const [family, table, name] = [chain.family, chain.table, chain.name].map(asText);
    if (!family || !table || !name || !['ip', 'inet'].includes(family)) return [];
    if (/^bonding\d?$/.test(table)) return [];
    const here: Chain = { family, table, name, hook };
    return asText(chain.policy) === 'drop' || endsClosed(here, all) ? [here] : [];
  });
}

/** Oracle's and others' images have the policy accept, and a last rule that rejects everything. */
function endsClosed(chain: Chain, all: readonly Record<string, unknown>[]): boolean {
  return all.some((entry) => {
    const rule = asRecord(entry.rule);
    if (rule === null || rule.table !== chain.table || rule.chain !== chain.name) return false;
    if (rule.family !== chain.family) return false;
    const parts = asRecords(rule.expr);
    return parts.every(isPlain) && parts.some(isRefusal);
  });
}

/** In a table for both families a refusal by ICMP has a match for its family before it. */
function isPlain(part: Record<string, unknown>): boolean {
  const left = asRecord(asRecord(part.match)?.left);
  const family = asRecord(left?.meta)?.key === 'nfproto';
  return family || 'counter' in part || 'log' in part || isRefusal(part);
}

function isRefusal(part: Record<string, unknown>): boolean {
  const target = asRecord(part.xt);
  return (
    'drop' in part || 'reject' in part || (target?.type === 'target' && target.name === 'REJECT')
  );
}

/** Chains that a tool above keeps, so that its own commands are the way. */
function isKnown(
  { family, table }: Chain,
  all: readonly Record<string, unknown>[],
  { ufw: hasUfw, firewalld: hasFirewalld }: FirewallFound,
): boolean {
  if (hasFirewalld && table === 'firewalld') return true;
  const ofUfw = hasChain(all, family, table, (name) => name.startsWith('ufw-'));
  return hasUfw && ofUfw && !hasChain(all, family, table, (name) => name === 'DOCKER-USER');
}

function hasChain(
  all: readonly Record<string, unknown>[],
  family: string,
  table: string,
  matches: (name: string) => boolean,
): boolean {
  return all.some((entry) => {
    const chain = asRecord(entry.chain);
    return chain?.family === family && chain.table === table && matches(asText(chain.name) ?? '');
  });
}

function closedChain(
  chain: Chain,
  all: readonly Record<string, unknown>[],
  wanted: Wanted,
): Obstacle {
  const { family, table, name, hook } = chain;
  const docker = hasChain(all, family, table, (other) => other === 'DOCKER-USER');
  const words =
    hook === 'input' ? 'lets in only what its rules name' : 'passes on only what its rules name';
  // iptables' own tables have a chain in capitals for each hook.
  const byIptables = family === 'ip' && table === 'filter' && name === hook.toUpperCase();
  if (hook === 'forward' && docker && byIptables) {
    return {
      who: 'Docker',
      why: `its chain FORWARD ${words} (gone after a reboot: keep them with iptables-persistent)`,
      commands: forwardByIptables('iptables', 'DOCKER-USER', wanted),
    };
  }
  if (byIptables) {
    return {
      who: `iptables, chain ${name}`,
      why: `${words} (gone after a reboot: keep them with iptables-persistent)`,
      commands: byHook(hook, 'iptables', wanted),
    };
  }
  return {
    who: `nftables, chain ${family} ${table} ${name}`,
    why: `${words} (to keep them, write them into /etc/nftables.conf)`,
    commands: nftCommands(chain, wanted),
  };
}

function nftCommands({ family, table, name, hook }: Chain, wanted: Wanted): string[] {
  const insert = (rule: string): string => `nft insert rule ${family} ${table} ${name} ${rule}`;
  const { first, heartbeats, bond } = wanted;
  return hook === 'input'
    ? [
        insert(`udp dport { ${span(wanted, '-')}, ${heartbeats} } accept`),
        insert(`tcp dport ${first} accept`),
        insert(`iifname ${bond} accept`),
      ]
    : [insert(`iifname ${bond} accept`), insert(`oifname ${bond} accept`)];
}

function byHook(hook: 'input' | 'forward', program: string, wanted: Wanted): string[] {
  return hook === 'input'
    ? inputByIptables(program, wanted)
    : forwardByIptables(program, 'FORWARD', wanted);
}

function inputByIptables(program: string, wanted: Wanted): string[] {
  return [
    `${program} -I INPUT -p udp --dport ${span(wanted, ':')} -j ACCEPT`,
    `${program} -I INPUT -p udp --dport ${wanted.heartbeats} -j ACCEPT`,
    `${program} -I INPUT -p tcp --dport ${wanted.first} -j ACCEPT`,
    `${program} -I INPUT -i ${wanted.bond} -j ACCEPT`,
  ];
}

function forwardByIptables(program: string, chain: string, { bond }: Wanted): string[] {
  return [
    `${program} -I ${chain} -i ${bond} -j ACCEPT`,
    `${program} -I ${chain} -o ${bond} -j ACCEPT`,
  ];
}

function ufw(wanted: Wanted): Obstacle {
  const { first, heartbeats, bond } = wanted;
  return {
    who: 'ufw',
    why: 'it is active',
    commands: [
      `ufw allow ${span(wanted, ':')}/udp`,
      `ufw allow ${heartbeats}/udp`,
      `ufw allow ${first}/tcp`,
      `ufw allow in on ${bond}`,
      `ufw route allow in on ${bond}`,
      `ufw route allow out on ${bond}`,
    ],
  };
}

/** Between two zones firewalld passes on only what a policy allows (0.9 and later). */
function firewalld(wanted: Wanted): Obstacle {
  const { first, heartbeats, bond } = wanted;
  const set = (words: string): string => `firewall-cmd --permanent ${words}`;
  const policy = (name: string, from: string, to: string): string[] => [
    set(`--new-policy ${name}`),
    set(`--policy ${name} --add-ingress-zone ${from}`),
    set(`--policy ${name} --add-egress-zone ${to}`),
    set(`--policy ${name} --set-target ACCEPT`),
  ];
  return {
    who: 'firewalld',
    why: 'it is running (a policy that is there already is no error)',
    commands: [
      set(`--add-port ${span(wanted, '-')}/udp`),
      set(`--add-port ${heartbeats}/udp`),
      set(`--add-port ${first}/tcp`),
      set(`--zone trusted --add-interface ${bond}`),
      ...policy('bonding-out', 'trusted', 'ANY'),
      ...policy('bonding-in', 'ANY', 'trusted'),
      'firewall-cmd --reload',
    ],
  };
}

function legacy(wanted: Wanted): Obstacle {
  return {
    who: 'iptables-legacy',
    why: 'its rules are in use and nft does not show them; see: iptables-legacy -S. If it stops packets:',
    commands: [
      ...inputByIptables('iptables-legacy', wanted),
      ...forwardByIptables('iptables-legacy', 'FORWARD', wanted),
    ],
  };
}

function span({ first, last }: Wanted, between: '-' | ':'): string {
  return first === last ? String(first) : `${first}${between}${last}`;
}
