import { main } from './cli/main.ts';
import { reason } from './errors.ts';

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`bonding: ${reason(error)}\n`);
    process.exitCode = 1;
  },
);
