import type {
  Actual,
  Device,
  Neighbour,
  NftTable,
  Route,
  Rule,
  TunnelProcess,
} from '../../backend/src/facts/actual.ts';
import type { Qdisc } from '../../backend/src/facts/qdiscs.ts';
import { ownOf } from '../../backend/src/plan/numbers.ts';
import type { Command, RunCommand } from '../../backend/src/reconcile/commands.ts';
import { changeBond, type FakeDriver, newBond } from './bond.ts';
import { runTc } from './qdiscs.ts';

/**
 * A kernel made of maps: carries out our commands as the real one would, and throws at any command
 * it does not know or that the real one would refuse. The lowest seam below reconcile/.
 */
export interface FakeKernel {
  /** `instance`: whose command it is; tunnels are kept in each one's own run folder. */
  run(command: Command, instance?: number): void;
  /** What that instance sees. */
  actual(instance?: number): Actual;
  /** Everything there is, for comparing states. */
  dump(): string;
  /** A device goes by itself, as that of a PPPoE line does, or comes (back), with settings of 1. */
  unplug(name: string): void;
  plug(name: string): void;
}

/** What the machine has before us. */
export interface Found {
  /** Default `patched`. */
  driver?: FakeDriver;
  devices?: string[];
  rules?: Rule[];
  routes?: Route[];
  /** By `DEVICE/NAME`, also of `all`. */
  sysctls?: Record<string, string>;
}

interface State {
  driver: FakeDriver;
  devices: Map<string, Device>;
  rules: Rule[];
  routes: Route[];
  neighbours: Neighbour[];
  /** By `INSTANCE/LINK`. */
  tunnels: Map<string, TunnelProcess>;
  /** By family and name. */
  nft: Map<string, NftTable>;
  /** By name; the devices by which the kernel knows them: one that is made anew is another one. */
  spread: Map<string, { digest: string | null; devices: Map<string, Device | undefined> }>;
  /** By device. */
  qdiscs: Map<string, Qdisc>;
  sysctls: { now: Map<string, string>; saved: Map<string, string> };
}

/** Starts as a machine with these devices, rules and routes that are not ours. */
export function fakeKernel(found: Found = {}): FakeKernel {
  const state: State = {
    driver: found.driver ?? 'patched',
    devices: new Map((found.devices ?? []).map((name) => [name, newDevice(name, null, null)])),
    rules: [...(found.rules ?? [])],
    routes: [...(found.routes ?? [])],
    neighbours: [],
    tunnels: new Map(),
    nft: new Map(),
    spread: new Map(),
    qdiscs: new Map(),
    sysctls: { now: new Map(Object.entries(found.sysctls ?? {})), saved: new Map() },
  };
  return {
    run: (command, instance = 0) => carryOut(state, command, instance),
    actual: (instance = 0) => viewOf(state, instance),
    dump: () =>
      JSON.stringify({
        ...state,
        devices: [...state.devices],
        tunnels: [...state.tunnels.keys()],
        nft: [...state.nft],
        spread: [...state.spread.keys()],
        qdiscs: [...state.qdiscs],
        sysctls: [[...state.sysctls.now], [...state.sysctls.saved]],
      }),
    unplug: (name) => removeDevice(state, name),
    plug: (name) => {
      addDevice(state, newDevice(name, null, null));
      for (const setting of ['rp_filter', 'accept_redirects'])
        state.sysctls.now.set(`${name}/${setting}`, '1');
    },
  };
}

function viewOf(state: State, instance: number): Actual {
  const own = ownOf(instance);
  const { spread: _spread, driver: _driver, ...plain } = state;
  const { tunnels, nft, ...rest } = structuredClone(plain);
  const mine = [...tunnels].filter(([key]) => key.startsWith(`${instance}/`));
  return {
    ...rest,
    own,
    nft: nft.get(`inet ${own.nftTable}`) ?? null,
    copies: nft.get(`ip ${own.nftTable}`) ?? null,
    spread: viewOfSpread(state, own.nftTable),
    tunnels: new Map(mine.map(([, tunnel]) => [tunnel.link, tunnel])),
  };
}

