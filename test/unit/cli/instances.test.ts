import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { chooseInstance } from '../../../backend/src/cli/choose-instance.ts';
import { COMMANDS } from '../../../backend/src/cli/commands.ts';
import { main } from '../../../backend/src/cli/main.ts';
import { type CliOptions, readOptions, type Values } from '../../../backend/src/cli/options.ts';
import { explain } from '../../../backend/src/cli/remote.ts';
import { connect } from '../../../backend/src/ubus/index.ts';
import { testFolder } from '../../fakes/folder.ts';
import { captureOutput, type Output } from '../../fakes/output.ts';

const folder = testFolder();
let printed: Output;

beforeEach(() => {
  printed = captureOutput();
});

afterEach(() => vi.restoreAllMocks());

function write(path: string, text: string): void {
  mkdirSync(dirname(folder.at(path)), { recursive: true });
  writeFileSync(folder.at(path), text);
}

const home = (): void => write('etc/bonding/home/number', '1\n');
const office = (): void => write('etc/bonding/office/number', '0\n');
const router = (): void => write('etc/config/bonding', '');

/** What a command gets for these options. */
function optionsFor(values: Values): CliOptions {
  const all = { ...values, root: folder.path };
  return readOptions(all, [], chooseInstance(all));
}

describe('which router is meant', () => {
  it('is said by --name: all paths are its', () => {
    home();
    office();
    router();
    const options = optionsFor({ name: 'home' });
    expect(options).toMatchObject({
      name: 'home',
      number: 1,
      configPath: folder.at('etc/bonding/home/config'),
      keyFolder: folder.at('etc/bonding/home'),
      runFolder: folder.at('run/bonding/home'),
      ubusPath: folder.at('run/bonding/home/ubus.sock'),
      broker: 'yes',
      page: { port: 8471 },
    });
    expect(options.instance?.name).toBe('home');
  });

  it('is the only one, where there is no /etc/config/bonding', () => {
    home();
    expect(optionsFor({})).toMatchObject({ name: null, number: 1, instance: { name: 'home' } });
    router();
    expect(optionsFor({})).toMatchObject({
      instance: null,
      number: 0,
      configPath: folder.at('etc/config/bonding'),
      keyFolder: folder.at('etc/bonding'),
      runFolder: folder.at('var/run/bonding'),
      page: null,
      broker: 'auto',
    });
  });

  it('is none on a machine without any', () => {
    expect(optionsFor({})).toMatchObject({ instance: null, number: 0 });
  });

  it.each<Values>([
    { config: '/c' },
    { ubus: '/u' },
    { 'run-folder': '/r' },
    { 'key-folder': '/k' },
  ])('is not guessed where it is said otherwise: %j', (values) => {
    home();
    office();
    expect(optionsFor(values).instance).toBeNull();
  });

  it('leaves single paths to be said beside it', () => {
    home();
    const values = { name: 'home', config: '/c', page: '/p', ubus: '/u' };
    expect(optionsFor(values)).toMatchObject({
      ...{ configPath: '/c', page: { path: '/p' }, ubusPath: '/u', broker: 'auto', number: 1 },
      runFolder: folder.at('run/bonding/home'),
    });
    expect(optionsFor({ name: 'home', 'no-broker': true }).broker).toBe('no');
  });
});

describe('a router that is not there', () => {
  it.each(Object.keys(COMMANDS).filter((name) => COMMANDS[name]?.anyRouter !== true))(
    '%s ends with 1 and says so',
    async (command) => {
      office();
      const words = command === 'link' ? ['link0', 'up'] : [];
      expect(await main([command, ...words, '--name', 'home', '--root', folder.path])).toBe(1);
      expect(printed.out).toBe('');
      expect(printed.err).toBe(
        "bonding: there is no router 'home' here (there is: office); make it with: bonding server init\n",
      );
    },
  );

  it.each(['daemon', 'status', 'check'])('%s: one without a number, too', async (command) => {
    write('etc/bonding/home/config', '');
    expect(await main([command, '--name', 'home', '--root', folder.path])).toBe(1);
    expect(printed.err).toContain('etc/bonding/home/number has no number from 0 to 7');
  });

  it('several, and none said: each command names them', async () => {
    home();
    office();
    expect(await main(['status', '--root', folder.path])).toBe(1);
    expect(printed.err).toBe(
      'bonding: there are 2 routers here: office, home; say which: --name office\n',
    );
  });
});

describe('commands', () => {
  it('read the configuration of the router that is meant', async () => {
    home();
    office();
    write('etc/bonding/home/config', "config interface 'bond'\n\toption colour 'red'\n");
    await main(['check', '--name', 'home', '--root', folder.path]);
    expect(printed.out).toContain('colour');
    printed.out = '';
    expect(await main(['check', '--name', 'office', '--root', folder.path])).toBe(1);
    expect(printed.out).toContain(folder.at('etc/bonding/office/config'));
  });

  it('make the keys of the router that is meant', async () => {
    home();
    expect(await main(['keys', '--json', '--root', folder.path])).toBe(0);
    expect(JSON.parse(printed.out)).toMatchObject({
      certificate: folder.at('etc/bonding/home/bonding.crt'),
    });
  });

  it('say how to start the daemon that does not answer', async () => {
    home();
    expect(await main(['status', '--root', folder.path])).toBe(1);
    expect(printed.err).toContain(folder.at('run/bonding/home/ubus.sock'));
    expect(printed.err).toContain('systemctl start bonding@home');
    const client = connect({ path: folder.at('nobody') });
    const error = await client.call('bonding', 'status').catch((thrown: unknown) => thrown);
    client.close();
    expect(explain(error, { ubusPath: '/u', instance: null })).toContain('/etc/init.d/bonding');
  });
});
