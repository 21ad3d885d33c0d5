import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tryNetem, tryShaper } from '../../../backend/src/effects/try-shaper.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

/** Stands for `ip` and `tc`: writes down what they are asked, and fails where `refused` matches. */
function fakePrograms(refused: string): () => string[] {
  programsIn(folder.path);
  const log = folder.at('asked');
  script(folder.at('modprobe'), `echo "modprobe $*" >> ${log}`);
  for (const name of ['ip', 'tc'])
    script(
      folder.at(name),
      `echo "${name} $*" >> ${log}; case "${name} $*" in ${refused}) exit 2;; esac`,
    );
  return () => readFileSync(log, 'utf8').trim().split('\n');
}

describe('the trial of the qdiscs', () => {
  it('takes tbf with fq_codel where they are, and leaves no device behind', async () => {
    const asked = fakePrograms('none');
    expect(await tryShaper(2)).toBe('tbf');
    expect(asked()).toEqual([
      'tc -V',
      'modprobe tun',
      'ip tuntap add dev bndshape2 mode tun',
      'modprobe sch_tbf',
      'modprobe sch_fq_codel',
      'tc qdisc replace dev bndshape2 root handle 1: stab overhead 66 linklayer ethernet tbf rate 1mbit burst 1600 latency 400ms',
      'tc qdisc replace dev bndshape2 parent 1:1 fq_codel target 20ms',
      'ip link delete bndshape2',
    ]);
  });

  it.each(['*tbf?rate*', '*fq_codel?target*'])('takes cake without %s', async (refused) => {
    const asked = fakePrograms(refused);
    expect(await tryShaper()).toBe('cake');
    expect(asked().filter((line) => line.includes('cake bandwidth'))).toHaveLength(1);
    expect(asked().at(-1)).toBe('ip link delete bndshape0');
  });

  it.each([
    ['neither', 'tc?qdisc*'],
    ['tbf, but no fq_codel nor cake', '*cake?bandwidth*|*fq_codel?target*'],
    ['no tc', 'tc?-V'],
  ])('is over with null where there is %s', async (_what, refused) => {
    fakePrograms(refused);
    expect(await tryShaper()).toBeNull();
  });

  it('says nothing where no tun can be made', async () => {
    fakePrograms('*tuntap*');
    expect(await tryShaper()).toBeUndefined();
  });
});

describe('the trial of what holds packets back', () => {
  it('takes netem where it is, and leaves no device behind', async () => {
    const asked = fakePrograms('none');
    expect(await tryNetem(2)).toBe(true);
    expect(asked()).toEqual([
      'tc -V',
      'modprobe tun',
      'modprobe sch_netem',
      'ip tuntap add dev bndshape2 mode tun',
      'tc qdisc replace dev bndshape2 root handle 1: netem delay 1000us limit 4000',
      'ip link delete bndshape2',
    ]);
  });

  it.each([
    ['no such scheduler', '*netem?delay*'],
    ['no tc', 'tc?-V'],
  ])('says no where there is %s', async (_what, refused) => {
    fakePrograms(refused);
    expect(await tryNetem()).toBe(false);
  });

  it('says nothing where no tun can be made', async () => {
    fakePrograms('*tuntap*');
    expect(await tryNetem()).toBeUndefined();
  });
});
