import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, method } from '../../../backend/src/ubus/index.ts';
import { shipped } from './bundle.ts';
import { type End, newEnd } from './end.ts';

/** What the program loads late, beside it; all that is not there must not be missed. */
const program = shipped();

const asRoot = it.skipIf(process.getuid?.() !== 0);

const at = (name: string): string => join(program.folder, name);
const lateFiles = (): string[] =>
  readdirSync(program.folder).filter((name) => name.endsWith('.cjs') && name !== 'bonding.cjs');

function run(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program.bundle, ...words], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Makes a late file one of another build, as an update beside a running program does. */
function replace(name: string): void {
  const text = readFileSync(at(name), 'utf8');
  const build = /^exports\.build="(\w+)"/.exec(readFileSync(program.bundle, 'utf8'))?.[1] ?? '';
  expect(text).toContain(build);
  writeFileSync(at(name), text.replace(build, 'another'));
}

let kept: Map<string, string>;

beforeEach(() => {
  kept = new Map(lateFiles().map((name) => [name, readFileSync(at(name), 'utf8')]));
});

afterEach(() => {
  for (const [name, text] of kept) writeFileSync(at(name), text);
});

describe('files that are loaded late', () => {
  it('are those of the sources, and each needs the program alone', () => {
    expect(lateFiles().sort()).toEqual([
      'broker.cjs',
      'commands.cjs',
      'diagnostics.cjs',
      'pages.cjs',
      'setup.cjs',
      'speed.cjs',
    ]);
    for (const name of lateFiles()) {
      const atOnce = /(?<!=>)\brequire\(["'`]\.\/([\w-]+\.cjs)["'`]\)/g;
      const needed = [...readFileSync(at(name), 'utf8').matchAll(atOnce)].map(([, file]) => file);
      expect(new Set(needed), name).toEqual(new Set(['bonding.cjs']));
    }
  });

  it('are not looked for before they are needed', () => {
    for (const name of lateFiles()) rmSync(at(name));
    expect(run('--version')).toMatchObject({ status: 0, stderr: '' });
    expect(run('status')).toMatchObject({ status: 1, stdout: '' });
  });

  it('are refused when they belong to another build', () => {
    expect(run('help')).toMatchObject({ status: 0, stderr: '' });
    replace('commands.cjs');
    const { status, stdout, stderr } = run('help');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(
      `bonding: ${at('commands.cjs')} is not of the build that runs: start the program again\n`,
    );
  });
});

describe('a daemon', () => {
  let end: End;

  beforeEach(() => {
    if (process.getuid?.() !== 0) return;
    end = newEnd(program.bundle);
    end.configure("config interface 'bond'\n\toption ipaddr '10.11.0.2'\n");
    mkdirSync(end.at('page'));
    writeFileSync(end.at('page', 'index.html'), '<!doctype html>');
  });

  afterEach(async () => {
    if (process.getuid?.() === 0) await end.dispose();
  });

  asRoot('on a router runs without any of them', async () => {
    for (const name of lateFiles()) rmSync(at(name));
    const daemon = end.start({ words: ['--no-broker'] });
    await daemon.logged("bond 'bond0'");
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
    expect(daemon.log()).not.toContain('.cjs');
  });

  /** Says that the LAN is this machine's loopback, and waits until the daemon listens there. */
  async function openLan(): Promise<void> {
    const client = connect({ path: end.at('ubus.sock') });
    const lan = { interface: 'lan', up: true, l3_device: 'lo', device: 'lo' };
    const addresses = [{ address: '127.0.0.1', mask: 8 }];
    await client.addObject('network.interface', {
      dump: method({}, () => ({ interface: [{ ...lan, 'ipv4-address': addresses }] })),
    });
    await end.statusWhen(({ socket }) => socket?.port === 8471);
    client.close();
  }
  /** What a browser on the LAN gets: a status of HTTP, or none. */
  const visitLan = (): string => {
    const ask = [
      "const say = (text) => console.log(text); const url = 'http://127.0.0.1:8471/';",
      "require('http').get(url, (r) => say(r.statusCode)).on('error', () => say('none'))",
    ];
    return end.inside(process.execPath, '-e', ask.join('\n')).trim();
  };

  asRoot('has the page for LuCI when one comes', async () => {
    const pages = kept.get('pages.cjs') ?? '';
    rmSync(at('pages.cjs'));
    const daemon = end.start();
    await openLan();
    writeFileSync(at('pages.cjs'), pages);
    expect(visitLan()).toBe('404');
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
  });

  asRoot('turns that page away when its files were replaced meanwhile, and goes on', async () => {
    const daemon = end.start();
    await openLan();
    replace('pages.cjs');
    expect([visitLan(), visitLan()]).toEqual(['none', 'none']);
    await daemon.logged('page: ');
    expect(await end.status()).not.toBeNull();
    expect(daemon.log().split('is not of the build that runs')).toHaveLength(2);
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
  });

  asRoot('has no diagnostics while their file is another build’s, and goes on', async () => {
    const daemon = end.start();
    await end.statusWhen(({ role }) => role === 'router');
    const client = connect({ path: end.at('ubus.sock') });
    const ask = async () =>
      JSON.stringify(await client.call('bonding', 'diagnostics', { mask: true }));
    const text = kept.get('diagnostics.cjs') ?? '';
    replace('diagnostics.cjs');
    expect(await ask()).toContain(
      `no diagnostics: ${at('diagnostics.cjs')} is not of the build that runs`,
    );
    writeFileSync(at('diagnostics.cjs'), text);
    expect(await ask()).toContain('versions');
    client.close();
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
  });

  asRoot('starts without a page when the file of it is another build’s', async () => {
    replace('pages.cjs');
    const words = ['--page', '0', '--page-folder', end.at('page')];
    const daemon = end.start({ words });
    await daemon.logged(`page: ${at('pages.cjs')} is not of the build that runs`);
    await end.statusWhen(({ role }) => role === 'router');
    daemon.signal('SIGTERM');
    expect(await daemon.ended()).toBe(0);
  });
});
