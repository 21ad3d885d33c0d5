import { describe, expect, test } from 'vitest';
import { hostAllowed, lanAllowed, originAllowed } from '../../../backend/src/status/page-guard.ts';

describe('hostAllowed', () => {
  test.each(['localhost', 'LOCALHOST:8470', '127.0.0.1', '127.0.0.1:1', '[::1]', '[::1]:65535'])(
    '%s is ours',
    (host) => expect(hostAllowed(host)).toBe(true),
  );

  test.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8470',
    'localhost.evil.example',
    'localhost:8470:1',
    'localhost:',
    'localhost:x',
    'evil@localhost',
    '127.0.0.1.nip.io',
    '127.0.0.2',
    '[::2]',
    ' localhost',
    'localhost\n',
  ])('%j is not', (host) => expect(hostAllowed(host)).toBe(false));
});

describe('originAllowed', () => {
  test.each([
    [undefined, 'localhost:1', true],
    ['http://localhost:1', 'localhost:1', true],
    ['https://LocalHost', 'localhost', true],
    ['http://localhost:2', 'localhost:1', false],
    ['http://127.0.0.1:1', 'localhost:1', false],
    ['null', 'localhost:1', false],
    ['', 'localhost:1', false],
    ['file://localhost:1', 'localhost:1', false],
    ['http://evil.example', 'localhost:1', false],
    ['http://localhost:1.evil.example', 'localhost:1', false],
    ['http://localhost:1/', 'localhost:1', false],
    ['http://x', undefined, false],
  ])('%s to %s: %s', (origin, host, allowed) => {
    expect(originAllowed(origin, host)).toBe(allowed);
  });
});

describe('lanAllowed', () => {
  const ours = ['192.168.1.1', 'fd00::1'];
  test.each([
    ['http://192.168.1.1', '192.168.1.1:8471', true],
    ['https://192.168.1.1:8443', '192.168.1.1:8471', true],
    ['http://[fd00::1]', '[FD00::1]:8471', true],
    ['http://OpenWrt.lan', 'openwrt.lan:8471', true],
    ['http://my_router', 'my_router', true],
    [undefined, '192.168.1.1:8471', false],
    ['null', '192.168.1.1:8471', false],
    ['', '192.168.1.1:8471', false],
    ['http://192.168.1.1', undefined, false],
    ['http://192.168.1.1', '', false],
    ['http://evil.example', '192.168.1.1:8471', false],
    ['http://openwrt.lan.evil.example', 'openwrt.lan:8471', false],
    ['http://evil.example/openwrt.lan', 'openwrt.lan:8471', false],
    ['http://openwrt.lan@evil.example', 'openwrt.lan:8471', false],
    ['file://openwrt.lan', 'openwrt.lan:8471', false],
    ['http://192.168.2.1', '192.168.2.1:8471', false],
    ['http://127.0.0.1', '127.0.0.1:8471', false],
    ['http://[fd00::2]', '[fd00::2]:8471', false],
    ['http://[fd00::1]', 'fd00::1', false],
  ])('%s to %s: %s', (origin, host, allowed) => {
    expect(lanAllowed(origin, host, ours)).toBe(allowed);
  });
});
