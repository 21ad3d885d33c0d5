import { run } from './run.ts';

/** The options of `bond0` that we set, as /sys has them; absent ones are empty. */
export function bondOptions(ns: string): Record<string, string> {
  const names = ['mode', 'miimon', 'arp_interval', 'arp_ip_target', 'xmit_hash_policy'];
  const values = [...names, 'all_slaves_active'].map((name): [string, string] => [
    name,
    readBond(ns, `bonding/${name}`),
  ]);
  return { ...Object.fromEntries(values), mtu: readBond(ns, 'mtu') };
}

/** The slaves of `bond0`, sorted. */
export function slavesOf(ns: string): string[] {
  return readBond(ns, 'bonding/slaves').split(' ').filter(Boolean).sort();
}

/** Packets that each slave has sent, by device. */
export function sentBy(ns: string): Record<string, number> {
  const count = (name: string): number =>
    Number(run(['cat', `/sys/class/net/${name}/statistics/tx_packets`], { ns }));
  return Object.fromEntries(slavesOf(ns).map((name) => [name, count(name)]));
}

/** Makes another slave of a bond in mode active-backup the active one. */
export function activate(ns: string, slave: string): void {
  run(['ip', 'link', 'set', 'dev', 'bond0', 'type', 'bond', 'active_slave', slave], { ns });
}

/** What is sent from now on, by device, when the returned function is called. */
export function countSent(ns: string): () => Record<string, number> {
  const before = sentBy(ns);
  return () =>
    Object.fromEntries(
      Object.entries(sentBy(ns)).map(([name, sent]) => [name, sent - (before[name] ?? 0)]),
    );
}

function readBond(ns: string, file: string): string {
  return run(['cat', `/sys/class/net/bond0/${file}`], { ns }).trim();
}
