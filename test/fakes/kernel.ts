import type { Actual, Device, Route, Rule } from '../../backend/src/facts/actual.ts';
import type { Command, RunCommand } from '../../backend/src/reconcile/commands.ts';

/**
 * A kernel made of maps: carries out our commands as the real one would, and throws at any command
 * it does not know or that the real one would refuse. The lowest seam below reconcile/.
 */
export interface FakeKernel {
  run(command: Command): void;
  actual(): Actual;
  /** Everything but what the driver's type change drops, for comparing states. */
  dump(): string;
}

/** Starts as a machine with these devices, rules and routes that are not ours. */
export function fakeKernel(
  found: Partial<Pick<Actual, 'rules' | 'routes'>> & { devices?: string[] } = {},
): FakeKernel {
  const devices = new Map<string, Device>(
    (found.devices ?? []).map((name) => [name, { ...newDevice(name, 'ether', null), kind: null }]),
  );
  const rules: Rule[] = [...(found.rules ?? [])];
  const routes: Route[] = [...(found.routes ?? [])];
  const tunnels = new Map<string, { link: string; pid: number; config: string }>();
  let nft: Actual['nft'] = null;
  let pid = 1000;

  const device = (name: string): Device => {
    const known = devices.get(name);
    if (known === undefined) throw new Error(`Cannot find device "${name}"`);
    return known;
  };

  const setLink = (name: string, words: string[]): void => {
    const target = device(name);
    const [what = '', value = ''] = words;
    switch (what) {
      case 'alias':
        target.alias = value;
        return;
      case 'mtu':
        target.mtu = Number(value);
        for (const slave of devices.values()) if (slave.master === name) slave.mtu = Number(value);
        return;
      case 'gso_max_segs':
        target.gsoMaxSegs = Number(value);
        return;
      case 'up':
        target.up = true;
        return;
      case 'down':
        target.up = false;
        return;
      case 'nomaster':
        target.master = null;
        target.up = false;
        return;
      case 'master': {
        if (target.up) throw new Error('Device can not be enslaved while up.');
        target.master = device(value).ifname;
        target.mtu = device(value).mtu;
        target.up = true;
        return;
      }
      case 'type': {
        const bond = target.bond;
        if (bond === null || words[1] !== 'bond' || words[2] !== 'miimon') break;
        bond.miimon = Number(words[3]);
        return;
      }
    }
    throw new Error(`fake kernel: ip link set ${name} ${words.join(' ')}`);
  };

  const removeDevice = (name: string): void => {
    device(name);
    devices.delete(name);
    for (const slave of devices.values()) {
      if (slave.master !== name) continue;
      slave.master = null;
      slave.up = false;
    }
    for (let i = routes.length - 1; i >= 0; i -= 1)
      if (routes[i]?.device === name) routes.splice(i, 1);
  };

  const ip = (words: string[]): void => {
    const [object = '', verb = '', ...rest] = words;
    const call = `${object} ${verb}`;
    const word = (name: string): string | null => {
      const at = rest.indexOf(name);
      return at < 0 ? null : (rest[at + 1] ?? null);
    };
    switch (call) {
      case 'link add': {
        const name = rest[0] ?? '';
        if (devices.has(name)) throw new Error('File exists');
        const bond = { mode: word('mode') ?? '', miimon: Number(word('miimon')) };
        devices.set(name, newDevice(name, 'bond', bond));
        return;
      }
      case 'link delete':
        return removeDevice(rest[0] ?? '');
      case 'link set':
        return setLink(rest[1] ?? '', rest.slice(2));
      case 'tuntap add': {
        const name = word('dev') ?? '';
        if (devices.has(name)) throw new Error('Device or resource busy');
        devices.set(name, newDevice(name, word('mode') ?? '', null));
        return;
      }
      case 'tuntap del': {
        const name = word('dev') ?? '';
        const owner = [...tunnels.values()].find((tunnel) => tunnel.config.includes(`dev ${name}`));
        if (owner !== undefined) throw new Error('Device or resource busy');
        return removeDevice(name);
      }
      case 'addr add': {
        const target = device(word('dev') ?? '');
        if (target.addresses.includes(rest[0] ?? '')) throw new Error('File exists');
        target.addresses.push(rest[0] ?? '');
        return;
      }
      case 'addr del': {
        const target = device(word('dev') ?? '');
        if (!target.addresses.includes(rest[0] ?? '')) throw new Error('Cannot assign address');
        target.addresses = target.addresses.filter((entry) => entry !== rest[0]);
        return;
      }
      case 'rule add': {
        const rule = readRule(word);
        if (rules.some((entry) => same(entry, rule))) throw new Error('File exists');
        rules.push(rule);
        return;
      }
      case 'rule del': {
        const at = rules.findIndex((entry) => same(entry, readRule(word)));
        if (at < 0) throw new Error('No such file or directory');
        rules.splice(at, 1);
        return;
      }
      case 'route replace': {
        const route = readRoute(rest[0] ?? '', word);
        device(route.device ?? '');
        const at = routes.findIndex((e) => e.dst === route.dst && e.table === route.table);
        if (at < 0) routes.push(route);
        else routes[at] = route;
        return;
      }
      case 'route del': {
        const route = readRoute(rest[0] ?? '', word);
        const at = routes.findIndex((entry) => same(entry, route));
        if (at < 0) throw new Error('No such process');
        routes.splice(at, 1);
        return;
      }
    }
    throw new Error(`fake kernel: ip ${words.join(' ')}`);
  };

  const runProgram = ({ argv, stdin }: RunCommand): void => {
    const [program, ...words] = argv;
    if (program === 'ip') return ip(words);
    if (program === 'modprobe') return;
    if (program === 'nft' && words[0] === '-f' && stdin !== null) {
      const digest = /comment "([^"]+)"/.exec(stdin)?.[1] ?? null;
      nft = { digest, rules: stdin.split('\n').filter((line) => line.includes(' chain ')).length };
      return;
    }
    if (program === 'nft' && words[0] === 'delete' && nft !== null) {
      nft = null;
      return;
    }
    throw new Error(`fake kernel: ${argv.join(' ')}`);
  };

  return {
    run(command) {
      switch (command.kind) {
        case 'run':
          return runProgram(command);
        case 'start-tunnel':
          if (tunnels.has(command.link)) throw new Error(`tunnel ${command.link} runs already`);
          pid += 1;
          tunnels.set(command.link, { link: command.link, pid, config: command.config });
          return;
        case 'stop-tunnel':
          if (!tunnels.delete(command.link)) throw new Error(`no tunnel ${command.link}`);
          return;
        case 'write':
          throw new Error(`fake kernel: write ${command.path}`);
      }
    },
    actual: () => structuredClone({ devices, rules, routes, nft, tunnels }),
    dump: () =>
      JSON.stringify({ devices: [...devices], rules, routes, nft, tunnels: [...tunnels.keys()] }),
  };
}

function newDevice(ifname: string, kind: string, bond: Device['bond']): Device {
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
    table: word('lookup') ?? '',
    suppressPrefixLength: suppress === null ? null : Number(suppress),
    protocol: word('protocol'),
  };
}

function readRoute(dst: string, word: (name: string) => string | null): Route {
  return {
    dst,
    table: word('table') ?? 'main',
    device: word('dev'),
    gateway: word('via'),
    protocol: word('protocol'),
  };
}

function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
