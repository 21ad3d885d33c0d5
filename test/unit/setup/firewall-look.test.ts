import { describe, expect, it } from 'vitest';
import {
  type FirewallFound,
  lookAtFirewalls,
  printObstacles,
} from '../../../backend/src/setup/firewall-look.ts';

const WANTED = { first: 1194, last: 1196, heartbeats: 1258, bond: 'bond0' };

/** A base chain as `nft -j list ruleset` prints it (nft 1.0.6). */
function chain(where: string, hook: string, policy: string): object {
  const [family, table, name] = where.split(' ');
  return { chain: { family, table, name, handle: 1, type: 'filter', hook, prio: 0, policy } };
}

function rule(where: string, ...expr: object[]): object {
  const [family, table, name] = where.split(' ');
  return { rule: { family, table, chain: name, handle: 5, expr } };
}

function look(entries: object[], more: Partial<FirewallFound> = {}): string {
  const ruleset = { nftables: [{ metainfo: { json_schema_version: 1 } }, ...entries] };
  const found = { ruleset, ufw: false, firewalld: false, legacy: false, ...more };
  return printObstacles(lookAtFirewalls(found, WANTED));
}

const COUNTER = { counter: { packets: 0, bytes: 0 } };
const DOCKER = [
  chain('ip filter FORWARD', 'forward', 'drop'),
  { chain: { family: 'ip', table: 'filter', name: 'DOCKER-USER', handle: 2 } },
];

describe("others' firewalls", () => {
  it('are none, or let all through: nothing is said', () => {
    expect(look([])).toBe('');
    expect(
      printObstacles(
        lookAtFirewalls({ ruleset: null, ufw: false, firewalld: false, legacy: false }, WANTED),
      ),
    ).toBe('');
    expect(look([chain('inet filter input', 'input', 'accept')])).toBe('');
    // What is not ours to mend: our own table, IPv6, and what goes out.
    expect(look([chain('inet bonding forward', 'forward', 'drop')])).toBe('');
    expect(look([chain('inet bonding3 forward', 'forward', 'drop')])).toBe('');
    expect(look([chain('ip6 filter INPUT', 'input', 'drop')])).toBe('');
    expect(look([chain('inet filter output', 'output', 'drop')])).toBe('');
  });

  it('plain nft: rules go before those of a chain with the policy drop', () => {
    expect(
      look([chain('inet filter input', 'input', 'drop')]),
    ).toBe(`nftables, chain inet filter input: lets in only what its rules name (to keep them, write them into /etc/nftables.conf)
    nft insert rule inet filter input udp dport { 1194-1196, 1258 } accept
    nft insert rule inet filter input tcp dport 1194 accept
    nft insert rule inet filter input iifname bond0 accept
`);
    expect(look([chain('inet filter forward', 'forward', 'drop')])).toContain(
      'nft insert rule inet filter forward oifname bond0 accept',
    );
  });

  it('a last rule that refuses everything is as good as a policy', () => {
    const input = 'ip filter INPUT';
    const open = chain(input, 'input', 'accept');
    const port = { match: { op: '==', left: { payload: { protocol: 'tcp' } }, right: 22 } };
    const reject = { xt: { type: 'target', name: 'REJECT' } };
    expect(look([open, rule(input, port, COUNTER, reject)])).toBe('');
    expect(look([open, rule(input, COUNTER, reject)])).toContain(
      'iptables -I INPUT -p udp --dport 1194:1196 -j ACCEPT\n    iptables -I INPUT -p udp --dport 1258 -j ACCEPT',
    );
    // How nft lists `reject with icmp host-prohibited` in a table of both families.
    const family = { match: { op: '==', left: { meta: { key: 'nfproto' } }, right: 'ipv4' } };
    const both = [
      chain('inet f forward', 'forward', 'accept'),
      rule('inet f forward', family, COUNTER, {
        reject: { type: 'icmp', expr: 'host-prohibited' },
      }),
    ];
    expect(look(both)).toContain('nft insert rule inet f forward iifname bond0 accept');
  });

  it("Docker: into its own chain for the user's rules", () => {
    const text = look(DOCKER);
    expect(text).toContain('Docker: its chain FORWARD');
    expect(text).toContain('iptables -I DOCKER-USER -i bond0 -j ACCEPT');
    expect(text).toContain('iptables -I DOCKER-USER -o bond0 -j ACCEPT');
    expect(text).not.toContain('-I INPUT');
  });

  it('ufw: by its own commands, its chains are not named twice', () => {
    const chains = [
      chain('ip filter INPUT', 'input', 'drop'),
      chain('ip filter FORWARD', 'forward', 'drop'),
      { chain: { family: 'ip', table: 'filter', name: 'ufw-before-input', handle: 7 } },
    ];
    const text = look(chains, { ufw: true });
    expect(text).toContain('ufw allow 1194:1196/udp');
    expect(text).toContain('ufw allow 1258/udp');
    expect(text).toContain('ufw route allow in on bond0');
    expect(text).not.toContain('iptables');
    // Docker's FORWARD beside ufw still needs its own.
    expect(look([...chains, ...DOCKER.slice(1)], { ufw: true })).toContain('-I DOCKER-USER');
  });

  it('firewalld: by its own commands', () => {
    const chains = [chain('inet firewalld filter_INPUT', 'input', 'drop')];
    const text = look(chains, { firewalld: true });
    expect(text).toContain('firewall-cmd --permanent --add-port 1194-1196/udp');
    expect(text).toContain('firewall-cmd --permanent --add-port 1258/udp');
    expect(text).toContain('firewall-cmd --reload');
    expect(text).not.toContain('nft insert');
  });

  it('rules that nft cannot see are told of', () => {
    expect(look([], { legacy: true })).toContain('iptables-legacy -S');
  });

  it('a single port is no range, and odd input is no crash', () => {
    const found = { ruleset: { nftables: [1, null, { chain: 3 }, { chain: {} }, { rule: [] }] } };
    const one = { ...WANTED, last: 1194 };
    const all = { ...found, ufw: true, firewalld: false, legacy: false };
    expect(printObstacles(lookAtFirewalls(all, one))).toContain('ufw allow 1194/udp');
  });
});
