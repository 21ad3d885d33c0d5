import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RunError, run, runJson } from '../../../backend/src/effects/run.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

/** Runs a /bin/sh script of these lines. */
function sh(lines: string[], stdin: string | null = null, limit?: number) {
  script(folder.at('tool'), ...lines);
  return run([folder.at('tool'), 'a b', '$HOME; *'], stdin, limit);
}

async function failure(work: Promise<unknown>): Promise<RunError> {
  const thrown = await work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  if (!(thrown instanceof RunError)) throw thrown;
  return thrown;
}

describe('running a program', () => {
  it('gives its output, and hands the arguments over as they are', async () => {
    const result = await sh(['printf "%s\\n" "$@"', 'echo oops >&2']);
    expect(result).toEqual({ stdout: 'a b\n$HOME; *\n', stderr: 'oops\n' });
  });

  it('finds it on PATH, and in the system folders that are not on a user’s PATH', async () => {
    script(folder.at('mytool'), 'echo "$PATH"; echo "$LC_ALL"');
    programsIn(folder.path);
    const { stdout } = await run(['mytool']);
    expect(stdout).toMatch(new RegExp(`^${folder.path}:.*:/usr/sbin:/sbin:/usr/bin:/bin\nC\n$`));
  });

  it('hands text to its standard input', async () => {
    expect((await sh(['cat'], 'table inet x {}\n')).stdout).toBe('table inet x {}\n');
    expect((await sh(['cat'])).stdout).toBe('');
  });

  it('is not bothered by a program that does not read its input', async () => {
    const big = 'x'.repeat(4 * 1024 * 1024);
    expect((await sh(['echo done'], big)).stdout).toBe('done\n');
    expect((await failure(sh(['echo no >&2', 'exit 3'], big))).code).toBe(3);
  });

  it('keeps no more than 8 MiB of its output, and reads on', async () => {
    const { stdout } = await sh(['head -c 20000000 /dev/zero | tr "\\0" x']);
    expect(stdout.length).toBeGreaterThan(7 * 1024 * 1024);
    expect(stdout.length).toBeLessThanOrEqual(8 * 1024 * 1024);
  });
});

describe('a program that fails', () => {
  it('is missing', async () => {
    const error = await failure(run(['no-such-program', 'x']));
    expect(error).toMatchObject({ message: 'program not found', code: null });
    expect(error.argv).toEqual(['no-such-program', 'x']);
  });

  it('is not named', async () => {
    expect((await failure(run([]))).message).toBe('no program named');
  });

  it('says why on stderr; the last lines of it are kept', async () => {
    const error = await failure(sh(['for i in 1 2 3 4 5; do echo "line $i" >&2; done; exit 2']));
    expect(error).toMatchObject({ message: 'line 3; line 4; line 5', code: 2 });
  });

  it('says nothing: then its exit code or signal', async () => {
    expect((await failure(sh(['exit 7']))).message).toBe('exit code 7');
    expect(await failure(sh(['kill -9 $$']))).toMatchObject({
      message: 'ended by SIGKILL',
      code: null,
    });
  });

  it('leaves what it printed before', async () => {
    expect((await failure(sh(['echo OpenVPN 2.5.9', 'exit 1']))).stdout).toBe('OpenVPN 2.5.9\n');
  });

  it('takes too long: it is killed, and named with the limit', async () => {
    const error = await failure(sh([`echo $$ > ${folder.at('pid')}`, 'exec sleep 30'], null, 300));
    expect(error).toMatchObject({ message: 'took longer than 0.3 s', code: null });
  });

  it('takes too long, and so does what it has started', async () => {
    const begin = performance.now();
    const work = sh([`(sleep 3; touch ${folder.at('late')}) &`, 'wait'], null, 300);
    expect((await failure(work)).message).toBe('took longer than 0.3 s');
    expect(performance.now() - begin).toBeLessThan(2_000);
    await sleep(10);
    expect(existsSync(folder.at('late'))).toBe(false);
  });
});

describe('a program that prints JSON', () => {
  const json = (text: string) => {
    script(folder.at('tool'), `cat <<'END'`, text, 'END');
    return runJson([folder.at('tool')]);
  };

  it('is read; nothing at all is an empty list', async () => {
    expect(await json('[{"a":1}]')).toEqual([{ a: 1 }]);
    expect(await json('')).toEqual([]);
  });

  it('prints something else: names BusyBox', async () => {
    expect((await failure(json('1: lo: <LOOPBACK>'))).message).toContain('install ip-full');
  });
});
