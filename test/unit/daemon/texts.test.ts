import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfigFile, loadConfigText } from '../../../backend/src/daemon/config-file.ts';
import { initialState } from '../../../backend/src/daemon/state.ts';
import { dryRun, planText, printDryRun } from '../../../backend/src/daemon/texts.ts';
import type { RawFacts } from '../../../backend/src/facts/actual.ts';
import { printCommand } from '../../../backend/src/reconcile/commands.ts';
import { ABLE, configOf } from '../../fakes/config.ts';
import { testFolder } from '../../fakes/folder.ts';
import { fakeMachine } from '../../fakes/machine.ts';

const folder = testFolder();
const FILES = { identity: { certificate: '/k/bonding.crt', key: '/k/bonding.key' } };
const GOOD = `config interface 'bond'
\toption ipaddr '10.0.0.2'
\toption peer_fingerprint '${Array(32).fill('AB').join(':')}'

config link 'link0'
\toption interface 'wan'
\toption server '198.51.100.1'
`;

describe('a dry run', () => {
  it('shows where a start ends, and needs nothing more once it was carried out', async () => {
    const machine = fakeMachine(2);
    const config = configOf(2);
    const run = dryRun(config, 'start', await machine.rim.readFacts(ABLE), FILES);
    const text = printDryRun(run);
    expect(text).toContain('ip route replace default via 10.0.0.1 dev bond0');
    expect(text.match(/^openvpn /gm)).toHaveLength(2);
    for (const command of run.commands) machine.kernel.run(command);
    expect(printDryRun(dryRun(config, 'start', await machine.rim.readFacts(ABLE), FILES))).toBe(
      '# nothing to do\n',
    );
  });

  it('of a stop leaves nothing of ours', async () => {
    const machine = fakeMachine(2);
    const found = machine.kernel.dump();
    const config = configOf(2);
    for (const command of dryRun(config, 'start', await machine.rim.readFacts(ABLE), FILES)
      .commands)
      machine.kernel.run(command);
    const stop = dryRun(config, 'stop', await machine.rim.readFacts(ABLE), FILES);
    for (const command of stop.commands) machine.kernel.run(command);
    expect(machine.kernel.dump()).toBe(found);
  });

  it('names what stands in the way below the commands', async () => {
    const machine = fakeMachine(2);
    machine.wans?.delete('wan1');
    const run = dryRun(configOf(2), 'start', await machine.rim.readFacts(ABLE), FILES);
    expect(printDryRun(run)).toMatch(
      /\nwarning: link 'link1': WAN 'wan1' cannot be used: there is no such interface/,
    );
  });

  it.each([{}, { addr: 'x', rule: 7, route: null, nft: [], interfaces: {} }])(
    'makes do with facts of nonsense: %j',
    (nonsense) => {
      const facts = { tunnels: [], abilities: ABLE, ...nonsense } as unknown as RawFacts;
      const { commands } = dryRun(configOf(1), 'start', facts, FILES);
      expect(commands.map(printCommand)[0]).toMatch(/^ip link add bond0/);
    },
  );
});

describe('the texts of the daemon', () => {
  it('plan: against what it sees, or what is wrong with the configuration', async () => {
    const facts = await fakeMachine(1).rim.readFacts(ABLE);
    const state = initialState(ABLE, 0);
    state.configProblems = loadConfigText('config', '/c').problems;
    expect(planText(state, 'start', facts, FILES)).toContain('error: file /c: line 1');
    state.config = configOf(1);
    expect(planText(state, 'start', facts, FILES)).toContain('ip link add bond0');
    expect(planText(state, 'stop', facts, FILES)).toBe('# nothing to do\n');
  });
});

describe('the configuration file', () => {
  it('is good', () => {
    writeFileSync(folder.at('bonding'), GOOD);
    const { config, problems } = loadConfigFile(folder.at('bonding'));
    expect(problems).toEqual([]);
    expect(config?.links.map(({ name }) => name)).toEqual(['link0']);
  });

  it('is missing, a folder, or too large: a problem that names it', () => {
    expect(loadConfigFile(folder.at('none')).problems).toMatchObject([{ code: 'config-missing' }]);
    const unreadable = loadConfigFile(folder.path);
    expect(unreadable.config).toBeNull();
    expect(unreadable.problems).toMatchObject([{ code: 'config-unreadable' }]);
    writeFileSync(folder.at('huge'), `# ${'x'.repeat(600 * 1024)}\n`);
    const [huge] = loadConfigFile(folder.at('huge')).problems;
    expect(huge).toMatchObject({ code: 'config-unreadable' });
    expect(huge?.text).toContain('over the 524288 allowed');
  });

  it('is broken: a problem with line and column, whatever the bytes', () => {
    writeFileSync(folder.at('bad'), `${GOOD}\toption x 'no end\n`);
    const [found] = loadConfigFile(folder.at('bad')).problems;
    expect(found).toMatchObject({ code: 'config-syntax', subject: `file ${folder.at('bad')}` });
    expect(found?.text).toMatch(/^line \d+, column \d+: /);
    for (const bytes of [Buffer.alloc(4096, 0xff), Buffer.alloc(100), Buffer.from('\u2028{}')]) {
      writeFileSync(folder.at('bad'), bytes);
      const { config, problems } = loadConfigFile(folder.at('bad'));
      expect(config).toBeNull();
      expect(problems.length).toBeGreaterThan(0);
    }
  });
});
