import { beforeAll, describe, expect, it } from 'vitest';
import type { Setup } from './guest/programs/setup.ts';
import { play } from './host/play.ts';
import { shipped } from './host/shipped.ts';

/** bit/s of each line. */
const LINE = 4e6;

describe('from a bare server and a packaged router to a bond, and back', () => {
  const folder = shipped();
  let seen: Setup;

  beforeAll(async () => {
    seen = (await play('setup', ['4/4/20,4/4/20', folder])) as Setup;
  });

  it.each(['installPlan', 'initPlan'] as const)(
    '%s shows what would be, and does nothing',
    (step) => {
      const before = step === 'installPlan' ? [] : seen.install.files;
      const { code, stdout, files, network } = seen[step];
      expect(code).toBe(0);
      expect(stdout).toContain(step === 'installPlan' ? '/usr/lib/bonding' : '/etc/bonding/home');
      expect(files).toEqual(before);
      expect(network).toEqual([]);
    },
  );

  it('the installer puts the program, its page and the unit there, and starts nothing', () => {
    const { code, files, network } = seen.install;
    expect(code).toBe(0);
    for (const path of [
      '/usr/bin/bonding',
      '/usr/lib/bonding/bonding.cjs',
      '/usr/lib/bonding/setup.cjs',
      '/usr/share/bonding/page/index.html',
      '/etc/systemd/system/bonding@.service',
    ])
      expect(files).toContain(`+ ${path}`);
    expect(files.filter((change) => !change.startsWith('+ '))).toEqual([]);
    expect(network).toEqual([]);
  });

  it('`server init` makes the files of one router, and forwarding', () => {
    const { code, files } = seen.init;
    expect(code).toBe(0);
    for (const name of ['config', 'bonding.crt', 'bonding.key', 'tls-crypt.key', 'number'])
      expect(files).toContain(`+ /etc/bonding/home/${name}`);
    expect(files).toContain('+ /etc/sysctl.d/90-bonding.conf');
    expect(files.filter((change) => !change.startsWith('+ '))).toEqual([]);
  });

  it('an update keeps the router’s files', () => {
    expect(seen.update).toMatchObject({ code: 0, files: seen.init.files });
  });

  it('`join` shows the difference first, and without a yes nothing is changed', () => {
    for (const step of [seen.joinUnasked, seen.joinDryRun]) {
      expect(step.stdout).toMatch(/^\+.*option server '198\.51\.100\.1'/m);
      expect(step.files).toEqual([]);
    }
    expect([seen.joinUnasked.code, seen.joinDryRun.code]).toEqual([1, 0]);
    expect(seen.joinUnasked.stderr + seen.joinUnasked.stdout).toContain('--yes');
  });

  it('`join --yes` fills the configuration, finds the WANs, and keeps the old file', () => {
    expect(seen.join).toMatchObject({ code: 0 });
    expect(seen.join.files).toContain('+ /etc/bonding/config.before-join');
    for (const line of [/option enabled '1'/, /option interface 'wan0'/, /option interface 'wan1'/])
      expect(seen.routerConfig).toMatch(line);
  });

  it.each(['router', 'server'] as const)('the bond is up at the %s, without a problem', (end) => {
    const { state, driver, links, problems } = seen[end];
    // The lab's kernel can spread packets over tun, which `server init` found out.
    expect({ state, driver, problems }).toEqual({ state: 'up', driver: 'spread', problems: [] });
    expect(links.map(({ up, slave }) => [up, slave])).toEqual([
      [true, true],
      [true, true],
    ]);
  });

  it('a download takes both lines, and the Internet sees an address of the server', () => {
    expect(seen.rate).toBeGreaterThan(1.5 * LINE);
    // Of the device that leads there: the lab's server has another one for its lines.
    expect(seen.seenAs).toBe('192.0.2.1');
  });

  it('a forward leads from the Internet to a computer at home, which sees who calls', () => {
    expect(seen.forward.before).toBeNull();
    expect(seen.forward.caller).toBe('192.0.2.2');
    expect(seen.forward.server.forwards).toMatchObject([
      { name: 'web', proto: 'tcp', dest_ip: '192.168.1.2', active: true },
    ]);
    expect(seen.forward.server.forwards[0]?.connections).toBeGreaterThanOrEqual(1);
  });

  it('the router stops by SIGTERM and leaves its network as it was', () => {
    expect(seen.stopped).toEqual({ code: 0, network: [] });
  });

  it('no daemon had an error to tell, but the server’s before its router had joined', () => {
    const [, joined = ''] = seen.logs.server.split('router joined');
    expect(joined).toContain('up');
    expect(seen.logs.router + joined).not.toMatch(/^error: /m);
  });

  it('uninstall shows what it would do, ends the daemon, and leaves files, network and sysctls as before', () => {
    expect(seen.uninstallPlan.code).toBe(0);
    expect(seen.uninstallPlan.stdout).toContain('/etc/bonding/home');
    expect(seen.uninstallPlan.files).toContain('+ /usr/lib/bonding/bonding.cjs');
    const { code, stderr, files, network } = seen.uninstall;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect({ files, network }).toEqual({ files: [], network: [] });
    expect(seen.serverStopped).toBe(0);
  });
});
