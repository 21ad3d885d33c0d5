import { afterEach, expect, it, vi } from 'vitest';
import { writeLog } from '../../../backend/src/cli/daemon.ts';

afterEach(() => vi.restoreAllMocks());

it('commands and events go to stdout, warnings and errors to stderr with that word in front', () => {
  const said: string[] = [];
  for (const name of ['stdout', 'stderr'] as const)
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said.push(`${name} ${text}`);
      return true;
    });
  writeLog('ip link add bond0 type bond');
  writeLog("bonding: link 'link0': up", 'info');
  writeLog("bonding: link 'link0': WAN 'wan' cannot be used", 'warning');
  writeLog('openvpn(link0): Cannot open TUN/TAP dev', 'error');
  vi.restoreAllMocks();
  expect(said).toEqual([
    'stdout ip link add bond0 type bond\n',
    "stdout bonding: link 'link0': up\n",
    "stderr warning: link 'link0': WAN 'wan' cannot be used\n",
    'stderr error: openvpn(link0): Cannot open TUN/TAP dev\n',
  ]);
});
