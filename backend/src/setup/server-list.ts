import { join } from 'node:path';
import { wallSeconds } from '../effects/clock.ts';
import { type Instance, listInstances } from '../effects/instances.ts';
import { readText } from '../effects/text-file.ts';
import { type Outstanding, readOutstanding } from '../join/decide.ts';
import { JOIN_FILE } from './code.ts';
import { configOf, daemonOf } from './look.ts';

/** One router of this server. */
export interface RouterRow {
  name: string;
  number: number;
  /** Device; null: the configuration cannot be used. */
  bond: string | null;
  /** UDP ports of the links. */
  ports: number[];
  running: boolean;
  joined: boolean;
  /** When the code that is outstanding ends, unix s; null: there is none. */
  code_expires: number | null;
}

/** All routers of this server, by number. */
export function listRouters(root: string, now = wallSeconds()): RouterRow[] {
  return listInstances(root).map((instance) => rowOf(instance, root, now));
}

function rowOf(instance: Instance, root: string, now: number): RouterRow {
  const config = configOf(instance);
  const outstanding = openCode(readText(join(instance.keyFolder, JOIN_FILE)), now);
  return {
    name: instance.name,
    number: instance.number,
    bond: config?.bond.ifname ?? null,
    ports: config?.links.map(({ localPort }) => localPort) ?? [],
    running: daemonOf(instance, root) !== null,
    joined: (config?.bond.peerFingerprint.length ?? 0) > 0,
    code_expires: outstanding?.expires ?? null,
  };
}

/** A code that a router may still use. */
function openCode(text: string | null, now: number): Outstanding | null {
  const found = text === null ? null : readOutstanding(text);
  return found !== null && found.router === null && found.expires > now ? found : null;
}

/** The rows as a table for a person. */
export function printRouters(rows: readonly RouterRow[]): string {
  if (rows.length === 0) return 'there is no router yet; make one with: bonding server init\n';
  const cells = [
    ['router', 'number', 'bond', 'UDP ports', 'daemon', 'joined'],
    ...rows.map((row) => [
      row.name,
      String(row.number),
      row.bond ?? 'see: bonding check',
      row.ports.join(' '),
      row.running ? 'runs' : 'stopped',
      joinedText(row),
    ]),
  ];
  const widths = cells[0]?.map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths?.[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function joinedText({ joined, code_expires: expires }: RouterRow): string {
  const until = expires === null ? '' : `code until ${dateOf(expires)}`;
  if (joined) return until === '' ? 'yes' : `yes, ${until}`;
  return until === '' ? 'no, and no code: bonding server code' : `no, ${until}`;
}

/** `2026-11-21 11:05 UTC`. */
export function dateOf(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
