import { describe, expect, it } from 'vitest';
import { changesBetween, openJournal } from '../../../backend/src/daemon/journal.ts';
import { problem } from '../../../backend/src/errors.ts';
import type { LinkEvent, Links } from '../../../backend/src/monitor/links.ts';
import { step } from '../../../backend/src/monitor/links.ts';
import { configOf, wansOf } from '../../fakes/config.ts';

const config = configOf(2);
const play = (links: Links, ...events: LinkEvent[]): Links =>
  events.reduce((known, event) => step(known, event, 0), links);

const waiting = play(new Map(), { type: 'config', config, running: true });
const connecting = play(waiting, { type: 'wans', config, wans: wansOf(2) });
const up = play(connecting, { type: 'log', link: 'link1', event: { kind: 'connected' } });

const missing = problem('openvpn-missing', "bond 'bond0'", {});
const off = problem('forwarding-off', "bond 'bond0'", {});

describe('what is written down', () => {
  it('is nothing when nothing changed', () => {
    expect(
      changesBetween({ links: up, problems: [missing] }, { links: up, problems: [missing] }),
    ).toEqual([]);
  });

  it('is each link whose phase changed, with the reason it waits', () => {
    expect(
      changesBetween({ links: connecting, problems: [] }, { links: up, problems: [] }),
    ).toEqual([{ subject: "link 'link1'", text: 'up', severity: 'info' }]);
    const wans = new Map([...wansOf(2)].slice(0, 1));
    const lost = play(up, { type: 'wans', config, wans });
    expect(changesBetween({ links: up, problems: [] }, { links: lost, problems: [] })).toEqual([
      {
        subject: "link 'link1'",
        text: 'waiting: there is no such interface',
        severity: 'info',
      },
    ]);
  });

  it('is of new links only those that are up: an adopted tunnel is news, a new one not yet', () => {
    const none = { links: new Map(), problems: [] };
    expect(changesBetween(none, { links: connecting, problems: [] })).toEqual([]);
    expect(changesBetween(none, { links: up, problems: [] })).toEqual([
      { subject: "link 'link1'", text: 'up', severity: 'info' },
    ]);
  });

  it('is each problem that came or went, once', () => {
    expect(
      changesBetween({ links: up, problems: [missing] }, { links: up, problems: [off] }),
    ).toEqual([
      { subject: "bond 'bond0'", text: off.text, severity: 'error' },
      { subject: "bond 'bond0'", text: `no longer: ${missing.text}`, severity: 'info' },
    ]);
  });

  it('is the new text alone of a problem that only has other words now', () => {
    const failed = (reason: string) =>
      problem('module-missing', 'driver', { module: 'bonding', reason });
    const [before, after] = [failed('no such file'), failed('not permitted')];
    expect(
      changesBetween({ links: up, problems: [before] }, { links: up, problems: [after] }),
    ).toEqual([{ subject: 'driver', text: after.text, severity: 'error' }]);
  });
});

describe('the event list', () => {
  it('hands out what came after an id, with the time it was told', () => {
    let time = 100;
    const journal = openJournal(() => time);
    expect(journal.after(0)).toEqual([]);
    const first = journal.add('a', 'one');
    time = 200;
    const second = journal.add('b', 'two');
    expect(first).toEqual({ id: 1, time: 100, subject: 'a', text: 'one' });
    expect(second).toEqual({ id: 2, time: 200, subject: 'b', text: 'two' });
    expect(journal.after(0)).toEqual([first, second]);
    expect(journal.after(1)).toEqual([second]);
    expect(journal.after(2)).toEqual([]);
  });

  it('keeps the last 200', () => {
    const journal = openJournal(() => 0);
    for (let i = 1; i <= 1_000; i += 1) journal.add('a', String(i));
    const kept = journal.after(0);
    expect(kept).toHaveLength(200);
    expect(kept[0]?.id).toBe(801);
    expect(kept.at(-1)).toMatchObject({ id: 1_000, text: '1000' });
  });
});

it('tells each event at once', () => {
  const told: unknown[] = [];
  const journal = openJournal(
    () => 5,
    (event) => told.push(event),
  );
  const added = journal.add('bond', 'up');
  expect(told).toEqual([added]);
});
