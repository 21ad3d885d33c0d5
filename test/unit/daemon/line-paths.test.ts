import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type LinePaths, openLinePaths } from '../../../backend/src/daemon/line-paths.ts';
import { configOf } from '../../fakes/config.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
const file = () => folder.at('paths.json');
const open = (): LinePaths => openLinePaths(folder.path);

/** Two links with heartbeats over tap: a full packet has 1492 bytes. */
function config() {
  const made = configOf(2);
  made.bond.heartbeatInterval = 100;
  return made;
}

const known = (sizes: Record<string, number>) => (link: string) => sizes[link] ?? null;

describe('narrow lines', () => {
  it('are those that do not let a full packet through; the map is the same until one changes', () => {
    const paths = open();
    paths.take(config(), known({ link0: 1400, link1: 1492 }));
    const first = paths.narrow();
    expect([...first]).toEqual([['link0', 1400]]);
    paths.take(config(), known({ link0: 1400, link1: 1492 }));
    expect(paths.narrow()).toBe(first);
    paths.take(config(), known({ link0: 1492, link1: 1492 }));
    expect([...paths.narrow()]).toEqual([]);
  });

  it('stay known while they are down, and are forgotten when they are switched off', () => {
    const paths = open();
    const both = { link0: 1400, link1: 1380 };
    paths.take(config(), known(both));
    paths.take(config(), known({}));
    expect([...paths.narrow()]).toEqual(Object.entries(both));
    const without = config();
    for (const [i, link] of without.links.entries()) {
      if (i === 0) link.enabled = false;
      else link.heartbeatInterval = 0;
    }
    paths.take(without, known({}));
    expect([...paths.narrow()]).toEqual([]);
  });

  it('are left for the next daemon, and go when this one ends in order', () => {
    const paths = open();
    paths.take(config(), known({ link0: 1400 }));
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({ link0: 1400 });
    const next = open();
    next.take(config(), known({}));
    expect([...next.narrow()]).toEqual([['link0', 1400]]);
    next.close();
    expect(existsSync(file())).toBe(false);
  });

  it('are nothing where the file is none of ours', () => {
    for (const text of ['', '{', '{"link0":"x","link1":-3}']) {
      writeFileSync(file(), text);
      expect([...open().narrow()]).toEqual([]);
    }
  });
});
