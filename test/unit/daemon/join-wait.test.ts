import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfigText } from '../../../backend/src/daemon/config-file.ts';
import { withJoinCode } from '../../../backend/src/daemon/join-wait.ts';

const SERVER = `
config interface 'bond'
	option role 'server'
	option ipaddr '10.80.0.1/30'

config link 'off'
	option enabled '0'

config link 'dsl'
	option local_port '1201'
`;
const ROUTER = `
config interface 'bond'
	option ipaddr '10.80.0.2/30'

config link 'dsl'
	option interface 'wan'
	option server '203.0.113.5'
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bonding-wait-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const codesOf = (text: string): string[] =>
  withJoinCode(loadConfigText(text, 'file'), folder).problems.map(({ code }) => code);
const makeCode = (): void => writeFileSync(join(folder, 'join.json'), '{}');

it('without a code, a server that knows no router has an error', () => {
  expect(codesOf(SERVER)).toEqual(['peer-unknown']);
});

it('with a code it waits for one, and says where', () => {
  makeCode();
  const { config, problems } = withJoinCode(loadConfigText(SERVER, 'file'), folder);
  expect(config).not.toBeNull();
  expect(problems).toMatchObject([{ code: 'join-waiting', severity: 'info' }]);
  expect(problems[0]?.text).toContain('TCP port 1201');
});

it('a router waits for nobody', () => {
  makeCode();
  expect(codesOf(ROUTER)).toEqual(['peer-unknown']);
});

it('a server that knows its router has nothing to say', () => {
  makeCode();
  const print = Array.from({ length: 32 }, () => 'AB').join(':');
  expect(
    codesOf(`${SERVER}\nconfig interface 'bond'\n\toption peer_fingerprint '${print}'\n`),
  ).toEqual([]);
});
