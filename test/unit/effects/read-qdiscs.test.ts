import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readFacts } from '../../../backend/src/effects/read.ts';
import { ABLE } from '../../fakes/config.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
const tunnels = { path: '/nowhere', list: () => [] };
const SEEN = [{ kind: 'tbf', handle: '6001:', dev: 'tun0', root: true }];

/** A machine whose one tunnel has this qdisc; the calls of tc that follow. */
function machine(qdisc: string, answer = `echo '${JSON.stringify(SEEN)}'`): () => string {
  programsIn(folder.path);
  const devices = JSON.stringify([{ ifname: 'tun0', ifalias: 'bonding link0', qdisc }]);
  script(folder.at('ip'), `case "$*" in *addr) echo '${devices}';; *) echo '[]';; esac`);
  const log = folder.at('asked');
  script(folder.at('tc'), `echo "$*" >> ${log}; ${answer}`);
  return () => (existsSync(log) ? readFileSync(log, 'utf8').trim() : '');
}

const read = async (shaper?: 'tbf' | null): Promise<unknown> => {
  const abilities = { ...ABLE, nft: false, ...(shaper === undefined ? {} : { shaper }) };
  return (await readFacts(tunnels, null, abilities, 0)).qdiscs;
};

it('asks tc when something is to be shaped', async () => {
  const asked = machine('fq_codel');
  expect(await read('tbf')).toEqual(SEEN);
  expect(asked()).toBe('-j qdisc show');
});

it.each(['tbf', 'netem'])('asks tc when a tunnel of ours may have %s still', async (kind) => {
  machine(kind);
  expect(await read()).toEqual(SEEN);
});

it.each([[undefined], [null]])('asks nobody else (%s)', async (shaper) => {
  const asked = machine('fq_codel');
  expect(await read(shaper)).toBeNull();
  expect(asked()).toBe('');
});

it('goes on without tc', async () => {
  machine('tbf', 'exit 1');
  expect(await read('tbf')).toBeNull();
});
