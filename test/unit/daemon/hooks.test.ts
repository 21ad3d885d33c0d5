import { beforeEach, describe, expect, it } from 'vitest';
import { createHooks, type Hooks } from '../../../backend/src/daemon/hooks.ts';
import type { HookEvent } from '../../../backend/src/effects/hooks.ts';
import { type Problem, problem } from '../../../backend/src/errors.ts';
import { type Desired, NOTHING } from '../../../backend/src/plan/desired.ts';

const SOMETHING: Desired = { ...NOTHING, tunnels: [{ link: 'link0', config: '' }] };

let ran: string[];
let told: string[];
let there: Set<HookEvent>;
let hold: Promise<void>;
let hooks: Hooks;

beforeEach(() => {
  ran = [];
  told = [];
  there = new Set(['preup', 'up', 'predown', 'down']);
  hold = Promise.resolve();
  hooks = newHooks();
});

function newHooks(found: Problem | null = null): Hooks {
  return createHooks({
    ready: (event) => there.has(event),
    run: async (event) => {
      ran.push(`${event} begins`);
      await hold;
      ran.push(event);
      return found;
    },
    tell: (source, problem) => told.push(`${source} ${problem?.code ?? '-'}`),
  });
}

const ended = () => ran.filter((line) => !line.includes(' '));

describe('the scripts', () => {
  it('come once each, in their order, over a start and a stop', async () => {
    expect(await hooks.before(SOMETHING, true)).toBe(true);
    expect(ended()).toEqual(['preup']);
    hooks.after(false, true);
    // more commands of the same start
    expect(await hooks.before(SOMETHING, false)).toBe(false);
    hooks.after(true, true);
    hooks.after(true, true);
    await hooks.idle();
    expect(ended()).toEqual(['preup', 'up']);
    expect(await hooks.before(NOTHING, false)).toBe(true);
    // a stop that needs several tries
    hooks.after(false, false);
    expect(await hooks.before(NOTHING, false)).toBe(false);
    await hooks.idle();
    expect(ended()).toEqual(['preup', 'up', 'predown']);
    hooks.after(false, true);
    await hooks.idle();
    expect(ended()).toEqual(['preup', 'up', 'predown', 'down']);
    expect(await hooks.before(SOMETHING, true)).toBe(true);
    expect(ended().at(-1)).toBe('preup');
  });

  it('do not come again while a start cannot get further', async () => {
    for (let tries = 0; tries < 5; tries += 1) {
      await hooks.before(SOMETHING, true);
      hooks.after(false, false);
    }
    expect(ended()).toEqual(['preup']);
  });

  it('do not come for what was adopted, but for its end', async () => {
    expect(await hooks.before(SOMETHING, false)).toBe(false);
    hooks.after(true, true);
    await hooks.idle();
    expect(ran).toEqual([]);
    await hooks.before(NOTHING, false);
    hooks.after(false, true);
    await hooks.idle();
    expect(ended()).toEqual(['predown', 'down']);
  });

  it('come without up when nothing ever connected', async () => {
    await hooks.before(SOMETHING, true);
    hooks.after(false, true);
    await hooks.before(NOTHING, false);
    hooks.after(false, true);
    await hooks.idle();
    expect(ended()).toEqual(['preup', 'predown', 'down']);
  });

  it('that are not there change nothing', async () => {
    there.clear();
    expect(await hooks.before(SOMETHING, true)).toBe(false);
    expect(await hooks.before(NOTHING, false)).toBe(false);
  });

  it('up and down run beside the rounds, but never two at once', async () => {
    await hooks.before(SOMETHING, true);
    let release = (): void => {};
    hold = new Promise((resolve) => {
      release = resolve;
    });
    hooks.after(true, true);
    await Promise.resolve();
    expect(ran).toEqual(['preup begins', 'preup', 'up begins']);
    const stop = hooks.before(NOTHING, false);
    await Promise.resolve();
    expect(ran.at(-1)).toBe('up begins');
    release();
    await stop;
    expect(ran.slice(2)).toEqual(['up begins', 'up', 'predown begins', 'predown']);
  });

  it('that fail are told, and taken back when they work', async () => {
    const failed = { script: '/x', reason: 'exit code 1', limit: 30 };
    hooks = newHooks(problem('hook-failed', 'hooks', failed));
    await hooks.before(SOMETHING, true);
    expect(told).toEqual(['hook-preup hook-failed']);
  });
});
