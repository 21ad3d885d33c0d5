import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { type RoundInput, type RoundResult, round } from '../../../backend/src/daemon/round.ts';
import type { LinkEvent } from '../../../backend/src/monitor/links.ts';
import { RESTART_DELAYS, step } from '../../../backend/src/monitor/links.ts';
import { configOf } from '../../fakes/config.ts';
import { fakeMachine, type Machine } from '../../fakes/machine.ts';

const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };

let machine: Machine;
let config: Config;
let last: RoundResult | null;

beforeEach(() => use(2));

/** A fresh machine and a configuration with so many links. */
function use(links: number): void {
  machine = fakeMachine(links);
  config = configOf(links);
  last = null;
}

/** One round from what the last one left, after `events`. */
async function go(changes: Partial<RoundInput> = {}, ...events: LinkEvent[]): Promise<RoundResult> {
  machine.ran.length = 0;
  const running = changes.running ?? true;
  const known = last?.links ?? step(new Map(), { type: 'config', config, running }, machine.now);
  const links = events.reduce((all, event) => step(all, event, machine.now), known);
  const input: RoundInput = {
    config,
    running: true,
    links,
    abilities: machine.abilities,
    expected: last?.expected ?? new Set(),
    files: FILES,
    ...changes,
  };
  last = await round(input, machine.rim);
  return last;
}

/** All tunnels started and connected. */
async function goUp(): Promise<void> {
  await go();
  for (const { name } of config.links) machine.says(name, { kind: 'connected' });
  machine.now += 1_000;
  await go();
  expect(phases()).toEqual(config.links.map(() => 'up'));
}

const phases = () => [...(last?.links.values() ?? [])].map((link) => link.phase);
const started = () => machine.ran.filter((line) => line.startsWith('openvpn'));
const stopped = () => machine.ran.filter((line) => line.startsWith('kill'));

