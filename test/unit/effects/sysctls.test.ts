import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apply } from '../../../backend/src/effects/apply.ts';
import { readSysctlFiles } from '../../../backend/src/effects/sysctls.ts';
import { openTunnelFolder } from '../../../backend/src/effects/tunnels.ts';
import { readSysctls } from '../../../backend/src/facts/sysctls.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

describe("a device's kernel settings", () => {
  it('are read from /proc, and what was saved from the run folder', () => {
    writeFileSync(folder.at('sysctls.json'), '{"eth1/rp_filter":"1"}');
    const { now, saved } = readSysctls(readSysctlFiles(folder.path));
    expect(now.get('lo/rp_filter')).toMatch(/^[012]$/);
    expect(now.get('all/accept_redirects')).toMatch(/^[01]$/);
    expect([...saved]).toEqual([['eth1/rp_filter', '1']]);
  });

  it.each(['', '{', '[1]', 'null'])('a damaged file is as good as none: %j', (text) => {
    writeFileSync(folder.at('sysctls.json'), text);
    expect(readSysctls(readSysctlFiles(folder.path)).saved.size).toBe(0);
  });

  it('are saved in the run folder, whole, and forgotten', async () => {
    const context = { tunnels: openTunnelFolder(folder.path), log: () => {} };
    const file = folder.at('sysctls.json');
    expect(await apply([{ kind: 'save', file: 'sysctls.json', text: '{}' }], context)).toEqual([]);
    expect(readFileSync(file, 'utf8')).toBe('{}');
    expect(existsSync(`${file}.new`)).toBe(false);
    const forget = { kind: 'save', file: 'sysctls.json', text: null } as const;
    expect(await apply([forget, forget], context)).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it('of a device that is gone are no failure, any other file is', async () => {
    const context = { tunnels: openTunnelFolder(folder.path), log: () => {} };
    const write = (path: string) => ({ kind: 'write', path, text: '2' }) as const;
    expect(await apply([write('/proc/sys/net/ipv4/conf/gone0/rp_filter')], context)).toEqual([]);
    const [found] = await apply([write(folder.at('no/file'))], context);
    expect(found).toMatchObject({ code: 'command-failed' });
  });
});
