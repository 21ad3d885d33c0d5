import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diagnosticsText, LIMIT } from '../../../backend/src/status/diagnostics.ts';

const lines = (count: number, length = 90): string =>
  Array.from({ length: count }, (_, index) => `${index} ${'x'.repeat(length)}`).join('\n');
const size = (text: string): number => Buffer.byteLength(text);

describe('the text for a bug report', () => {
  it('has every part under its title', () => {
    const parts = [
      { title: 'versions', text: 'bonding: 1.2.3\n' },
      { title: 'log', text: 'one\ntwo', log: true },
    ];
    expect(diagnosticsText(parts, null)).toBe(
      '==== versions ====\nbonding: 1.2.3\n\n==== log ====\none\ntwo\n\n',
    );
  });

  it('is without secrets always, without addresses and names when that is asked for', () => {
    const parts = [
      { title: 'a', text: '203.0.113.5 vps.example.com\n<key>\nsecret\n</key>' },
      { title: 'b', text: '203.0.113.5' },
    ];
    const open = diagnosticsText(parts, null);
    expect(open).toContain('203.0.113.5 vps.example.com');
    expect(open).not.toContain('secret');
    const masked = diagnosticsText(parts, ['vps.example.com']);
    expect(masked).toContain('address-1 server-1');
    expect(masked).toContain('==== b ====\naddress-1\n');
  });

  it('loses the oldest lines of its logs first where it is too long', () => {
    const parts = [
      { title: 'configuration', text: lines(1_000) },
      { title: 'log 0', text: lines(4_000), log: true },
      { title: 'log 1', text: 'short', log: true },
    ];
    const text = diagnosticsText(parts, null);
    expect(size(text)).toBeLessThanOrEqual(LIMIT);
    expect(size(text)).toBeGreaterThan(LIMIT * 0.8);
    expect(text).toContain(lines(1_000));
    expect(text).toContain('==== log 0 ====\n(cut)\n');
    expect(text).toContain(`\n3999 ${'x'.repeat(90)}\n\n==== log 1 ====\nshort`);
  });

  it('is never longer than its limit', () => {
    const part = fc.record({
      title: fc.constant('part'),
      text: fc.oneof(
        fc.string({ maxLength: 3_000 }),
        fc.array(fc.string({ maxLength: 80 }), { maxLength: 200 }).map((all) => all.join('\n')),
      ),
      log: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        expect(size(diagnosticsText(parts, null, 2_000))).toBeLessThanOrEqual(2_000);
      }),
    );
  });
});
