import { beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../../backend/src/config/types.ts';
import { type LinkEvent, type Links, step } from '../../../backend/src/monitor/links.ts';
import { planMtu } from '../../../backend/src/plan/bond-mtu.ts';
import { NOTHING } from '../../../backend/src/plan/desired.ts';
import { type Plan, plan } from '../../../backend/src/plan/plan.ts';
import { printCommand } from '../../../backend/src/reconcile/commands.ts';
import { diff } from '../../../backend/src/reconcile/diff.ts';
import { ABLE, configOf, wansOf } from '../../fakes/config.ts';
import { fakeKernel } from '../../fakes/kernel.ts';

const FILES = { identity: { certificate: 'c', key: 'k' } };

let config: Config;

beforeEach(() => {
  config = configOf(3);
  Object.assign(config.bond, { deviceType: 'tun', mtu: 1440 });
});

const narrow = (...sizes: [string, number][]) => planMtu(config, new Map(sizes));

describe('the MTU of the bond', () => {
  it('is the configured one where all that a tunnel sends comes through', () => {
    expect(narrow()).toEqual({ mtu: 1440, problems: [] });
    expect(narrow(['link0', 1492], ['link1', 1500])).toEqual({ mtu: 1440, problems: [] });
  });

  it('is what comes through the narrowest line, and each narrow line is named', () => {
    const { mtu, problems } = narrow(['link0', 1400], ['link1', 1454]);
    expect(mtu).toBe(1348);
    expect(problems.map(({ subject }) => subject)).toEqual(["link 'link0'", "link 'link1'"]);
    expect(problems[0]).toMatchObject({
      code: 'path-narrow',
      severity: 'warning',
      text: "packets of 1492 bytes do not come through (1400 do); the bond's MTU is lowered here from 1440 to 1348",
    });
    expect(problems[0]?.fix).toContain("option mtu of section 'bond' to 1348 at both ends");
  });

  it('counts what tap adds', () => {
    config.bond.deviceType = 'tap';
    config.bond.mtu = 1426;
    expect(narrow(['link0', 1400]).mtu).toBe(1334);
  });

  it('is never above what is configured, nor below 576', () => {
    config.bond.mtu = 1300;
    expect(narrow(['link0', 1400])).toEqual({ mtu: 1300, problems: [] });
    expect(narrow(['link0', 600]).mtu).toBe(576);
    config.bond.mtu = 576;
    expect(narrow(['link0', 600]).mtu).toBe(576);
  });

  it('does not care for a link that is off, or of before', () => {
    for (const link of config.links.slice(0, 1)) link.enabled = false;
    expect(narrow(['link0', 1400], ['gone', 1300])).toEqual({ mtu: 1440, problems: [] });
  });
});

describe('a bond that stands', () => {
  const wans = wansOf(3);
  const links = (): Links => {
    const events: LinkEvent[] = [
      { type: 'config', config, running: true },
      { type: 'wans', config, wans },
      ...config.links.slice(0, 2).map(({ name }): LinkEvent => {
        return { type: 'log', link: name, event: { kind: 'connected' } };
      }),
    ];
    return events.reduce<Links>((known, event) => step(known, event, 0), new Map());
  };
  const kernelOf = () => fakeKernel({ devices: ['eth0', 'eth1', 'eth2'], sysctls: {} });
  const planned = (kernel: ReturnType<typeof kernelOf>, sizes: [string, number][]): Plan =>
    plan({
      ...{ config, wans, abilities: ABLE, actual: kernel.actual(), links: links() },
      ...{ carrying: true, files: FILES, narrow: new Map(sizes), now: 0 },
    });

  /** The commands that a narrow line takes, and those of its being whole again. */
  function changes(): { lower: string[]; raise: string[] } {
    const kernel = kernelOf();
    const carryOut = (sizes: [string, number][]): string[] => {
      const { desired } = planned(kernel, sizes);
      const commands = diff(desired, kernel.actual(), ABLE);
      for (const command of commands) kernel.run(command);
      expect(diff(desired, kernel.actual(), ABLE)).toEqual([]);
      return commands.map(printCommand);
    };
    carryOut([]);
    return { lower: carryOut([['link1', 1400]]), raise: carryOut([]) };
  }

  it('gets another MTU and its slaves with it; no tunnel is touched', () => {
    expect(changes()).toEqual({
      lower: ['ip link set dev bond0 mtu 1348'],
      raise: ['ip link set dev bond0 mtu 1440'],
    });
  });

  it('has tunnels beside it, which get it too', () => {
    config.bond.driver = 'active-backup';
    const { desired } = planned(kernelOf(), [['link1', 1400]]);
    const outside = desired.devices.filter(({ master }) => master === null);
    expect(outside.map(({ ifname, mtu }) => [ifname, mtu])).toEqual([['tap2', 1348]]);
    const { lower } = changes();
    expect(lower).toEqual(['ip link set dev bond0 mtu 1348', 'ip link set dev tap2 mtu 1348']);
  });

  it('says nothing of it where nothing runs', () => {
    config.enabled = false;
    expect(planned(kernelOf(), [['link1', 1400]])).toEqual({ desired: NOTHING, problems: [] });
  });
});
