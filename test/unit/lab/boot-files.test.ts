/** The files that QEMU boots, and its command line: our own cpio writer, modules in order. */
import { describe, expect, test } from 'vitest';
import { packCpio } from '../../lab/host/cpio.ts';
import { insertOrder, parseBuiltin, parseModulesDep } from '../../lab/host/modules.ts';
import { type QemuOptions, qemuArguments } from '../../lab/host/qemu.ts';

/** Reads an archive back, by the layout in the kernel's buffer-format text. */
function unpack(archive: Buffer): { name: string; mode: string; text: string }[] {
  const found = [];
  for (let at = 0; at < archive.length; ) {
    const header = archive.toString('latin1', at, at + 110);
    const field = (index: number): number =>
      Number.parseInt(header.slice(6 + index * 8, 14 + index * 8), 16);
    expect(header.slice(0, 6)).toBe('070701');
    const dataAt = (at + 110 + field(11) + 3) & ~3;
    const name = archive.toString('latin1', at + 110, at + 110 + field(11) - 1);
    const text = archive.toString('latin1', dataAt, dataAt + field(6));
    found.push({ name, mode: field(1).toString(8), text });
    at = (dataAt + field(6) + 3) & ~3;
  }
  return found;
}

test('an archive holds folders, files and links, each padded to 4 bytes', () => {
  const archive = packCpio([
    { kind: 'directory', path: 'bin' },
    { kind: 'file', path: 'bin/a', data: Buffer.from('12345'), executable: true },
    { kind: 'file', path: 'b', data: Buffer.alloc(0) },
    { kind: 'link', path: 'c', target: 'bin/a' },
  ]);
  expect(archive.length % 4).toBe(0);
  expect(unpack(archive)).toEqual([
    { name: 'bin', mode: '40755', text: '' },
    { name: 'bin/a', mode: '100755', text: '12345' },
    { name: 'b', mode: '100644', text: '' },
    { name: 'c', mode: '120777', text: 'bin/a' },
    { name: 'TRAILER!!!', mode: '0', text: '' },
  ]);
});

describe('modules', () => {
  const index = parseModulesDep(
    'k/virtio_console.ko: k/virtio.ko k/virtio_ring.ko\nk/virtio.ko: k/virtio_ring.ko\n' +
      'k/virtio_ring.ko:\nk/snd-pcm.ko.xz:\n',
  );
  const builtin = parseBuiltin('kernel/fs/ext4.ko\n');

  test('what a module needs comes before it, once', () => {
    const order = insertOrder(index, builtin, ['virtio_console', 'virtio', 'ext4', 'snd-pcm']);
    expect(order).toEqual([
      'k/virtio_ring.ko',
      'k/virtio.ko',
      'k/virtio_console.ko',
      'k/snd-pcm.ko.xz',
    ]);
  });

  test('a module that does not exist is named', () => {
    expect(() => insertOrder(index, builtin, ['bonding'])).toThrow('kernel module bonding');
  });
});

describe('qemuArguments', () => {
  const options: QemuOptions = {
    kernel: { version: '6.1', image: '/k/vmlinux', modules: '/k/modules' },
    initramfs: '/t/initramfs',
    accelerator: 'tcg',
    clock: 'virtual',
    memory: 1024,
    control: '/t/control',
    hostPort: null,
  };
  const text = (change: Partial<QemuOptions>): string =>
    qemuArguments({ ...options, ...change }).join(' ');

  test('a virtual clock skips idle time, a real one does not', () => {
    expect(text({})).toContain('-icount shift=0,sleep=off');
    expect(text({ clock: 'real' })).toContain('-icount shift=0,sleep=on');
    expect(text({ clock: 'real', accelerator: 'kvm' })).not.toContain('-icount');
  });

  test("the host's files are read-only, and a card is there only for a forward, on loopback", () => {
    expect(text({})).toContain('path=/,security_model=none,readonly=on');
    expect(text({})).not.toContain('netdev');
    expect(text({ hostPort: 4321 })).toContain('restrict=on,hostfwd=tcp:127.0.0.1:4321-:8080');
  });
});
