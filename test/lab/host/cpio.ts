/** What the Linux kernel unpacks as its first root: "newc" archives (kernel: initramfs-buffer-format). */
export type CpioEntry =
  | { kind: 'directory'; path: string }
  | { kind: 'file'; path: string; data: Buffer; executable?: boolean }
  | { kind: 'link'; path: string; target: string };

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

/** Packs entries into one archive; a directory must come before what lies in it. Owner is root, times are 0. */
export function packCpio(entries: readonly CpioEntry[]): Buffer {
  const records = entries.map((entry, index) => record(entry.path, index + 1, ...content(entry)));
  return Buffer.concat([...records, record('TRAILER!!!', 0, 0, Buffer.alloc(0))]);
}

function content(entry: CpioEntry): [mode: number, data: Buffer] {
  switch (entry.kind) {
    case 'directory':
      return [S_IFDIR | 0o755, Buffer.alloc(0)];
    case 'file':
      return [S_IFREG | (entry.executable ? 0o755 : 0o644), entry.data];
    case 'link':
      return [S_IFLNK | 0o777, Buffer.from(entry.target)];
  }
}

/** Header of 13 hexadecimal fields, name with its NUL, data; name and data each padded to 4 bytes. */
function record(path: string, inode: number, mode: number, data: Buffer): Buffer {
  const name = Buffer.from(`${path}\0`);
  const links = 1;
  const [uid, gid, time, devMajor, devMinor, rdevMajor, rdevMinor, check] = [
    0, 0, 0, 0, 0, 0, 0, 0,
  ];
  const fields = [
    inode,
    mode,
    uid,
    gid,
    links,
    time,
    data.length,
    devMajor,
    devMinor,
    rdevMajor,
    rdevMinor,
    name.length,
    check,
  ];
  const header = `070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([pad(Buffer.concat([Buffer.from(header), name])), pad(data)]);
}

function pad(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
}
