import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROBE_ANSWER, probeInitramfs } from './initramfs.ts';
import type { Kernel } from './paths.ts';
import { startQemu } from './qemu.ts';

/** A boot under working KVM takes one second; under one that hangs it never ends. */
const PROBE_SECONDS = 8;

let answer: Promise<boolean> | null = null;

/** True after a small guest has booted under KVM here. Asked once per process; never throws. */
export function kvmWorks(kernel: Kernel, busybox: Buffer): Promise<boolean> {
  answer ??= canOpen('/dev/kvm') ? probe(kernel, busybox) : Promise.resolve(false);
  return answer;
}

function canOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function probe(kernel: Kernel, busybox: Buffer): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'bonding-kvm-'));
  const initramfs = join(folder, 'initramfs');
  writeFileSync(initramfs, probeInitramfs(busybox));
  const options = { kernel, initramfs, memory: 256, control: null, hostPort: null } as const;
  const child = startQemu({ ...options, accelerator: 'kvm', clock: 'real' });
  const timer = setTimeout(() => child.kill('SIGKILL'), PROBE_SECONDS * 1000);
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1');
  });
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  clearTimeout(timer);
  rmSync(folder, { recursive: true, force: true });
  return said.includes(PROBE_ANSWER);
}