function viewOfSpread({ spread, devices }: State, table: string): Actual['spread'] {
  const found = spread.get(table);
  if (found === undefined) return null;
  const there = [...found.devices].filter(([name, known]) => devices.get(name) === known);
  return { digest: found.digest, devices: there.map(([name]) => name) };
}

function carryOut(state: State, command: Command, instance: number): void {
  switch (command.kind) {
    case 'run':
      runProgram(state, command);
      return;
    case 'start-tunnel':
      startTunnel(state, `${instance}/${command.link}`, command.link, command.config);
      return;
    case 'stop-tunnel':
      stopTunnel(state, `${instance}/${command.link}`);
      return;
    case 'write':
      writeFile(state, command.path, command.text);
      return;
    case 'save': {
      if (command.text === null && state.sysctls.saved.size === 0) throw new Error('No such file');
      const saved = JSON.parse(command.text ?? '{}') as Record<string, string>;
      state.sysctls.saved = new Map(Object.entries(saved));
      return;
    }
  }
}

function startTunnel(state: State, key: string, link: string, config: string): void {
  if (state.tunnels.has(key)) throw new Error(`tunnel ${link} runs already`);
  state.tunnels.set(key, { link, pid: 1000 + state.tunnels.size, config });
  const opened = openDevice(state, config);
  if (opened !== undefined) opened.carrier = true;
}

function stopTunnel(state: State, key: string): void {
  const closed = openDevice(state, state.tunnels.get(key)?.config ?? '');
  if (!state.tunnels.delete(key)) throw new Error(`no tunnel ${key}`);
  if (closed !== undefined) closed.carrier = false;
}

function writeFile(state: State, path: string, text: string): void {
  const [, name] = /^\/sys\/class\/net\/([^/]+)\/carrier$/.exec(path) ?? [];
  if (name !== undefined) writeCarrier(state, name, text);
  else writeSysctl(state, path.replace('/proc/sys/net/ipv4/conf/', ''), text);
}

/** The device that a tunnel with this configuration has open. */
function openDevice(state: State, config: string): Device | undefined {
  return state.devices.get(/^dev (\S+)$/m.exec(config)?.[1] ?? '');
}

/** As drivers/net/tun.c: only a device that is up and open has a carrier to switch on. */
function writeCarrier(state: State, name: string, text: string): void {
  const target = device(state, name);
  if (!target.up) throw new Error('Invalid argument');
  const open = [...state.tunnels.values()].some(
    ({ config }) => openDevice(state, config) === target,
  );
  if (text === '1' && !open) throw new Error('Operation not permitted');
  target.carrier = text === '1';
}

/** `nft -f` of a table of family netdev: every device must be there. */
function loadSpread(state: State, text: string): void {
  const table = /table netdev (\w+)/.exec(text)?.[1] ?? '';
  const names = /devices = \{ ([^}]*) \}/.exec(text)?.[1]?.match(/[^\s",]+/g) ?? [];
  const targets = [...text.matchAll(/\d : "([^"]+)"/g)].map(([, name = '']) => name);
  const known = names.map((name) => [name, device(state, name)] as const);
  for (const name of targets) device(state, name);
  const digest = /comment "([^"]+)"/.exec(text)?.[1] ?? null;
  state.spread.set(table, { digest, devices: new Map(known) });
}

/** Nothing may be changed whose old value is not saved. */
function writeSysctl({ sysctls }: State, key: string, text: string): void {
  if (!sysctls.now.has(key)) throw new Error(`fake kernel: write ${key}`);
  if (!sysctls.saved.has(key)) throw new Error(`fake kernel: ${key} was not saved`);
  sysctls.now.set(key, text);
}

