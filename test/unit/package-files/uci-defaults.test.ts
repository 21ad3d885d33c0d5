import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, type UciPackage } from '../../../backend/src/uci/index.ts';
import { FILES, SHELLS } from './files.ts';

interface State {
  saved: Record<string, UciPackage>;
  staged: Record<string, UciPackage>;
  log: string[];
  failing?: string;
}

const NETWORK = "config interface 'lan'\n\toption device 'br-lan'\n";
/** The zones of stock OpenWrt. */
const FIREWALL = `
config zone
	option name 'lan'
	list network 'lan'

config zone
	option name 'wan'
	list network 'wan'
	list network 'wan6'
	option masq '1'
	option mtu_fix '1'
`;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonding-uci-'));
  const uci = join(folder, 'uci');
  const fake = join(import.meta.dirname, 'fake-uci.mjs');
  writeFileSync(uci, `#!/bin/sh\nexec '${process.execPath}' '${fake}' "$@"\n`);
  chmodSync(uci, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function stateOf(network: string, firewall: string): State {
  const packages = { network: parse(network), firewall: parse(firewall) };
  return { saved: packages, staged: packages, log: [] };
}

function zones({ saved }: State): unknown[] {
  const sections = saved.firewall?.sections ?? [];
  return sections.map(({ options }) => [options.name, options.network]);
}

type Shell = (typeof SHELLS)[number];

/** Each call of the fake uci starts a program. */
const LIMIT = 20_000;

function run(state: State, [program, ...words]: Shell): State & { status: number | null } {
  const file = join(folder, 'state.json');
  writeFileSync(file, JSON.stringify({ ...state, log: [] }));
  const script = join(FILES, 'etc/uci-defaults/60-bonding');
  const env = { PATH: `${folder}:${process.env.PATH}`, UCI_STATE: file };
  const { status, stderr } = spawnSync(program, [...words, script], { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  return { ...(JSON.parse(readFileSync(file, 'utf8')) as State), status };
}

describe.each(SHELLS.map((shell) => ({ shell })))('60-bonding in $shell', ({ shell }) => {
  it(
    'adds the interface and puts it into the zone of the WANs, once',
    () => {
      const first = run(stateOf(NETWORK, FIREWALL), shell);
      expect(first.status).toBe(0);
      expect(first.saved.network?.sections.at(-1)).toEqual({
        type: 'interface',
        name: 'bond',
        anonymous: false,
        options: { proto: 'none', device: 'bond0', auto: '0' },
      });
      expect(zones(first)).toEqual([
        ['lan', ['lan']],
        ['wan', ['wan', 'wan6', 'bond']],
      ]);
      const second = run(first, shell);
      expect([second.status, second.log]).toEqual([0, []]);
      expect(second.saved).toEqual(first.saved);
    },
    LIMIT,
  );
});

describe('60-bonding', () => {
  const once = (state: State) => run(state, ['busybox', 'sh']);

  it(
    'makes a list of networks that stand in one option',
    () => {
      const old = FIREWALL.replace(/\tlist network 'wan'\n.*\n/, "\toption network 'wan wan6'\n");
      expect(zones(once(stateOf(NETWORK, old)))[1]).toEqual(['wan', ['wan', 'wan6', 'bond']]);
    },
    LIMIT,
  );

  it(
    'gives a zone without networks its first',
    () => {
      const bare = FIREWALL.replace(/\tlist network 'wan6?'\n/g, '');
      expect(zones(once(stateOf(NETWORK, bare)))[1]).toEqual(['wan', ['bond']]);
    },
    LIMIT,
  );

  it(
    'leaves a zone of its own alone',
    () => {
      const own = `${FIREWALL}\nconfig zone\n\toption name 'tunnel'\n\toption network 'vpn bond'\n`;
      const { log } = once(stateOf(NETWORK, own));
      expect(log.filter((line) => line.includes('firewall'))).toEqual([]);
    },
    LIMIT,
  );

  it(
    "leaves a section bond that is somebody else's alone, and opens nothing to it",
    () => {
      const theirs = "config interface 'bond'\n\toption device 'bond-lan'\n";
      expect(once(stateOf(theirs, FIREWALL))).toMatchObject({ status: 0, log: [] });
    },
    LIMIT,
  );

  it(
    'adds the interface where there is no zone wan, or no firewall',
    () => {
      for (const firewall of ['', FIREWALL.replace("'wan'\n\tlist", "'internet'\n\tlist")]) {
        const { log, status } = once(stateOf(NETWORK, firewall));
        expect([status, log.at(-1)]).toEqual([0, 'commit network']);
      }
    },
    LIMIT,
  );

  it(
    'leaves no half list behind, and fails, so that it is tried again',
    () => {
      const before = stateOf(NETWORK, FIREWALL);
      const { status, saved, staged, log } = once({ ...before, failing: 'add_list' });
      expect(status).toBe(1);
      expect(log.at(-1)).toBe('revert firewall');
      expect([saved.firewall, staged.firewall]).toEqual([
        before.saved.firewall,
        before.saved.firewall,
      ]);
    },
    LIMIT,
  );
});
