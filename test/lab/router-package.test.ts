import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RouterPackage } from './guest/programs/router-package.ts';
import { ROOT } from './host/paths.ts';
import { play } from './host/play.ts';
import { shipped } from './host/shipped.ts';

/** bit/s of each line. */
const LINE = 4e6;

describe('the package for the router, unpacked on a machine without the repository', () => {
  const packages = shipped();
  let seen: RouterPackage;

  beforeAll(async () => {
    seen = (await play('router-package', ['4/4/20,4/4/20', packages])) as RouterPackage;
  });

  it('runs by its wrapper and tells its version', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(seen.version).toContain(version);
  });

  it('has a configuration that only root reads and that `bonding check` has nothing against', () => {
    expect(seen.mode).toBe('600');
    expect(seen.check).toMatchObject({ code: 0, stderr: '' });
  });

  it('says how to start the daemon when none runs', () => {
    expect(seen.alone.code).toBe(1);
    expect(seen.alone.stderr).toContain('/etc/init.d/bonding start');
  });

  it('is switched off as it is shipped, says so, and touches nothing', () => {
    const { snapshot, table, changed } = seen.off;
    expect(snapshot).toMatchObject({ state: 'stopped', role: 'router', links: [] });
    expect(table).toContain('bond0: stopped');
    expect(table).toContain("option 'enabled' is 0; nothing is started");
    expect(changed).toEqual([]);
  });

  it('comes up after an edit of that file, and a download takes both lines', () => {
    const { snapshot, rate } = seen.up;
    expect(snapshot).toMatchObject({ state: 'up', driver: 'bond-tap' });
    expect(snapshot.problems).toEqual([]);
    expect(rate).toBeGreaterThan(1.5 * LINE);
  });

  it('is stopped by SIGTERM, as its init script does it: the network is as before', () => {
    expect(seen.stopped.code).toBe(0);
    expect(seen.stopped.changed).toEqual([]);
    expect(seen.stopped.written).toEqual([]);
    expect(seen.stopped.log).not.toMatch(/^error: /m);
  });
});
