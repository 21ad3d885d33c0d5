import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files of the lab that take longest. */
const LONG = ['start-stop', 'speed-test', 'bond', 'tun', 'heartbeats'].map(
  (name) => `/test/lab/${name}.test.ts`,
);

/** They come first: one that begins last runs by itself at the end, and a processor is idle. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONG.some((name) => moduleId.endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/**
 * unit: pure code and codecs, no root, no VM, under a minute.
 * integration: the daemon's parts against real processes, the patches against the kernel's source.
 * lab: the VM of test/lab, real kernel and OpenVPN; slow, one at a time.
 * e2e: the page in Chromium, against stand-ins for LuCI's side and the daemon in the VM.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'test/unit/**/*.test.ts',
            'test/wire/**/*.test.ts',
            'test/patches/*.test.ts',
            'test/*.test.ts',
          ],
          // Simulations take 2 s each, and several times that on a busy machine.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/patches/source/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
    ],
  },
});
