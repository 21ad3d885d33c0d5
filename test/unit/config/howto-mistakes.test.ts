import { describe, expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { lineOf } from '../../../backend/src/openvpn/probe.ts';
import { parseWithLines } from '../../../backend/src/uci/index.ts';

/**
 * Mistakes of the HOWTO that were about its configuration, one test each. Those of its start, its
 * routes and its watchdog at run time are held by the tests of monitor/, plan/ and test/lab.
 */
const PRINT = Array(32).fill('AB').join(':');

const bond = (...lines: string[]): string =>
  ["config interface 'bond'", "option ipaddr '10.0.0.2'", `option peer_fingerprint '${PRINT}'`]
    .concat(lines)
    .join('\n');

const LINK = "config link 'link0'\noption interface 'wan0'\noption server '192.0.2.1'\n";

function read(...parts: string[]): ReturnType<typeof load> {
  const { package: pkg, lineOf: line, repeated } = parseWithLines(`${parts.join('\n')}\n`);
  return load(pkg, line, repeated);
}

const written = ({ config }: ReturnType<typeof load>): string[] =>
  config?.openvpn.options.map(lineOf) ?? [];

describe("mistakes of the HOWTO's configuration, not made here", () => {
  it("watchdog '0' turned the watchdog on: its script asked only for emptiness", () => {
    const off = (text: string): boolean | undefined =>
      read(bond(text), LINK).config?.bond.watchdog.enabled;
    expect(off("option watchdog '0'")).toBe(false);
    expect(off('')).toBe(false);
    expect(off("option watchdog '1'")).toBe(true);
  });

  it('several watchdog addresses were pinged as one name: `for host in "$pinghosts"`', () => {
    const { config } = read(bond("option watchdog_ip '8.8.8.8 1.1.1.1'"), LINK);
    expect(config?.bond.watchdog.targets).toEqual(['8.8.8.8', '1.1.1.1']);
  });

  it("a flag with the value '0' was written: append_bools only asked whether there is a value", () => {
    const flags = ['persist_key', 'mlock', 'passtos', 'fast_io', 'comp_lzo', 'persist_tun'];
    const loaded = read(
      bond(),
      LINK,
      'config openvpn',
      ...flags.map((name) => `option ${name} '0'`),
    );
    expect(loaded.problems).toEqual([]);
    expect(written(loaded).join('\n')).not.toMatch(/persist|mlock|passtos|fast-io|comp-lzo/);
  });

  it('`config openvpn-server` was never read', () => {
    const both = ['config openvpn', "option nice '1'", 'config openvpn-server', "option nice '2'"];
    expect(written(read(bond("option role 'server'"), "config link 'a'", ...both))).toContain(
      'nice 2',
    );
    expect(written(read(bond(), LINK, ...both))).toContain('nice 1');
  });

  it('replay_window stood in the sample twice, and nobody said which counts', () => {
    const loaded = read(
      ...[bond(), LINK, 'config openvpn'],
      ...["option replay_window '512'", "option verb '2'", "option replay_window '256 60'"],
    );
    expect(written(loaded).filter((line) => line.startsWith('replay'))).toEqual([
      'replay-window 256 60',
    ]);
    expect(loaded.problems.map(({ text }) => text)).toEqual([
      "option 'replay_window' is given several times; the last, '256 60', is used (line 11)",
    ]);
  });

  it('the same twice is no contradiction, three times are told once, in every kind of section', () => {
    const verb = (level: number): string => `option verb '${level}'`;
    const tell = (...lines: string[]): string[] =>
      read(bond(), LINK, ...lines).problems.map(({ subject }) => subject);
    expect(tell('config openvpn', verb(2), verb(2))).toEqual([]);
    expect(tell('config openvpn', verb(2), verb(3), verb(4))).toEqual(["section 'openvpn'"]);
    expect(tell("option remote_port '5'", "option remote_port '6'")).toEqual(["link 'link0'"]);
    expect(tell("config interface 'bond'", "option ipaddr '10.0.0.5/30'")).toEqual([
      "interface 'bond'",
    ]);
    expect(tell('config openvpn-server', verb(2), verb(3))).toEqual([]);
  });

  it('keepalive differed between the two files of the server: here one section is for all tunnels', () => {
    const loaded = read(bond(), LINK, "config openvpn 'a'", "option keepalive '5 30'");
    expect(written(loaded).filter((line) => line.startsWith('keepalive'))).toEqual([
      'keepalive 5 30',
    ]);
  });

  it("up_delay '1' was written with its value, with which no OpenVPN starts", () => {
    const loaded = read(bond(), LINK, 'config openvpn', "option up_delay '1'");
    expect(written(loaded).join()).not.toContain('up-delay');
    expect(loaded.problems).toEqual([]);
  });

  it('a routing table had to be entered in rt_tables first, or the link got no route', () => {
    const { config, problems } = read(bond(), LINK, "option routing_table 'link0'");
    expect(config?.links[0]?.routingTable).toBe(20_101);
    expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'info table-name',
    ]);
  });

  it('the file of the sample was for the router only; here it serves the server as it is', () => {
    const { config, problems } = read(bond("option role 'server'"), LINK);
    expect(config?.links[0]).toMatchObject({ interface: null, server: null, localPort: 1194 });
    expect(problems.map(({ code }) => code)).toEqual(['link-of-router']);
  });

  it("the sample's rule for the firewall had no target; here a firewall's rule is none of ours", () => {
    const rule = "config rule\noption name 'openvpn-udp-link0'\noption src 'wan'";
    const { config, problems } = read(bond(), LINK, rule);
    expect(config?.links).toHaveLength(1);
    expect(problems.map(({ code }) => code)).toEqual(['section-unknown']);
  });
});
