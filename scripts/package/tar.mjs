// A tar archive with nothing in it that depends on the machine: no owner, no times of files, no
// order of a folder. Debian's tar would do, too; this way a machine with Node alone makes packages.
import { gzipSync } from 'node:zlib';

const BLOCK = 512;

/**
 * An uncompressed ustar archive (POSIX.1-1988).
 *
 * `entries`: `{ path, mode, bytes }`, where `path` is relative without `./` and `bytes` null means a
 * folder. The folders on the way are added with mode 0755, and `./` before all. `epoch`: the time
 * of every entry, s since 1970. Throws for a path over 100 bytes: opkg's tar reader is old.
 */
export function tar(entries, epoch) {
  const blocks = withFolders(entries).flatMap((entry) => [
    header(entry, epoch),
    ...(entry.bytes === null ? [] : [entry.bytes, padding(entry.bytes.length)]),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** gzip without a name or a time in its header, whatever zlib takes this machine for. */
export function gzip(bytes) {
  const packed = gzipSync(bytes, { level: 9 });
  packed.writeUInt32LE(0, 4);
  packed.writeUInt8(3, 9);
  return packed;
}

/** All entries by name, with each folder before what is in it. */
function withFolders(entries) {
  const all = new Map([['', { path: '', mode: 0o755, bytes: null }]]);
  for (const { path } of entries) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      all.set(folder, { path: folder, mode: 0o755, bytes: null });
    }
  }
  for (const entry of entries) {
    if (entry.bytes !== null && all.has(entry.path)) throw new Error(`twice: ${entry.path}`);
    all.set(entry.path, entry);
  }
  // By bytes, not by the machine's language.
  return [...all.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

function header({ path, mode, bytes }, epoch) {
  const folder = bytes === null;
  const name = Buffer.from(`./${path}${folder && path !== '' ? '/' : ''}`);
  if (name.length > 100) throw new Error(`the path is longer than 100 bytes: ${path}`);
  const block = Buffer.alloc(BLOCK);
  name.copy(block, 0);
  octal(block, 100, 8, mode);
  octal(block, 108, 8, 0);
  octal(block, 116, 8, 0);
  octal(block, 124, 12, folder ? 0 : bytes.length);
  octal(block, 136, 12, epoch);
  block.write(folder ? '5' : '0', 156);
  block.write('ustar\u000000', 257);
  block.write('root', 265);
  block.write('root', 297);
  octal(block, 329, 8, 0);
  octal(block, 337, 8, 0);
  // The sum of all bytes, taken with blanks where it will stand.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A number in octal digits that fill the field up to a closing NUL. */
function octal(block, at, size, value) {
  block.write(value.toString(8).padStart(size - 1, '0'), at);
}

function padding(size) {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
