import { describe, expect, it } from 'vitest';
import type { Role } from '../../../backend/src/config/types.ts';
import { problem } from '../../../backend/src/errors.ts';
import { type Links, step } from '../../../backend/src/monitor/links.ts';
import { type CopiesInput, planCopies } from '../../../backend/src/plan/copies.ts';
import { NOTHING } from '../../../backend/src/plan/desired.ts';
import { ownOf } from '../../../backend/src/plan/numbers.ts';
import { plan } from '../../../backend/src/plan/plan.ts';
import { diff } from '../../../backend/src/reconcile/diff.ts';
import { ABLE, configOf, linkOf, wanOf, wansOf } from '../../fakes/config.ts';
import { fakeKernel } from '../../fakes/kernel.ts';

/** Two links at one end, the second with `send_twice`. */
function inputOf(role: Role, more: Partial<CopiesInput> = {}): CopiesInput {
  const links = [0, 1].map((index) => ({
    config: {
      ...linkOf(index, role),
      sendTwice: index === 1 ? ('always' as const) : ('auto' as const),
    },
    wan: role === 'router' ? wanOf(index) : null,
  }));
  return {
    own: ownOf(0),
    role,
    links,
    found: new Set(),
    abilities: { nft: true, copies: true },
    ...more,
  };
}

/** The rules without their comment. */
function rulesOf(input: CopiesInput): string[] {
  const lines = planCopies(input).copies?.text.split('\n') ?? [];
  return lines
    .filter((line) => line.includes(' dup '))
    .map((line) => line.split(' comment ')[0] ?? '');
}

describe('what is sent twice', () => {
  it('is nothing, as long as no link asks for it', () => {
    const input = inputOf('router');
    const links = input.links.slice(0, 1);
    expect(planCopies({ ...input, links })).toEqual({ copies: null, problems: [] });
  });

  it('leaves a router by the line that it is for', () => {
    expect(rulesOf(inputOf('router'))).toEqual([
      '    oifname "eth1" udp dport 1195 dup to 10.2.0.1 device "eth1"',
    ]);
  });

  it('goes to its own address on a line without a gateway', () => {
    const links = inputOf('router').links.map(({ config, wan }) => ({
      config,
      wan: wan === null ? null : { ...wan, gateway: null },
    }));
    expect(rulesOf(inputOf('router', { links }))).toEqual([
      '    oifname "eth1" udp dport 1195 dup to ip daddr device "eth1"',
    ]);
  });

  it('is nothing while the WAN of a router is down', () => {
    const links = inputOf('router').links.map(({ config }) => ({ config, wan: null }));
    expect(planCopies(inputOf('router', { links }))).toEqual({ copies: null, problems: [] });
  });

  it('is also what was found to be better', () => {
    expect(rulesOf(inputOf('server', { found: new Set(['link0']) }))).toEqual([
      '    udp sport 1194 dup to ip daddr',
      '    udp sport 1195 dup to ip daddr',
    ]);
  });

  it('leaves a server by the way to the router', () => {
    expect(rulesOf(inputOf('server'))).toEqual(['    udp sport 1195 dup to ip daddr']);
  });

  it.each([
    { nft: false, copies: true },
    { nft: true, copies: false },
  ])('is nothing where the kernel cannot, and that is said: %j', (abilities) => {
    const { copies, problems } = planCopies(inputOf('router', { abilities }));
    expect(copies).toBeNull();
    expect(problems.map(({ code, subject }) => [code, subject])).toEqual([
      ['twice-missing', "link 'link1'"],
    ]);
  });

  it('is said of a link where it was found to be better', () => {
    const config = configOf(2, 'server');
    const wans = wansOf(2);
    const links = [
      { type: 'config', config, running: true } as const,
      { type: 'wans', config, wans } as const,
    ].reduce<Links>((known, event) => step(known, event, 0), new Map());
    const why = problem('link-twice', "link 'link1'", { why: 'for a test' });
    const { desired, problems } = plan({
      ...{ config, wans, abilities: { ...ABLE, copies: true }, actual: fakeKernel().actual() },
      ...{ links, carrying: true, files: { identity: { certificate: 'c', key: 'k' } } },
      ...{ twice: new Map([['link1', why]]), now: 0 },
    });
    expect(desired.copies?.rules).toBe(1);
    expect(problems).toContainEqual(why);
  });

  it('is a table of its own, set once and taken away with the last link', () => {
    const kernel = fakeKernel();
    const { copies } = planCopies(inputOf('router'));
    const change = (want: typeof copies): string[] => {
      const commands = diff({ ...NOTHING, copies: want }, kernel.actual(), ABLE);
      for (const command of commands) kernel.run(command);
      return commands.map((command) => (command.kind === 'run' ? command.argv.join(' ') : ''));
    };
    expect(change(copies)).toEqual(['nft -f -']);
    expect(change(copies)).toEqual([]);
    expect(change(null)).toEqual(['nft delete table ip bonding']);
    expect(change(null)).toEqual([]);
  });
});
