import { writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkFile, checkText } from '../../../backend/src/daemon/check.ts';
import { programsIn, script, testFolder } from '../../fakes/folder.ts';

const folder = testFolder();

const GOOD = `config interface 'bond'
	option ipaddr '10.0.0.2'
	option peer_fingerprint '${Array(32).fill('AB').join(':')}'
config link 'a'
	option interface 'wan0'
	option server '192.0.2.1'
config openvpn
	option verb '2'
`;

/** An OpenVPN 2.9.1 that says so, and to options what `answer` does. */
function openvpn(...answer: string[]): void {
  script(
    folder.at('openvpn'),
    'if [ "$1" = --version ]; then echo "OpenVPN 2.9.1 x"; exit; fi',
    ...answer,
    'echo "1.000000 1001 OpenVPN 2.9.1 x"',
  );
}

describe('bonding check', () => {
  beforeEach(() => {
    programsIn(folder.path);
    writeFileSync(folder.at('bonding'), GOOD);
  });

  it('is good when the file is and OpenVPN takes all of it', async () => {
    openvpn();
    const text = 'the configuration is good\n';
    expect(await checkText(folder.at('bonding'))).toEqual({ ok: true, text });
  });

  it('names what OpenVPN refuses; the rest is good enough to start', async () => {
    openvpn('grep -q verb && { echo "1.000000 b000 Options error: no verb"; exit 1; }');
    const { ok, text } = await checkText(folder.at('bonding'));
    expect(ok).toBe(true);
    expect(text).toContain(
      "warning: section 'openvpn': OpenVPN 2.9.1 refuses option 'verb' (no verb)",
    );
  });

  it('is an error when OpenVPN cannot know the other end', async () => {
    openvpn('grep -q finger && { echo "1.000000 b000 Options error: no print"; exit 1; }');
    const { ok, text } = await checkText(folder.at('bonding'));
    expect(ok).toBe(false);
    expect(text).toContain('install OpenVPN 2.6 or later');
  });

  it('says that nobody was asked where OpenVPN does not run', async () => {
    script(folder.at('openvpn'), 'kill -9 $$');
    const { problems } = await checkFile(folder.at('bonding'));
    expect(problems.map(({ code }) => code)).toEqual(['options-untried']);
    expect((await checkText(folder.at('bonding'))).ok).toBe(true);
  });

  it('stops at a file that cannot be read', async () => {
    expect(await checkText(folder.at('none'))).toMatchObject({ ok: false });
    writeFileSync(folder.at('bonding'), 'config');
    expect((await checkText(folder.at('bonding'))).text).toContain('line 1');
  });
});
