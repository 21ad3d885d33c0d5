// `npm start`: sets up what is missing, builds, and shows two lines become one in the lab.
// Options after `--`: --lines 20/5/20,5/1/20 (down/up Mbit/s, round trip ms), --once.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { main, ROOT, say } from './lib.mjs';
import { setup } from './setup.mjs';

await main(async () => {
  await setup();
  say('build: bundling the daemon, the page and the lab …');
  await build();
  const child = spawn(
    process.execPath,
    [join(ROOT, 'dist/lab/start.cjs'), ...process.argv.slice(2)],
    { stdio: 'inherit' },
  );
  // Ctrl-C reaches the demo too, which ends the machine; we wait for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.exitCode = await new Promise((resolve) => {
    child.on('close', (code) => resolve(code ?? 1));
  });
});