describe('a round', () => {
  it('brings everything up at the first start, and then runs no command', async () => {
    const first = await go();
    expect(first).toMatchObject({ problems: [], settled: true, carrying: false });
    expect(first.commands).toBe(machine.ran.length);
    expect(started()).toHaveLength(2);
    expect(first.expected).toEqual(new Set(['link0', 'link1']));
    expect(phases()).toEqual(['connecting', 'connecting']);

    const second = await go();
    expect(machine.ran).toEqual([]);
    expect(second).toMatchObject({ commands: 0, settled: true, problems: [] });
  });

  it('leads traffic into the bond once a link is up, and then runs no command', async () => {
    await goUp();
    expect(machine.ran.join('\n')).toContain('dev bond0 onlink table 20200');
    expect((await go()).commands).toBe(0);
    expect(last?.carrying).toBe(true);
  });

  it('starts a tunnel that ended by itself again, after a wait', async () => {
    await goUp();
    machine.kill('link0');
    const gone = await go();
    expect(phases()).toEqual(['down', 'up']);
    expect(started()).toEqual([]);
    expect(gone.problems).toEqual([]);

    machine.now += (RESTART_DELAYS[0] ?? 0) + 1;
    await go();
    expect(started()).toEqual(["openvpn --config link0.conf   # tunnel of link 'link0'"]);
  });

  it('counts a tunnel that ends before it has said anything as ended', async () => {
    await go();
    machine.kill('link0');
    await go();
    expect(last?.links.get('link0')).toMatchObject({ failures: 1 });
    expect(started()).toEqual([]);
  });

  it('starts only the tunnel anew whose WAN has another address', async () => {
    await goUp();
    const wan = machine.wans?.get('wan1');
    if (wan) wan.address = '10.2.0.77';
    const moved = await go();
    expect(stopped()).toHaveLength(1);
    expect(started()).toEqual(["openvpn --config link1.conf   # tunnel of link 'link1'"]);
    expect(machine.ran.filter((line) => line.includes('rule add'))).toEqual([
      'ip rule add priority 20111 from 10.2.0.77 lookup 20102 protocol 157',
    ]);
    expect(moved.problems).toEqual([]);
    expect(last?.links.get('link0')?.connected).toBe(true);
    expect(last?.links.get('link1')?.connected).toBe(false);
    machine.ran.length = 0;
    await go();
    // Until it is connected the other one gets all packets.
    expect(machine.ran).toEqual(['nft -f -']);
    expect((await go()).commands).toBe(0);
  });

  it('takes a link whose WAN goes down out, with the reason, and leaves the other alone', async () => {
    await goUp();
    const wan = machine.wans?.get('wan0');
    if (wan) wan.up = false;
    const result = await go();
    expect(phases()).toEqual(['waiting', 'up']);
    expect(stopped()).toHaveLength(1);
    expect(result.problems.map(({ code, subject }) => [code, subject])).toEqual([
      ['wan-down', "link 'link0'"],
    ]);
    expect(result.carrying).toBe(true);
  });

  it('does the rest when one command fails, and says which failed', async () => {
    machine.refuse = (line) => (line.startsWith('nft') ? 'syntax error' : null);
    const result = await go();
    expect(result.settled).toBe(false);
    expect(result.problems).toHaveLength(1);
    expect(result.problems[0]).toMatchObject({ code: 'command-failed' });
    expect(result.problems[0]?.text).toContain('nft -f -');
    expect(result.problems[0]?.text).toContain('syntax error');
    expect(started()).toHaveLength(2);

    machine.refuse = () => null;
    const mended = await go();
    expect(machine.ran).toEqual(['nft -f -']);
    expect(mended).toMatchObject({ settled: true, problems: [] });
  });

  it('says so when a command claims success and nothing came of it', async () => {
    machine.kernel.run = new Proxy(machine.kernel.run, {
      apply(run, self, [command]) {
        if (command.kind === 'run' && command.argv[0] === 'nft') return;
        Reflect.apply(run, self, [command]);
      },
    });
    const result = await go();
    expect(result.settled).toBe(false);
    expect(result.problems.map(({ code }) => code)).toEqual(['not-as-planned']);
    expect(result.problems[0]?.text).toContain('nft -f -');
  });

  it('adopts tunnels that run and say they are connected: no command, links up', async () => {
    await goUp();
    const before = machine.kernel.dump();
    last = null;
    for (const { name } of config.links) machine.says(name, { kind: 'connected' });
    const adopted = await go();
    expect(machine.ran).toEqual([]);
    expect(adopted).toMatchObject({ commands: 0, settled: true, carrying: true, problems: [] });
    expect(phases()).toEqual(['up', 'up']);
    expect(machine.kernel.dump()).toBe(before);
  });

  it('does not take the log of a dead tunnel for a tunnel', async () => {
    machine.says('link0', { kind: 'connected' });
    await go();
    expect(phases()).toEqual(['down', 'connecting']);
    expect(started()).toEqual(["openvpn --config link1.conf   # tunnel of link 'link1'"]);
  });

  it('takes all down on stop, whatever state it is in, and leaves the machine as found', async () => {
    const found = machine.kernel.dump();
    await goUp();
    machine.says('link0', { kind: 'lost', reason: 'ping-restart', text: 'ping-restart' });
    const stop: LinkEvent = { type: 'config', config, running: false };
    const result = await go({ running: false }, stop);
    expect(machine.kernel.dump()).toBe(found);
    expect(result).toMatchObject({ settled: true, problems: [] });
    expect(result.expected.size).toBe(0);
    expect((await go({ running: false })).commands).toBe(0);
  });

  it('finds WANs with ip where there is no netifd', async () => {
    machine.wans = null;
    config.links.forEach((link, index) => {
      link.interface = `eth${index}`;
    });
    const result = await go();
    expect(result.links.get('link0')?.wanReason).toBe('its device is down');
    expect(result.wans.get('eth0')).toMatchObject({ interface: 'eth0', up: false });
  });

  it('rejects when the system cannot be read', async () => {
    machine.rim.readFacts = () => Promise.reject(new Error('program not found'));
    await expect(go()).rejects.toThrow('program not found');
  });
});

describe('a round that takes time', () => {
  it('does not blame anybody when a pause ends while it works', async () => {
    await goUp();
    machine.applyTakes = 1_500;
    const cut = await go({}, { type: 'user', link: 'link0', action: 'reconnect' });
    expect(stopped()).toHaveLength(1);
    expect(cut.problems).toEqual([]);
    expect(cut).toMatchObject({ settled: true, due: true });
    machine.applyTakes = 0;
    const back = await go();
    expect(started()).toEqual(["openvpn --config link0.conf   # tunnel of link 'link0'"]);
    expect(back.due).toBe(false);
  });

  it('does not blame anybody when a tunnel it starts anew changes the turns of three', async () => {
    use(3);
    await goUp();
    const wan = machine.wans?.get('wan2');
    if (wan) wan.address = '10.3.0.77';
    const moved = await go();
    expect(moved.problems).toEqual([]);
    expect(moved.due).toBe(true);
    const left = await go();
    expect(machine.ran).toEqual(['nft -f -']);
    expect(left).toMatchObject({ problems: [], due: false });
  });

  it('does not blame anybody when a tunnel ends at once: the log says why, and it waits', async () => {
    machine.during = () => machine.kill('link0');
    const first = await go();
    machine.during = () => {};
    expect(first).toMatchObject({ problems: [], settled: true, due: true });
    await go();
    expect(started()).toEqual([]);
    expect(last?.links.get('link0')?.holdUntil).toBeGreaterThan(machine.now);
  });
});
