import { beforeAll, describe, expect, it } from 'vitest';
import type { Forwards } from './guest/programs/forwards.ts';
import { play } from './host/play.ts';

/** The addresses of test/lab/guest/network.ts. */
const INTERNET = '192.0.2.2';
const PUBLIC = '192.0.2.1';

let seen: Forwards;

beforeAll(async () => {
  seen = (await play('forwards', ['12/4/20,8/2/30'])) as Forwards;
});

describe('ports of the server', () => {
  it('lead to the host behind the router, which sees who calls', () => {
    expect(seen.problems).toEqual([]);
    expect(seen.web).toBe(INTERNET);
    expect(seen.udp).toBe(INTERNET);
    expect(seen.beside).toBeNull();
  });

  it('are in the status, with what came', () => {
    expect(seen.counted).toEqual([
      {
        ...{ name: 'web', proto: 'tcp', port: '8080', dest_ip: '192.168.1.2', dest_port: '8000' },
        ...{ enabled: true, active: true, connections: 2 },
      },
      {
        ...{ name: 'games', proto: 'tcpudp', port: '9100-9110', dest_ip: '192.168.1.2' },
        ...{ dest_port: '9100-9110', enabled: true, active: true, connections: 1 },
      },
    ]);
  });

  it('work from the LAN too, answered by way of the server', () => {
    expect(seen.hairpin).toBe('10.0.0.1');
  });

  it('count on when the rules change', () => {
    expect(seen.kept).toEqual([3, 3]);
  });

  it('without a public address answer at all of this machine’s, but not at its end of the bond', () => {
    expect(seen.anyAddress).toEqual({ web: INTERNET, bond: null, out: PUBLIC });
  });

  it('have segments that fit the bond, both ways', () => {
    expect(seen.clamped).toEqual({ syn: 2, answer: 2 });
  });
});

describe('addresses', () => {
  it('of the LAN are untouched on the way into the bond, whatever the firewall masquerades', () => {
    expect(seen.inside).toBe('192.168.1.2');
  });

  it('that the server does not know are the router’s there', () => {
    expect(seen.unknown).toBe('10.0.0.2');
  });

  it('leave the server as its public one', () => {
    expect(seen.out).toBe(PUBLIC);
  });

  it('that cannot come out of the bond do not', () => {
    expect(seen.pings).toEqual({ own: 3, foreign: 0 });
    expect(seen.dropped).toBe(3);
  });
});

it('nobody near the server gets into the LAN past the forwards', () => {
  expect(seen.uninvited).toEqual({ replies: 0, dropped: 3 });
});

it('a stop leaves nothing', () => {
  expect(seen.left).toEqual([]);
});
