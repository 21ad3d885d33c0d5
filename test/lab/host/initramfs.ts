import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CpioEntry, packCpio } from './cpio.ts';
import { insertOrder, parseBuiltin, parseModulesDep } from './modules.ts';
import type { Kernel } from './paths.ts';
import { preload } from './preload.ts';

/** What must be in the kernel before the host's root filesystem is there. */
const BOOT_MODULES = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay'];
const NETWORK_CARD = 'virtio_net';

/** What the first program of the guest is to do. */
export interface GuestSetup {
  kernel: Kernel;
  /** Absolute paths on the host, seen through 9p at the same place. */
  node: string;
  agent: string;
  /** TCP port in the guest for the host's forward, or null for a guest without a network card. */
  forwardPort: number | null;
  /** File on the host that takes the place of the kernel's own bonding.ko, or null. */
  driver: string | null;
  /** Folders whose files are put into the guest's memory. */
  folders: readonly string[];
  /** False when files that the guest needs lie below the host's /tmp. */
  ownTmp: boolean;
}

/** A guest that only says that it has booted, to see whether an accelerator works. */
export function probeInitramfs(busybox: Buffer): Buffer {
  return packCpio([...skeleton(busybox), program('init', PROBE)]);
}

/** Printed on the console by {@link probeInitramfs}'s guest. */
export const PROBE_ANSWER = 'lab-probe-booted';

const PROBE = `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
echo ${PROBE_ANSWER} > /dev/ttyS0
/bin/busybox reboot -f
`;

/** The first root filesystem: busybox, the modules for 9p, and an `init` that goes over to the host's root. */
export function labInitramfs(busybox: Buffer, setup: GuestSetup): Buffer {
  const read = (name: string): string => readFileSync(join(setup.kernel.modules, name), 'utf8');
  const names = setup.forwardPort === null ? BOOT_MODULES : [...BOOT_MODULES, NETWORK_CARD];
  const index = parseModulesDep(read('modules.dep'));
  const builtin = parseBuiltin(read('modules.builtin'));
  const order = insertOrder(index, builtin, names);
  const modules = order.map((path, position): CpioEntry => {
    const name = `${String(position).padStart(2, '0')}-${path.replace(/^.*\//, '')}`;
    return {
      kind: 'file',
      path: `modules/${name}`,
      data: readFileSync(join(setup.kernel.modules, path)),
    };
  });
  const bonding = index.get('bonding')?.path ?? '';
  return packCpio([
    ...skeleton(busybox),
    ...modules,
    program('init', FIRST_INIT),
    program('second', secondInit(setup, bonding)),
    { kind: 'directory', path: 'preload' },
    ...preload('preload', [setup.node], setup.folders),
  ]);
}

function skeleton(busybox: Buffer): CpioEntry[] {
  const folders = ['bin', 'dev', 'proc', 'sys', 'modules', 'host', 'upper', 'root'];
  return [
    ...folders.map((path): CpioEntry => ({ kind: 'directory', path })),
    { kind: 'file', path: 'bin/busybox', data: busybox, executable: true },
  ];
}

function program(path: string, text: string): CpioEntry {
  return { kind: 'file', path, data: Buffer.from(text), executable: true };
}

/**
 * The overlay's layers: the guest's own writes, the preloaded files, the host's. No switch_root: it
 * would delete the preloaded files.
 * cache=loose keeps what was read once in the guest's memory: nobody changes the files under us, and
 * the guest's clock leaps whenever it waits for 9p. msize is the most that QEMU takes in one go.
 */
const FIRST_INIT = `#!/bin/busybox sh
PATH=/bin
b=/bin/busybox
fail() { echo "lab: $*"; $b sleep 0.2; $b reboot -f; }
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for module in /modules/*; do $b insmod $module || fail "cannot insert $module"; done
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro host /host || fail "no 9p"
$b mount -t tmpfs -o size=75% upper /upper
$b mkdir /upper/files /upper/work
$b mount -t overlay -o lowerdir=/preload:/host,upperdir=/upper/files,workdir=/upper/work overlay /root || fail "no overlay"
for folder in dev proc sys; do $b mount --move /$folder /root/$folder; done
$b mount -t tmpfs -o mode=755 run /root/run
$b mkdir /root/run/lab
$b cp /second /root/run/lab/init
cd /root
$b mount --move . /
exec $b chroot . /bin/busybox sh /run/lab/init
`;

/**
 * Runs as process 1 on the host's files. The kernel calls /sbin/modprobe, which kmod may not have
 * brought. `bonding` is the place of the kernel's bonding.ko below its modules.
 */
function secondInit(setup: GuestSetup, bonding: string): string {
  const { kernel, node, agent, forwardPort, driver, ownTmp } = setup;
  const modules = `/lib/modules/${kernel.version}`;
  const network = [
    // The lab's own machines have an eth0 too, made here before they get it.
    'ip link set eth0 name host0',
    'ip link set host0 up',
    'ip addr add 10.0.2.15/24 dev host0', // what QEMU's user network forwards to
  ];
  return `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C TMPDIR=/run/lab
${ownTmp ? 'mount -t tmpfs -o mode=1777 tmp /tmp' : ':'}
mkdir -p /run/netns /run/lock /dev/pts /dev/shm /dev/net ${modules} /etc/modprobe.d
mount -t devpts devpts /dev/pts
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
mount -t tmpfs shm /dev/shm
mount --bind ${quote(kernel.modules)} ${modules}
${driver === null ? ':' : `mount --bind ${quote(driver)} ${modules}/${bonding}`}
[ -e /sbin/modprobe ] || ln -s /bin/busybox /sbin/modprobe
echo 'options bonding max_bonds=0' > /etc/modprobe.d/bonding.conf
hostname lab
ip link set lo up
${forwardPort === null ? ':' : network.join('\n')}
${quote(node)} ${quote(agent)} ${forwardPort ?? 0}
echo "lab: the agent ended with $?"
busybox reboot -f
`;
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
