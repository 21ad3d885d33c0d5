import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replaceFile, stageFiles } from '../../../backend/src/effects/join-files.ts';
import { testFolder } from '../../fakes/folder.ts';

const folder = testFolder();
const names = () => readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).sort();
const text = (name: string) => readFileSync(folder.at(name), 'utf8');
const mode = (name: string) => (statSync(folder.at(name)).mode & 0o777).toString(8);

describe('stageFiles', () => {
  it('puts files in place only when told, with their modes, and leaves nothing else', () => {
    writeFileSync(folder.at('config'), 'old', { mode: 0o644 });
    writeFileSync(folder.at('secret'), 'old', { mode: 0o644 });
    const staged = stageFiles([
      { path: folder.at('secret'), text: 'key', mode: null },
      { path: folder.at('keys/made'), text: 'more', mode: null },
      { path: folder.at('config'), text: 'new \udcff', mode: 0o600 },
    ]);
    expect(text('config')).toBe('old');
    staged.commit();
    expect(names()).toEqual(['config', 'keys', 'keys/made', 'secret']);
    // The byte that is no UTF-8 is that byte again (uci/bytes.ts).
    expect(readFileSync(folder.at('config')).toString('hex')).toBe('6e657720ff');
    expect([mode('config'), mode('secret'), mode('keys/made'), mode('keys')]).toEqual([
      ...['644', '600', '600', '700'],
    ]);
  });

  it('drops what it has prepared', () => {
    stageFiles([{ path: folder.at('a'), text: 'a', mode: null }]).drop();
    expect(names()).toEqual([]);
  });

  it('leaves nothing behind when one cannot be written, and names it', () => {
    writeFileSync(folder.at('file'), '');
    const path = folder.at('file/inside');
    expect(() =>
      stageFiles([
        { path: folder.at('a'), text: 'a', mode: null },
        { path, text: '', mode: null },
      ]),
    ).toThrow(expect.objectContaining({ path }));
    expect(names()).toEqual(['file']);
  });

  it('all is as it was when the last one cannot be put in place', () => {
    for (const name of ['a', 'b']) writeFileSync(folder.at(name), `old ${name}`);
    const staged = stageFiles(
      ['a', 'made', 'b'].map((name) => ({ path: folder.at(name), text: 'new', mode: null })),
    );
    // The new text of the last one has gone: somebody cleans up, or the disk is broken.
    const last = readdirSync(folder.path).find((name) => name.startsWith('.b'));
    rmSync(folder.at(last ?? ''));
    expect(() => staged.commit()).toThrow(/ENOENT/);
    expect(names()).toEqual(['a', 'b']);
    expect([text('a'), text('b')]).toEqual(['old a', 'old b']);
  });

  it('writes behind a link', () => {
    mkdirSync(folder.at('real'));
    writeFileSync(folder.at('real/config'), 'old', { mode: 0o640 });
    symlinkSync(folder.at('real/config'), folder.at('config'));
    replaceFile(folder.at('config'), 'new');
    expect(text('real/config')).toBe('new');
    expect(mode('real/config')).toBe('640');
    expect(names()).toEqual(['config', 'real', 'real/config']);
  });
});
