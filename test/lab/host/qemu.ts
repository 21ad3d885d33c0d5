import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { FORWARD_PORT, PORT_NAME } from '../protocol.ts';
import type { Kernel } from './paths.ts';

/**
 * `virtual`: one instruction is one ns and idle time is skipped, so figures do not depend on the
 * host. `real`: the guest's clock follows ours (as far as emulation keeps up), for people to watch.
 */
export type Clock = 'virtual' | 'real';

/** What one QEMU is to run. */
export interface QemuOptions {
  kernel: Kernel;
  /** File of the first root filesystem. */
  initramfs: string;
  accelerator: 'tcg' | 'kvm';
  clock: Clock;
  /** MiB. */
  memory: number;
  /** Unix socket on which we listen for the guest's control port; null for none. */
  control: string | null;
  /** TCP port on 127.0.0.1 that leads to the guest's FORWARD_PORT; null for no network card. */
  hostPort: number | null;
}

/**
 * The kernel's own clock is the TSC, which QEMU drives from the instruction count. No self-tests of
 * ciphers and no CPU bug work-arounds: they cost seconds under emulation.
 */
const KERNEL_ARGUMENTS =
  'console=ttyS0 quiet panic=-1 mitigations=off nokaslr tsc=reliable clocksource=tsc ' +
  'random.trust_cpu=on audit=0 apparmor=0 nowatchdog cryptomgr.notests rcupdate.rcu_expedited=1';

/** Emulated: few features make few code patches at boot. rdrand feeds the random pool, aes the tunnels. */
const TCG_CPU = 'qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+rdrand,+aes,+pclmulqdq';

/** The command line for `options`; pure, so that a test can hold it. */
export function qemuArguments(options: QemuOptions): string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-M', 'q35'],
    ...['-smp', '1', '-m', String(options.memory)],
    ...acceleration(options),
    ...['-kernel', options.kernel.image, '-initrd', options.initramfs, '-append', KERNEL_ARGUMENTS],
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
    ...controlPort(options.control),
    ...networkCard(options.hostPort),
  ];
}

function acceleration({ accelerator, clock }: QemuOptions): string[] {
  if (accelerator === 'kvm') return ['-accel', 'kvm', '-cpu', 'host'];
  const sleep = clock === 'virtual' ? 'off' : 'on';
  return ['-accel', 'tcg', '-cpu', TCG_CPU, '-icount', `shift=0,sleep=${sleep}`];
}

function controlPort(socket: string | null): string[] {
  if (socket === null) return [];
  return [
    ...['-fsdev', 'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap'],
    ...['-device', 'virtio-9p-pci,fsdev=host,mount_tag=host'],
    ...['-chardev', `socket,id=control,path=${socket}`],
    ...['-device', 'virtio-serial-pci'],
    ...['-device', `virtserialport,chardev=control,name=${PORT_NAME}`],
  ];
}

/** restrict=on: the guest reaches nothing outside, we reach one port in it. */
function networkCard(hostPort: number | null): string[] {
  if (hostPort === null) return [];
  const forward = `hostfwd=tcp:127.0.0.1:${hostPort}-:${FORWARD_PORT}`;
  return [
    ...['-netdev', `user,id=user,restrict=on,${forward}`],
    ...['-device', 'virtio-net-pci,netdev=user,romfile='],
  ];
}

const running = new Set<ChildProcess>();

/** Every QEMU of ours dies with us: on exit, and by setpriv's death signal even when we are killed. */
export function startQemu(options: QemuOptions): ChildProcess {
  const argv = ['qemu-system-x86_64', ...qemuArguments(options)];
  const tether = ['/usr/bin/setpriv', '--pdeathsig', 'KILL'];
  const [file = '', ...args] = existsSync('/usr/bin/setpriv') ? [...tether, ...argv] : argv;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  if (running.size === 0) watchOurEnd();
  running.add(child);
  child.once('close', () => {
    running.delete(child);
    if (running.size === 0) unwatchOurEnd();
  });
  return child;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Without a handler the signal would end us at once, before 'exit' handlers run. */
function onSignal(signal: NodeJS.Signals): void {
  const someoneElseHandlesIt = process.listenerCount(signal) > 1;
  if (someoneElseHandlesIt) return;
  killAll();
  unwatchOurEnd();
  process.kill(process.pid, signal);
}

function watchOurEnd(): void {
  process.on('exit', killAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unwatchOurEnd(): void {
  process.off('exit', killAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
