// `npm run bench -- [--help]`: see test/lab/host/programs/bench.ts.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { main, ROOT } from './lib.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  await setup({ driver: true, bench: true });
  await build();
  const program = join(ROOT, 'dist/lab/bench.cjs');
  const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = await new Promise((resolve) => {
    child.on('close', (code) => resolve(code ?? 1));
  });
});
