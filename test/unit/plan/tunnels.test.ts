import { describe, expect, it } from 'vitest';
import type { Config, Refusal } from '../../../backend/src/config/types.ts';
import { type DryRun, dryRun } from '../../../backend/src/daemon/texts.ts';
import { ABLE, configOf } from '../../fakes/config.ts';
import { fakeMachine } from '../../fakes/machine.ts';

const FILES = { identity: { certificate: '/c', key: '/k' } };

async function planned(config: Config, refused: Refusal[]): Promise<DryRun> {
  const optionTrial = { version: '2.6.14', lines: [], refused };
  const facts = await fakeMachine(1).rim.readFacts(ABLE);
  const abilities = { ...facts.abilities, optionTrial };
  return dryRun(config, 'start', { ...facts, abilities }, FILES);
}

const config: Config = {
  ...configOf(1),
  openvpn: {
    options: [
      { name: 'verb', value: '2' },
      { name: 'mtu-disc', value: 'bogus' },
    ],
  },
};

describe('a tunnel whose OpenVPN refuses options', () => {
  it('starts without them, and says so', async () => {
    const { desired, problems } = await planned(config, [{ line: 'mtu-disc bogus', why: 'bogus' }]);
    expect(desired.tunnels).toHaveLength(1);
    expect(desired.tunnels[0]?.config).toMatch(/^verb 2$/m);
    expect(desired.tunnels[0]?.config).not.toContain('mtu-disc');
    expect(problems.map(({ code }) => code)).toEqual(['option-refused']);
  });

  it('starts without what is only ours to want, silently', async () => {
    const { desired, problems } = await planned(config, [{ line: 'disable-dco', why: 'unknown' }]);
    expect(desired.tunnels[0]?.config).not.toContain('disable-dco');
    expect(desired.tunnels[0]?.config).toContain('mtu-disc bogus');
    expect(problems).toEqual([]);
  });

  it('does not start without what guards it', async () => {
    const { desired, problems } = await planned(config, [{ line: 'tls-auth /k 3', why: 'key' }]);
    expect(desired.tunnels).toEqual([]);
    expect(problems.map(({ code }) => code)).toEqual(['option-guard']);
  });

  it('is planned as ever where nobody has asked', async () => {
    const facts = await fakeMachine(1).rim.readFacts(ABLE);
    const { desired, problems } = dryRun(config, 'start', facts, FILES);
    expect(desired.tunnels[0]?.config).toContain('mtu-disc bogus');
    expect(problems).toEqual([]);
  });
});
