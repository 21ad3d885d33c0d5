import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../../backend/src/cli/commands.ts';
import { type ExitCode, main } from '../../../backend/src/cli/main.ts';
import { readOptions } from '../../../backend/src/cli/options.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';
import { captureOutput, type Output } from '../../fakes/output.ts';

const folder = testFolder();
let printed: Output;

beforeEach(() => {
  printed = captureOutput();
});

afterEach(() => vi.restoreAllMocks());

describe('the options', () => {
  it('have defaults for a router', () => {
    expect(readOptions({}, [])).toEqual({
      words: [],
      name: null,
      root: '',
      instance: null,
      number: 0,
      configPath: '/etc/config/bonding',
      runFolder: '/var/run/bonding',
      keyFolder: '/etc/bonding',
      ubusPath: '/var/run/ubus/ubus.sock',
      broker: 'auto',
      factsPath: null,
      page: null,
      uhttpdPath: '/etc/config/uhttpd',
      pageFolder: '/usr/share/bonding/page',
      json: false,
      watch: false,
      mask: false,
      seconds: null,
      given: {},
    });
  });

  it('take the place of the defaults', () => {
    const values = {
      config: '/c',
      'run-folder': '/r',
      'key-folder': '/k',
      ubus: '/u',
      facts: '-',
      'page-folder': '/p',
      json: true,
      watch: true,
      seconds: '3',
    };
    expect(readOptions(values, ['x'])).toMatchObject({
      words: ['x'],
      configPath: '/c',
      runFolder: '/r',
      keyFolder: '/k',
      ubusPath: '/u',
      factsPath: '-',
      pageFolder: '/p',
      json: true,
      watch: true,
      seconds: 3,
    });
    expect(readOptions({ broker: true }, []).broker).toBe('yes');
    expect(readOptions({ 'no-broker': true }, []).broker).toBe('no');
  });

  it('name the folders from the root: OpenVPN runs elsewhere', () => {
    const values = { 'run-folder': 'run', 'key-folder': '../keys' };
    expect(readOptions(values, [])).toMatchObject({
      runFolder: join(process.cwd(), 'run'),
      keyFolder: join(process.cwd(), '..', 'keys'),
    });
  });

  it.each([
    ['8080', { port: 8080 }],
    ['0', { port: 0 }],
    ['65535', { port: 65535 }],
    ['/run/page.sock', { path: '/run/page.sock' }],
  ])('read --page %s', (value, page) => {
    expect(readOptions({ page: value }, []).page).toEqual(page);
  });

  it.each(['0', '61', '1.5', '', 'x'])('refuse --seconds %j', (value) => {
    expect(() => readOptions({ seconds: value }, [])).toThrow(`--seconds '${value}'`);
  });

  it.each(['65536', '-1', '1.5', 'x', 'localhost:80'])('refuse --page %s', (value) => {
    expect(() => readOptions({ page: value }, [])).toThrow(`--page '${value}'`);
  });
});

describe('a command line that is off', () => {
  it.each<[string[], string]>([
    [['dance'], "no command 'dance'"],
    [['constructor'], "no command 'constructor'"],
    [['__proto__'], "no command '__proto__'"],
    [[''], "no command ''"],
    [['status', '--nonsense'], '--nonsense'],
    [['status', '--json=1'], '--json'],
    [['check', '--config'], '--config'],
    [['status', 'more'], 'usage: bonding status'],
    [['link', 'link0'], 'usage: bonding link NAME'],
    [['link', 'link0', 'up', 'now'], 'usage: bonding link NAME'],
    [['link', 'link0', 'sideways'], "'sideways' is not up, down or reconnect"],
    [['plan', 'start', 'stop'], 'usage: bonding plan'],
    [['plan', 'dance'], "plan 'dance'"],
    [['daemon', '--page', '99999'], '--page'],
  ])('%j ends with 2 and says what is off', async (argv, text) => {
    expect(await main(argv)).toBe(2);
    expect(printed.out).toBe('');
    expect(printed.err).toContain(text);
    expect(printed.err.endsWith('\n')).toBe(true);
  });
});

