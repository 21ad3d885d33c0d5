import { describe, expect, test } from 'vitest';
import { hostAllowed, originAllowed } from '../../../backend/src/status/page-guard.ts';

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
