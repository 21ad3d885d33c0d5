import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tryCopies, tryEgress, tryModes } from '../../../backend/src/effects/trial.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

/** Stands for `ip`: writes down what it is asked, and fails where a line of `refused` matches. */
function fakeIp(refused: string): () => string[] {
  programsIn(folder.path);
  const log = folder.at('asked');
  script(folder.at('modprobe'), 'exit 0');
  script(folder.at('ip'), `echo "$*" >> ${log}; case "$*" in ${refused}) exit 2;; esac`);
  return () => readFileSync(log, 'utf8').trim().split('\n');
}

describe('the trial of the driver', () => {
  it('takes the first mode in which a device is accepted', async () => {
    const asked = fakeIp('none');
    expect(await tryModes('tun', ['balance-rr', 'active-backup'])).toBe('balance-rr');
    expect(asked()).toEqual([
      'tuntap add dev bndtrial1 mode tun',
      'link add bndtrial0 type bond mode balance-rr',
      'link set dev bndtrial1 master bndtrial0',
      'link delete bndtrial0',
      'link delete bndtrial1',
    ]);
  });

  it('has devices of its own for each instance: two may try at the same time', async () => {
    const asked = fakeIp('none');
    await tryModes('tun', ['balance-rr'], 0);
    const first = asked();
    await tryModes('tun', ['balance-rr'], 1);
    const second = asked().slice(first.length);
    const names = (lines: string[]) => [...new Set(lines.join(' ').match(/bndtrial\d+/g))].sort();
    expect(names(first)).toEqual(['bndtrial0', 'bndtrial1']);
    expect(names(second)).toEqual(['bndtrial2', 'bndtrial3']);
  });

  it('is over with null when no mode is taken', async () => {
    const asked = fakeIp('*master*');
    expect(await tryModes('tap', ['balance-rr', 'active-backup'])).toBeNull();
    const lines = asked();
    expect(lines.filter((line) => line.includes('mode active-backup'))).toHaveLength(1);
    expect(lines.filter((line) => line === 'link delete bndtrial0')).toHaveLength(2);
    expect(lines.at(-1)).toBe('link delete bndtrial1');
  });

  it.each([
    ['no tun', 'tuntap*'],
    ['no bonding driver', '*type?bond*'],
  ])('says nothing where there is %s', async (_what, refused) => {
    fakeIp(refused);
    expect(await tryModes('tun', ['balance-rr', 'active-backup'])).toBeUndefined();
  });
});

/** Stands for `nft`: keeps what it is given, and fails where a line of `refused` matches. */
function fakeNft(refused: string): () => string {
  const given = folder.at('given');
  script(
    folder.at('nft'),
    `echo "$*" >> ${given}; cat >> ${given}; case "$*" in ${refused}) exit 1;; esac`,
  );
  return () => readFileSync(given, 'utf8');
}

describe('the trial of sending twice', () => {
  it('loads a table of its own, and takes it away', async () => {
    fakeIp('none');
    const given = fakeNft('none');
    expect(await tryCopies(1)).toBe(true);
    expect(given()).toContain('table ip bndtrial3 {');
    expect(given()).toContain('delete table ip bndtrial3\n');
    expect(given()).toContain(' dup to ip daddr device "lo"');
  });

  it('says no where nft refuses it', async () => {
    fakeIp('none');
    fakeNft('-f*');
    expect(await tryCopies()).toBe(false);
  });
});

describe('the trial of the chain at the egress', () => {
  it('loads one that sends on to its own device, and takes both away', async () => {
    const asked = fakeIp('none');
    const given = fakeNft('none');
    expect(await tryEgress(1)).toBe(true);
    expect(asked()).toEqual(['tuntap add dev bndtrial3 mode tun', 'link delete bndtrial3']);
    expect(given()).toContain('type filter hook egress devices = { "bndtrial3" }');
    expect(given()).toContain('fwd to numgen inc mod 1 map { 0 : "bndtrial3" }');
  });

  it('says no where nft refuses it', async () => {
    const asked = fakeIp('none');
    fakeNft('-f*');
    expect(await tryEgress()).toBe(false);
    expect(asked().at(-1)).toBe('link delete bndtrial1');
  });

  it('says nothing where no device can be made', async () => {
    fakeIp('tuntap*');
    fakeNft('none');
    expect(await tryEgress()).toBeNull();
  });
});
