import { gunzipSync } from 'node:zlib';

/** One entry of a tar archive. */
export interface Entry {
  /** As it stands in the archive, with `./`. */
  path: string;
  mode: number;
  uid: number;
  gid: number;
  /** s since 1970. */
  mtime: number;
  folder: boolean;
  bytes: Buffer;
}

/** What is in an .ipk. */
export interface Ipk {
  outer: Entry[];
  data: Entry[];
  control: Entry[];
  /** Bytes of data.tar, uncompressed. */
  dataSize: number;
  /** Field of the control file to value, in their order. */
  fields: Map<string, string>;
}

/** Reads an .ipk, not by what made it. Throws for all that is not exactly of the form. */
export function readIpk(bytes: Buffer): Ipk {
  const outer = readTar(gunzipSync(bytes));
  const part = (name: string): Buffer => gunzipSync(bytesOf(outer, `./${name}.tar.gz`));
  const control = readTar(part('control'));
  return {
    outer,
    data: readTar(part('data')),
    control,
    dataSize: part('data').length,
    fields: readFields(bytesOf(control, './control').toString()),
  };
}

/** The bytes of one entry. Throws when there is none of this path. */
export function bytesOf(entries: readonly Entry[], path: string): Buffer {
  const found = entries.find((entry) => entry.path === path);
  if (!found) throw new Error(`${path} is not in: ${entries.map((entry) => entry.path).join(' ')}`);
  return found.bytes;
}

/** The files (not the folders) as `mode path`, with a leading `/`. */
export function filesOf(entries: readonly Entry[]): string[] {
  return entries
    .filter(({ folder }) => !folder)
    .map(({ mode, path }) => `${mode.toString(8).padStart(4, '0')} ${path.slice(1)}`);
}

function readFields(text: string): Map<string, string> {
  const lines = text.replace(/\n /g, '\u0000').trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [, name, value] = /^([A-Za-z-]+): (.*)$/s.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new Error(`no field: ${line}`);
      return [name, value.replaceAll('\u0000', '\n')];
    }),
  );
}

function readTar(archive: Buffer): Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  while (archive[at] !== 0) {
    const header = archive.subarray(at, at + 512);
    if (header.length < 512) throw new Error('the archive ends within a header');
    const entry = readHeader(header);
    const size = octal(header, 124, 12);
    entry.bytes = archive.subarray(at + 512, at + 512 + size);
    if (entry.bytes.length !== size) throw new Error(`${entry.path} is cut off`);
    entries.push(entry);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  const rest = archive.subarray(at);
  if (rest.length < 1024 || rest.some((byte) => byte !== 0)) throw new Error('no proper end');
  return entries;
}

function readHeader(header: Buffer): Entry {
  const sum = header.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (octal(header, 148, 8) !== sum) throw new Error('a wrong checksum');
  if (text(header, 257, 6) !== 'ustar' || text(header, 345, 155) !== '')
    throw new Error('no ustar');
  const type = text(header, 156, 1);
  if (type !== '0' && type !== '5') throw new Error(`a file of type ${type}`);
  return {
    path: text(header, 0, 100),
    mode: octal(header, 100, 8),
    uid: octal(header, 108, 8),
    gid: octal(header, 116, 8),
    mtime: octal(header, 136, 12),
    folder: type === '5',
    bytes: Buffer.alloc(0),
  };
}

function text(header: Buffer, at: number, size: number): string {
  return header.toString('utf8', at, at + size).replace(/\0.*$/s, '');
}

function octal(header: Buffer, at: number, size: number): number {
  const digits = text(header, at, size).trim();
  if (!/^[0-7]+$/.test(digits)) throw new Error(`no octal number: ${digits}`);
  return Number.parseInt(digits, 8);
}
