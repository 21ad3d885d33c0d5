import { vi } from 'vitest';

/** What is printed from here on, kept instead; `vi.restoreAllMocks()` ends it. */
export interface Output {
  out: string;
  err: string;
}

/** Takes over stdout and stderr. */
export function captureOutput(): Output {
  const kept: Output = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    kept.out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    kept.err += String(text);
    return true;
  });
  return kept;
}
