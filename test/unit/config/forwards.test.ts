import { expect, it } from 'vitest';
import { load } from '../../../backend/src/config/load.ts';
import { parse } from '../../../backend/src/uci/index.ts';

const SERVER = `
config interface 'bond'
	option role 'server'
	option ipaddr '10.80.0.1/30'
	option peer_fingerprint '${Array.from({ length: 32 }, () => 'AB').join(':')}'

config link 'off'
	option enabled '0'
	option local_port '1194'

config link 'dsl'
	option local_port '1195'
`;

const forward = (port: number): string =>
  `\nconfig forward 'one'\n\toption port '${port}'\n\toption dest_ip '10.80.0.2'\n`;

it('the TCP port where routers join, that of the first link which is on, cannot be forwarded', () => {
  const taken = load(parse(SERVER + forward(1195)));
  expect(taken.problems).toMatchObject([{ code: 'forward-taken' }]);
  expect(taken.config?.forwards).toEqual([]);
  const free = load(parse(SERVER + forward(1194)));
  expect(free.problems).toEqual([]);
  expect(free.config?.forwards).toHaveLength(1);
});

it('the UDP port of the heartbeats cannot be forwarded while there are any', () => {
  const udp = (port: number) => `${forward(port)}\toption proto 'udp'\n`;
  const taken = load(parse(SERVER + udp(1258)));
  expect(taken.problems).toMatchObject([{ code: 'forward-taken' }]);
  expect(taken.problems[0]?.text).toContain(
    'port 1258 is, at least in part, that of the heartbeats',
  );
  expect(taken.config?.forwards).toEqual([]);
  const none = SERVER.replace("'server'", "'server'\n\toption heartbeat_interval '0'");
  for (const free of [SERVER + forward(1258), SERVER + udp(1259), none + udp(1258)])
    expect(load(parse(free)).config?.forwards).toHaveLength(1);
});