describe('help', () => {
  it.each([[[]], [['help']], [['--help']], [['-h']]])('%j names every command', async (argv) => {
    expect(await main(argv)).toBe(0);
    for (const { usage, help } of Object.values(COMMANDS)) {
      expect(printed.out).toContain(`bonding ${usage}`);
      expect(printed.out).toContain(help);
    }
    expect(printed.out.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });

  it('--version prints it', async () => {
    expect(await main(['--version'])).toBe(0);
    expect(printed.out).toMatch(/^bonding \S+\n$/);
  });
});

describe('without a daemon', () => {
  it.each([
    ['status'],
    ['events'],
    ['start'],
    ['stop'],
    ['restart'],
    ['reload'],
    ['link', 'link0', 'up'],
  ])('%s ends with 1 and says how to start it', async (...words) => {
    const code: ExitCode = await main([...words, '--ubus', folder.at('none.sock')]);
    expect(code).toBe(1);
    expect(printed.err).toContain(
      `bonding: ${words[0]}: nobody answers at ${folder.at('none.sock')}`,
    );
    expect(printed.err).toContain('/etc/init.d/bonding start');
    expect(printed.out).toBe('');
  });
});

describe('diagnostics without a daemon', () => {
  it.each([
    [[], "option server '203.0.113.10'"],
    [['--mask'], "option server 'address-1'"],
  ])('%j says so, and tells the rest', async (more, expected) => {
    script(folder.at('openvpn'), 'echo "OpenVPN 2.6.14 x"');
    programsIn(folder.path);
    const sample = folder.at('bonding');
    writeFileSync(
      sample,
      "config interface 'bond'\n\toption ipaddr '10.80.0.2/30'\n\nconfig link 'a'\n" +
        "\toption interface 'wan'\n\toption server '203.0.113.10'\n",
    );
    const places = ['--ubus', folder.at('none.sock'), '--run-folder', folder.at('run')];
    expect(await main(['diagnostics', ...more, '--config', sample, ...places])).toBe(0);
    expect(printed.out).toContain(`no status: nobody answers at ${folder.at('none.sock')}`);
    expect(printed.out).toContain(expected);
    expect(printed.out).toContain('==== plan of a start ====');
  });
});

describe('check', () => {
  // What OpenVPN takes is its own test's subject.
  beforeEach(() => {
    script(folder.at('openvpn'), 'echo "OpenVPN 2.6.14 x"');
    programsIn(folder.path);
  });

  it('is good: 0; prints problems as JSON when asked', async () => {
    const sample = 'test/cases/plan/router-two-lines/config.uci';
    expect(await main(['check', '--config', sample])).toBe(0);
    expect(printed.out).toBe('the configuration is good\n');
    printed.out = '';
    expect(await main(['check', '--config', sample, '--json'])).toBe(0);
    expect(JSON.parse(printed.out)).toEqual([]);
  });

  it('ends with 1 on an error, with 0 on warnings alone', async () => {
    const text = readFileSync('test/cases/plan/router-two-lines/config.uci', 'utf8');
    const file = folder.at('config');
    writeFileSync(file, `${text}\toption servr 'x'\n`);
    expect(await main(['check', '--config', file])).toBe(0);
    expect(printed.out).toContain("unknown option 'servr' is ignored; did you mean 'server'?");
    writeFileSync(file, `${text}\toption remote_port '70000'\n`);
    expect(await main(['check', '--config', file])).toBe(1);
  });
});

describe('keys', () => {
  it('makes a key once and prints its fingerprint', async () => {
    const argv = ['keys', '--key-folder', folder.at('keys')];
    expect(await main(argv)).toBe(0);
    expect(printed.out).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}\n$/);
    const first = printed.out;
    printed.out = '';
    expect(await main([...argv, '--json'])).toBe(0);
    expect(JSON.parse(printed.out)).toEqual({
      fingerprint: first.trim(),
      certificate: folder.at('keys', 'bonding.crt'),
    });
  });
});

describe('plan', () => {
  const sample = 'test/cases/plan/router-two-lines';
  const argv = (...more: string[]) => [
    ...['plan', ...more, '--config', `${sample}/config.uci`, '--key-folder', '/etc/bonding'],
  ];

  it('prints the commands of a start, and of a stop', async () => {
    const facts = ['--facts', `${sample}/facts.json`];
    expect(await main(argv(...facts))).toBe(0);
    const golden = readFileSync(`${sample}/plan.txt`, 'utf8');
    expect(golden.startsWith(printed.out)).toBe(true);
    expect(printed.out).toContain('ip link add bond0 type bond');
    printed.out = '';
    expect(await main(argv('stop', ...facts))).toBe(0);
    expect(printed.out).toBe('# nothing to do\n');
  });

  it('prints them as JSON', async () => {
    expect(await main(argv('--facts', `${sample}/facts.json`, '--json'))).toBe(0);
    const { commands, problems } = JSON.parse(printed.out);
    expect(commands[0]).toBe('ip link add bond0 type bond mode balance-rr miimon 100');
    expect(problems).toEqual([]);
  });

  it('ends with 1 when there is no usable configuration', async () => {
    expect(await main(['plan', '--config', folder.at('none')])).toBe(1);
    expect(printed.err).toContain(`the file ${folder.at('none')} does not exist`);
  });

  it('says which facts it cannot read', async () => {
    writeFileSync(folder.at('facts.json'), '{');
    for (const path of [folder.at('facts.json'), folder.at('none.json')])
      await expect(main(argv('--facts', path))).rejects.toThrow(`facts from ${path}: `);
  });

  it.each(['null', '[]', '{}', '7', '{"tunnels":[],"abilities":null}', '{"tunnels":[null]}'])(
    'takes %s for no facts, and says how to make some',
    async (text) => {
      writeFileSync(folder.at('facts.json'), text);
      await expect(main(argv('--facts', folder.at('facts.json')))).rejects.toThrow(
        'these are no facts; make them with: bonding facts',
      );
    },
  );
});