function runProgram(state: State, { argv, stdin }: RunCommand): void {
  const [program, ...words] = argv;
  if (program === 'modprobe') return;
  if (program === 'tc') {
    runTc(state, words);
    return;
  }
  if (program === 'ip') {
    const verb = IP[`${words[0]} ${words[1]}`];
    if (verb === undefined) throw new Error(`fake kernel: ${argv.join(' ')}`);
    verb(state, words.slice(2), (name) => valueAfter(words, name));
    return;
  }
  if (program === 'nft' && words[0] === '-f' && stdin?.includes('table netdev')) {
    loadSpread(state, stdin);
    return;
  }
  if (program === 'nft' && words[0] === '-f' && stdin !== null) {
    const digest = /comment "(bonding[^"]+)"/.exec(stdin)?.[1] ?? null;
    const rules = stdin.split('\n').filter((line) => /^ {4}(?!type )/.test(line)).length;
    const counted = stdin.matchAll(/counter (?:packets (\d+) )?.*comment "([^"]+)"/g);
    const counters = new Map(
      [...counted].map(([, count, name = '']) => [name, Number(count ?? 0)]),
    );
    state.nft.set(/table (inet \w+|ip \w+)/.exec(stdin)?.[1] ?? '', { digest, rules, counters });
    return;
  }
  const [, , family = '', table = ''] = words;
  const deleted = (): boolean =>
    family === 'netdev' ? state.spread.delete(table) : state.nft.delete(`${family} ${table}`);
  if (program === 'nft' && words[0] === 'delete' && deleted()) return;
  throw new Error(`fake kernel: ${argv.join(' ')}`);
}

type Verb = (state: State, rest: string[], word: (name: string) => string | null) => void;

/** `ip OBJECT VERB`, as far as we use it. */
const IP: Readonly<Record<string, Verb>> = {
  'link add': (state, [name = '', , , ...words]) => {
    addDevice(state, newDevice(name, 'bond', newBond(words)));
  },
  'link delete': (state, [name = '']) => removeDevice(state, name),
  'link set': (state, [, name = '', ...words]) => setLink(state, name, words),
  'tuntap add': (state, _rest, word) => {
    addDevice(state, newDevice(word('dev') ?? '', word('mode') ?? '', null));
  },
  'tuntap del': (state, _rest, word) => {
    const name = word('dev') ?? '';
    const open = [...state.tunnels.values()].some(({ config }) => config.includes(`dev ${name}\n`));
    if (open) throw new Error('Device or resource busy');
    removeDevice(state, name);
  },
  'addr add': (state, [address = ''], word) => {
    const target = device(state, word('dev') ?? '');
    if (target.addresses.includes(address)) throw new Error('File exists');
    target.addresses.push(address);
  },
  'addr del': (state, [address = ''], word) => {
    const target = device(state, word('dev') ?? '');
    if (!target.addresses.includes(address)) throw new Error('Cannot assign address');
    target.addresses = target.addresses.filter((entry) => entry !== address);
  },
  'rule add': (state, _rest, word) => {
    const rule = readRule(word);
    // Whose they are makes no difference to the kernel (rule_exists() looks at no protocol).
    const content = (entry: Rule): Rule => ({ ...entry, protocol: null });
    if (state.rules.some((entry) => same(content(entry), content(rule))))
      throw new Error('File exists');
    state.rules.push(rule);
  },
  'rule del': (state, _rest, word) => remove(state.rules, readRule(word)),
  'neigh replace': (state, [address = ''], word) => {
    const { ifname } = device(state, word('dev') ?? '');
    const at = (entry: Neighbour): boolean => entry.address === address && entry.device === ifname;
    const made = { address, device: ifname, mac: word('lladdr') ?? '', protocol: word('protocol') };
    state.neighbours = [...state.neighbours.filter((entry) => !at(entry)), made];
  },
  'neigh del': (state, [address = ''], word) => {
    const found = state.neighbours.find(
      (entry) => entry.address === address && entry.device === word('dev'),
    );
    if (found === undefined) throw new Error('No such file or directory');
    remove(state.neighbours, found);
  },
  'route replace': (state, words, word) => {
    const route = readRoute(words, word);
    if (route.type === 'unicast') device(state, route.device ?? '');
    const at = state.routes.findIndex(
      (entry) =>
        entry.dst === route.dst && entry.table === route.table && entry.metric === route.metric,
    );
    if (at < 0) state.routes.push(route);
    else state.routes[at] = route;
  },
  'route del': (state, words, word) => remove(state.routes, readRoute(words, word)),
};

