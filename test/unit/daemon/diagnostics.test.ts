import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type DiagnosticsSource,
  gatherDiagnostics,
} from '../../../backend/src/daemon/diagnostics.ts';
import { testFolder } from '../../fakes/folder.ts';
import { sampleSnapshot } from '../luci-ui/sample.ts';

const folder = testFolder();
let source: DiagnosticsSource;

const UCI = `config interface 'bond'
\toption ipaddr '10.80.0.2/30'
\toption watchdog_action '/usr/bin/tell --token abcdef'

config link 'dsl1'
\toption server 'vps.example.com'
`;
const CONF = `dev tap0
remote vps.example.com 1194
key /etc/bonding/bonding.key
<tls-crypt>
2b2b2b2b2b2b
</tls-crypt>
`;

beforeEach(() => {
  mkdirSync(folder.at('run'));
  writeFileSync(folder.at('bonding'), UCI);
  writeFileSync(folder.at('run', 'dsl1.conf'), CONF);
  writeFileSync(
    folder.at('run', 'dsl1.log'),
    Array.from({ length: 150 }, (_, i) => `${i} link remote: [AF_INET]203.0.113.10:1194\n`).join(
      '',
    ),
  );
  source = {
    version: '1.2.3',
    configPath: folder.at('bonding'),
    runFolder: folder.at('run'),
    abilities: { openvpn: '2.6.14' },
    snapshot: sampleSnapshot(),
    events: [{ id: 1, time: 1_700_000_000, subject: "link 'dsl1'", text: 'up' }],
    check: async () => 'the configuration is good\n',
    plan: async (action) => `# ${action}\nip rule add from 192.0.2.14 table 20100\n`,
  };
});

describe('the text for a bug report', () => {
  it('has all there is', async () => {
    const text = await gatherDiagnostics(source, false);
    const titles = [...text.matchAll(/^==== (.*) ====$/gm)].map((found) => found[1]);
    expect(titles).toEqual([
      ...['versions', 'check', 'configuration', 'status', 'events'],
      ...['plan of a start', 'plan of a stop'],
      ...["OpenVPN's configuration of dsl1", "OpenVPN's log of dsl1"],
    ]);
    for (const part of [
      'bonding: 1.2.3',
      `Node: ${process.version}`,
      '"openvpn":"2.6.14"',
      'the configuration is good',
      "option server 'vps.example.com'",
      '"server": "203.0.113.7"',
      "2023-11-14T22:13:20.000Z link 'dsl1': up",
      '# start',
      '# stop',
      'remote vps.example.com 1194',
      '149 link remote: [AF_INET]203.0.113.10:1194',
    ])
      expect(text).toContain(part);
    expect(text).toMatch(/^kernel: \d+\./m);
    expect(text).toMatch(/^system: \S/m);
    expect(text).not.toMatch(/^49 link/m);
    expect(text).toMatch(/^50 link/m);
  });

  it('never has what is secret', async () => {
    const text = await gatherDiagnostics(source, false);
    expect(text).not.toMatch(/2b2b2b|abcdef/);
    expect(text).toContain("option watchdog_action '/usr/bin/tell (left out)");
  });

  it('calls the same thing by the same new name in all parts', async () => {
    const text = await gatherDiagnostics(source, true);
    expect(text).not.toMatch(/203\.0\.113|192\.0\.2|vps\.example/);
    expect(text).toContain("option server 'server-1'");
    expect(text).toContain('remote server-1 1194');
    const local = /"local_address": "(address-\d+)"/.exec(text)?.[1];
    expect(text).toContain(`ip rule add from ${local} table`);
    expect(text).toContain("option ipaddr '10.80.0.2/30'");
  });

  it('says in its place what cannot be had', async () => {
    const broken = {
      ...source,
      note: 'no status: nobody answers',
      configPath: folder.at('none'),
      runFolder: folder.at('nowhere'),
      snapshot: null,
      events: [],
      plan: () => Promise.reject(new Error('ip is missing')),
    };
    const text = await gatherDiagnostics(broken, true);
    expect(text).toContain('==== versions ====\nno status: nobody answers\n');
    expect(text).toContain(`${folder.at('none')} cannot be read`);
    expect(text).toContain('==== status ====\nnull');
    expect(text).toContain('==== plan of a stop ====\nit cannot be had: ip is missing');
  });
});
