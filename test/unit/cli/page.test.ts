import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tunnelTo } from '../../../backend/src/cli/page.ts';
import { keepAddress, makeToken, readAddress } from '../../../backend/src/daemon/page-token.ts';

test('the way to a page on loopback is an SSH tunnel; to a unix socket there is none', () => {
  const address = 'http://127.0.0.1:8470/#token=00';
  expect(tunnelTo(address, 'vps')).toBe(
    'from another machine, first run there: ssh -L 8470:127.0.0.1:8470 root@vps\n',
  );
  expect(tunnelTo('unix:/run/page.sock#token=00', 'vps')).toBe('');
});

test('tokens differ, and only the whole of one is right', () => {
  const [one, two] = [makeToken(), makeToken()];
  expect(one.text).not.toBe(two.text);
  expect(one.matches(one.text)).toBe(true);
  for (const wrong of ['', two.text, one.text.slice(1), `${one.text} `, one.text.toUpperCase()])
    expect(one.matches(wrong) && wrong !== one.text).toBe(false);
});

test('the file in the run folder is read as it was written, and nothing else is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bonding-token-'));
  expect(readAddress(folder)).toBeNull();
  const token = makeToken();
  keepAddress(folder, 'http://127.0.0.1:8470/', token);
  expect(readAddress(folder)).toBe(`http://127.0.0.1:8470/#token=${token.text}`);
  expect(statSync(join(folder, 'page-token')).mode & 0o777).toBe(0o600);
  for (const text of ['', 'x', `http://x/#token=${token.text}\nmore`, '#token=12']) {
    writeFileSync(join(folder, 'page-token'), text);
    expect(readAddress(folder)).toBeNull();
  }
  rmSync(folder, { recursive: true });
});
