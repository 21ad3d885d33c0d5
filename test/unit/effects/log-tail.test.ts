import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { tailLog } from '../../../backend/src/effects/log-tail.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
const KEEP = 64 * 1024;

let path: string;
let tail: { read(): string[] };

beforeEach(() => {
  path = folder.at('link0.log');
  tail = open();
});

const follow = () => tailLog(path, (line) => line.startsWith('state'));
const open = () => {
  const followed = follow();
  return { read: () => followed.read().lines };
};
const say = (text: string) => appendFileSync(path, text);
/** Reads until there is nothing more. */
function readAll(from = tail): string[] {
  const all: string[] = [];
  for (let lines = from.read(); lines.length > 0; lines = from.read()) all.push(...lines);
  return all;
}

describe('a followed log', () => {
  it('is empty while there is no file, and read from its start once there is one', () => {
    expect(tail.read()).toEqual([]);
    say('one\ntwo\n');
    expect(tail.read()).toEqual(['one', 'two']);
    expect(tail.read()).toEqual([]);
  });

  it('gives each line once, as it grows', () => {
    say('one\n');
    expect(tail.read()).toEqual(['one']);
    say('two\nthree\n');
    expect(tail.read()).toEqual(['two', 'three']);
  });

  it('waits for the rest of a half line', () => {
    say('one\ntw');
    expect(tail.read()).toEqual(['one']);
    say('o');
    expect(tail.read()).toEqual([]);
    say('\nthree\n');
    expect(tail.read()).toEqual(['two', 'three']);
  });

  it('is read from the start when it became shorter', () => {
    say('one one one\nhalf');
    tail.read();
    truncateSync(path, 0);
    say('two\n');
    expect(tail.read()).toEqual(['two']);
  });

  it('is read from the start when another file was put in its place', () => {
    say('one\nhalf');
    tail.read();
    writeFileSync(`${path}.new`, 'longer than before\ntwo\n');
    renameSync(`${path}.new`, path);
    expect(tail.read()).toEqual(['longer than before', 'two']);
  });

  it('is read from the start when it was deleted and made again, whatever its inode number', () => {
    for (let round = 0; round < 5; round += 1) {
      writeFileSync(path, `begin ${round}\n${'more\n'.repeat(round)}`);
      expect(tail.read()).toEqual([`begin ${round}`, ...Array(round).fill('more')]);
      rmSync(path);
    }
  });

  it('forgets the half line of a file that vanished', () => {
    say('one\nhalf');
    tail.read();
    rmSync(path);
    expect(tail.read()).toEqual([]);
    say('two\n');
    expect(tail.read()).toEqual(['two']);
  });
});

describe('a long log', () => {
  it('is cut when it has been read, but for the last line that says the state', () => {
    say('state connected\n');
    readAll();
    say(`${'x'.repeat(99)}\n`.repeat(KEEP / 100 + 1));
    readAll();
    expect(readFileSync(path, 'utf8')).toBe('state connected\n');
    say('next\n');
    expect(tail.read()).toEqual(['next']);
    // the next daemon reads it from its start
    expect(readAll(open())).toEqual(['state connected', 'next']);
  });

  it('stays as it is while it is short', () => {
    say(`state one\n${'x'.repeat(KEEP - 100)}\n`);
    readAll();
    expect(statSync(path).size).toBe(KEEP - 100 + 11);
  });

  it('becomes empty when no line of it says a state', () => {
    say(`${'x'.repeat(99)}\n`.repeat(KEEP / 100 + 1));
    readAll();
    expect(statSync(path).size).toBe(0);
    say('state up\n');
    expect(tail.read()).toEqual(['state up']);
  });

  it('does not get the state of the file that was there before', () => {
    say('state connected\n');
    readAll();
    rmSync(path);
    say(`${'x'.repeat(99)}\n`.repeat(KEEP / 100 + 1));
    readAll();
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('is read whole when it is longer than one stretch, and cut only then', () => {
    const line = `${'y'.repeat(99)}\n`;
    say(line.repeat(10_000));
    say('state last\n');
    expect(readAll()).toHaveLength(10_001);
    expect(readFileSync(path, 'utf8')).toBe('state last\n');
  });

  it('keeps a half line over the cut', () => {
    say(`${'z'.repeat(99)}\n`.repeat(KEEP / 100 + 1));
    say('ha');
    readAll();
    say('lf\nstate up\n');
    expect(tail.read()).toEqual(['half', 'state up']);
  });

  it('goes on after a line without end that would fill the memory', () => {
    const part = 'w'.repeat(200 * 1024);
    for (let i = 0; i < 20; i += 1) {
      say(part);
      tail.read();
    }
    say('\nstate up\n');
    const lines = readAll();
    expect(lines.at(-1)).toBe('state up');
    expect(lines.map((line) => line.length).reduce((a, b) => Math.max(a, b))).toBeLessThan(
      300 * 1024,
    );
    expect(statSync(path).size).toBeLessThan(KEEP);
  });
});

describe('a log that grows faster than it is read', () => {
  const MIB = 1024 * 1024;
  const noise = `${'n'.repeat(99)}\n`;

  it('is read at its beginning and its end, a piece at a time, and is cut', () => {
    const followed = follow();
    say(`state connected\n${noise.repeat(30_000)}last line\n`);
    const piece = followed.read();
    expect(piece.read).toBe(256 * 1024);
    expect(piece.skipped).toBe(16 + 3_000_000 + 10 - 256 * 1024);
    expect(piece.lines[0]).toBe('state connected');
    expect(piece.lines.at(-1)).toBe('last line');
    // no half lines where the middle is missing
    expect(new Set(piece.lines.slice(1, -1))).toEqual(new Set([noise.trimEnd()]));
    expect(readFileSync(path, 'utf8')).toBe('state connected\n');
    say('state lost\n');
    expect(followed.read()).toEqual({ lines: ['state lost'], read: 11, skipped: 0 });
  });

  it('never takes more memory than some MiB, nor more time than some pieces', () => {
    const followed = follow();
    let most = 0;
    let read = 0;
    for (let second = 0; second < 30; second += 1) {
      say(noise.repeat(MIB / 100));
      most = Math.max(most, statSync(path).size);
      read += followed.read().read;
    }
    expect(most).toBeLessThan(4 * MIB);
    expect(read).toBeLessThanOrEqual(30 * 256 * 1024);
  });
});