/** `ip link set dev NAME …`. */
function setLink(state: State, name: string, words: string[]): void {
  const target = device(state, name);
  const [what = '', value = ''] = words;
  const change = SET[what];
  if (change === undefined) throw new Error(`fake kernel: ip link set ${name} ${words.join(' ')}`);
  change(target, value, state, words);
}

type Change = (target: Device, value: string, state: State, words: string[]) => void;

const SET: Readonly<Record<string, Change>> = {
  alias: (target, value) => {
    target.alias = value;
  },
  mtu: (target, value, state) => {
    target.mtu = Number(value);
    for (const slave of state.devices.values())
      if (slave.master === target.ifname) slave.mtu = target.mtu;
  },
  gso_max_segs: (target, value) => {
    target.gsoMaxSegs = Number(value);
  },
  up: (target) => {
    target.up = true;
  },
  down: (target) => {
    target.up = false;
  },
  master: (target, value, state) => {
    if (target.up) throw new Error('Device can not be enslaved while up.');
    const master = device(state, value);
    const taken = target.kind === 'tap' || master.bond?.mode === 'active-backup';
    if (state.driver === 'stock' && !taken) throw new Error('Operation not supported');
    Object.assign(target, { master: master.ifname, mtu: master.mtu, up: true });
  },
  nomaster: (target) => {
    Object.assign(target, { master: null, up: false });
  },
  type: (target, value, _state, words) => {
    if (target.bond === null || value !== 'bond') throw new Error(`type ${words.join(' ')}`);
    changeBond(target.bond, words.slice(2));
  },
};

function device(state: State, name: string): Device {
  const known = state.devices.get(name);
  if (known === undefined) throw new Error(`Cannot find device "${name}"`);
  return known;
}

function addDevice(state: State, made: Device): void {
  if (state.devices.has(made.ifname)) throw new Error('File exists');
  state.devices.set(made.ifname, made);
}

function removeDevice(state: State, name: string): void {
  device(state, name);
  state.devices.delete(name);
  state.qdiscs.delete(name);
  state.routes = state.routes.filter((route) => route.device !== name);
  for (const key of [...state.sysctls.now.keys()])
    if (key.startsWith(`${name}/`)) state.sysctls.now.delete(key);
  state.neighbours = state.neighbours.filter((entry) => entry.device !== name);
  for (const slave of state.devices.values())
    if (slave.master === name) Object.assign(slave, { master: null, up: false });
}

function newDevice(ifname: string, kind: string | null, bond: Device['bond']): Device {
  return {
    ifname,
    kind,
    bond,
    up: false,
    carrier: false,
    mtu: 1500,
    master: null,
    alias: null,
    addresses: [],
    gsoMaxSegs: 65_535,
  };
}

function readRule(word: (name: string) => string | null): Rule {
  const suppress = word('suppress_prefixlength');
  return {
    priority: Number(word('priority')),
    from: word('from') ?? 'all',
    to: word('to'),
    fwmark: word('fwmark'),
    table: word('lookup') ?? '',
    suppressPrefixLength: suppress === null ? null : Number(suppress),
    protocol: word('protocol'),
  };
}

function readRoute(words: string[], word: (name: string) => string | null): Route {
  const [first = '', second = ''] = words;
  const typed = first === 'prohibit';
  return {
    type: typed ? first : 'unicast',
    dst: typed ? second : first,
    table: word('table') ?? 'main',
    device: word('dev'),
    gateway: word('via'),
    metric: Number(word('metric') ?? 0),
    protocol: word('protocol'),
  };
}

function valueAfter(words: readonly string[], name: string): string | null {
  const at = words.indexOf(name);
  return at < 0 ? null : (words[at + 1] ?? null);
}

function remove<T extends object>(list: T[], entry: T): void {
  const at = list.findIndex((known) => same(known, entry));
  if (at < 0) throw new Error('No such file or directory');
  list.splice(at, 1);
}

function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
