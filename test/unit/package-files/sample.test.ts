import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sampleConfig } from '../../../backend/src/config/sample.ts';
import { SCHEMA } from '../../../backend/src/config/schema.ts';
import { loadConfigText } from '../../../backend/src/daemon/config-file.ts';
import { FILES } from './files.ts';

const file = join(FILES, 'etc/config/bonding');
const sample = sampleConfig();
const lines = sample.split('\n');
const isOption = (line: string): boolean => /^\t#(option|list) /.test(line);
const bare = (line: string): string => line.replace(/^(\t?)#(?=(config|option|list) )/, '$1');
const found = (text: string) => loadConfigText(text, 'bonding').problems;

it('the shipped file says what the sources say', () => {
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, sample);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(sample);
});

it('the shipped file is off, and nothing else is wrong with it', () => {
  const { config, problems } = loadConfigText(sample, 'bonding');
  expect(config?.enabled).toBe(false);
  expect(config?.links).toEqual([]);
  expect(problems.map(({ code }) => code)).toEqual(['bond-off']);
});

it('says what is missing as soon as it is switched on, or a link is there', () => {
  const codes = (text: string) => found(text).map(({ code }) => code);
  const on = sample.replace("option enabled '0'", "option enabled '1'");
  expect(codes(on)).toEqual(['links-none', 'peer-unknown']);
  const link = sample.replace(/^#config link 'lte'[\s\S]*?(?=\n\n)/m, (text) =>
    text.split('\n').map(bare).join('\n'),
  );
  expect(codes(link)).toEqual(['bond-off', 'peer-unknown']);
});

it('has every option that is read, and no other', () => {
  const named = lines.flatMap((line) => /^\t#?(?:option|list) (\w+) /.exec(line)?.[1] ?? []);
  const ofServer = ['openvpn-server', 'forward'];
  const read = SCHEMA.filter(({ type }) => !ofServer.includes(type)).flatMap(({ options }) =>
    options
      .filter(({ policy }) => policy?.kind !== 'ours' && policy?.kind !== 'gone')
      .map(({ name }) => name),
  );
  expect([...named].sort()).toEqual([...read, 'interface', 'server'].sort());
  expect(SCHEMA.map(({ type }) => type).filter((type) => !sample.includes(type))).toEqual([]);
});

it('is loadable with all its comments taken away', () => {
  const { config, problems } = loadConfigText(lines.map(bare).join('\n'), 'bonding');
  expect(config?.links.map(({ name }) => name)).toEqual(['dsl', 'lte']);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
});

describe('each option alone, with two links that are complete', () => {
  const whole = (line: string): boolean =>
    /^#config|#option (interface|server) |peer_fingerprint/.test(line);
  const base = lines.map((line) => (whole(line) ? bare(line) : line));
  const pairs: Record<string, string> = {
    cert: 'key',
    key: 'cert',
    arp_ip_target: 'arp_interval',
  };

  it('starts from a file without fault', () => {
    expect(found(base.join('\n')).map(({ code }) => code)).toEqual(['bond-off']);
  });

  it.each(base.filter(isOption))('%s', (line) => {
    const name = /(\w+) '/.exec(line)?.[1] ?? '';
    const taken = base.filter((one) => one === line || one.includes(` ${pairs[name]} '`));
    const text = base.map((one) => (taken.includes(one) ? bare(one) : one)).join('\n');
    const asked = ['nat', 'public_ipaddr'].includes(name) ? asServer(text) : text;
    expect(asked).not.toBe(base.join('\n'));
    const odd = found(asked).filter(({ severity }) => severity !== 'info');
    // Beside a fingerprint `ca` is of no use, and `bonding check` says so.
    expect(odd.map(({ code }) => code)).toEqual(name === 'ca' ? ['option-ours'] : []);
  });

  function asServer(text: string): string {
    return text
      .replace("#option role 'router'", "option role 'server'")
      .replace(/^\toption (interface|server) .*\n/gm, '');
  }
});
