import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STOP_SECONDS } from '../../../backend/src/setup/server-remove.ts';
import { UNIT_FILE } from '../../../backend/src/setup/unit.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
const sources = resolve(import.meta.dirname, '../../../server-package');
const text = readFileSync(join(sources, 'bonding@.service'), 'utf8');

/** Values of a setting, in their order. */
function values(name: string): string[] {
  return [...text.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value ?? '');
}

function isThere(program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$0"', program]).status === 0;
}

describe('the systemd unit', () => {
  it('lets tunnels outlive the daemon, and the daemon take its time to stop', () => {
    expect(UNIT_FILE.endsWith('/bonding@.service')).toBe(true);
    expect(values('KillMode')).toEqual(['process']);
    expect(values('Restart')).toEqual(['always']);
    expect(values('StartLimitIntervalSec')).toEqual(['0']);
    expect(values('TimeoutStopSec')).toEqual([String(STOP_SECONDS)]);
    expect(values('OOMPolicy')).toEqual(['continue']);
    // A folder that many instances share must outlive each of them.
    expect(values('RuntimeDirectory')).toEqual(['bonding']);
    expect(values('RuntimeDirectoryPreserve')).toEqual(['yes']);
  });

  it('closes nothing that the daemon, OpenVPN or a hook needs', () => {
    const capabilities = values('CapabilityBoundingSet').join(' ').split(' ');
    for (const name of ['CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_NET_BIND_SERVICE'])
      expect(capabilities).toContain(name);
    expect(values('ReadWritePaths')).toEqual(['/etc/bonding']);
    expect(values('DeviceAllow')).toEqual(['/dev/net/tun rw']);
    // A hook is a program of its own, and may have a compiler: node without --jitless, python, java.
    for (const name of [
      'MemoryDenyWriteExecute',
      'ProtectKernelTunables',
      'PrivateDevices',
      'PrivateNetwork',
    ])
      expect(values(name), name).toEqual([]);
    // Loads modules before the sandbox, and works where they are built in.
    for (const command of values('ExecStartPre')) expect(command).toMatch(/^-\+\/sbin\/modprobe /);
  });

  it.skipIf(!isThere('systemd-analyze'))('systemd takes every line', () => {
    const unit = folder.at('bonding@home.service');
    // It looks for the program, which is not installed here.
    writeFileSync(unit, text.replace('ExecStart=/usr/bin/bonding', 'ExecStart=/bin/true'));
    const run = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
    expect(run).toMatchObject({ status: 0, stderr: '' });
  });
});

it.skipIf(!isThere('shellcheck'))("the installer's text is clean for shellcheck", () => {
  const script = join(sources, 'installer.sh');
  const run = spawnSync('shellcheck', [script], { encoding: 'utf8' });
  expect(run).toMatchObject({ status: 0, stdout: '' });
});
