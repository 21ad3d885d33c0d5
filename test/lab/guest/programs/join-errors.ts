/**
 * Join codes that lead nowhere: what is said, and that nothing is half done at either end; and those
 * that work all the same. Arguments: lines, and the folder that `npm run package` filled.
 */
import { readFileSync } from 'node:fs';
import { decodeCode, encodeCode, type OnlineCode } from '../../../../backend/src/join/code.ts';
import { parseLines } from '../../lines.ts';
import {
  bareMachines,
  codeIn,
  filesIn,
  initWords,
  installer,
  NAME,
  packagedRouter,
  startUnit,
} from '../installed.ts';
import { buildLines, settled } from '../network.ts';
import { type OwnRoot, runIn } from '../own-root.ts';
import { program, progress } from '../program.ts';
import { type CommandResult, run } from '../run.ts';
import { compareSnapshots } from '../snapshot.ts';
import { now } from '../wait.ts';

/** A `bonding join`, how long it took (guest s), and what it changed in the files of both ends. */
export interface Attempt extends CommandResult {
  seconds: number;
  router: string[];
  server: string[];
}

/** Attempts that must fail. */
export type Failing =
  | 'mistyped'
  | 'cutOff'
  | 'wrongSecret'
  | 'otherServer'
  | 'serverGone'
  | 'portClosed'
  | 'tooLate'
  | 'used';

/** What {@link program} hands to the host. */
export interface JoinErrors {
  failing: Record<Failing, Attempt>;
  /** With both clocks before the day from which the certificates are valid. */
  clockOff: Attempt;
  /** The router that has joined uses its code once more. */
  again: Attempt;
  /** With a code that carries everything, while nobody listens; and whether the server expects it. */
  offline: Attempt & { expected: boolean };
}

/** In the server's network, with nobody behind it. */
const NOBODY = '198.51.100.99';

/** A code is good for a day. */
const TOO_LATE = 24.5 * 3600;

program(async ([text = '', folder = '']) => {
  const network = buildLines(parseLines(text));
  const { server, router } = bareMachines(folder);
  await settled();
  const installed = installer(server, '--yes');
  if (installed.code !== 0) throw new Error(`the installer failed: ${JSON.stringify(installed)}`);
  const code = codeIn(runIn(server, [...initWords(network.lines.length), '--yes']));
  const daemon = await startUnit(server);
  const second = packagedRouter(folder, 'second-router');
  // A daemon that has run once has made them.
  for (const one of [router, second]) runIn(one, ['bonding', 'keys']);
  const attempt = (word: string, at: OwnRoot = router): Attempt => tryJoin(at, server, word);
  const good = online(code);
  const as = (change: Partial<OnlineCode>): Attempt => attempt(encodeCode({ ...good, ...change }));

  const failing = {
    mistyped: attempt(mistype(code)),
    cutOff: attempt(code.slice(0, -6)),
    wrongSecret: as({ secret: good.secret.map((byte) => byte ^ 1) }),
    otherServer: as({ fingerprint: good.fingerprint.split(':').reverse().join(':') }),
    serverGone: as({ host: NOBODY }),
    portClosed: as({ port: good.port + 100 }),
    tooLate: atTime(seconds() + TOO_LATE, () => attempt(code)),
  };
  progress('codes that do not work tried');
  // All three at that time: for a server whose clock has leapt on by years the code is long over.
  const { clockOff, used, again } = atTime(Date.UTC(1999, 5) / 1000, () => ({
    clockOff: attempt(code),
    used: attempt(code, second),
    again: attempt(code),
  }));
  await daemon.stop();
  const offline = joinOffline(server, second);
  return { failing: { ...failing, used }, clockOff, again, offline } satisfies JoinErrors;
});

function online(text: string): OnlineCode {
  const decoded = decodeCode(text);
  if (decoded.ok && decoded.code.kind === 'online') return decoded.code;
  throw new Error(`the server's own code is none: ${JSON.stringify(decoded)}`);
}

/** One letter in the middle becomes its neighbour. */
function mistype(code: string): string {
  const at = code.length >> 1;
  return `${code.slice(0, at)}${code[at] === 'A' ? 'B' : 'A'}${code.slice(at + 1)}`;
}

function tryJoin(router: OwnRoot, server: OwnRoot, code: string): Attempt {
  const look = () => ({
    router: filesIn(router, ['/etc/config', '/etc/bonding']),
    server: filesIn(server, ['/etc/bonding']),
  });
  const [before, started] = [look(), now()];
  const result = router.run(['bonding', 'join', code, '--yes']);
  const [after, ended] = [look(), now()];
  return {
    ...result,
    seconds: (ended - started) / 1000,
    router: compareSnapshots(before.router, after.router),
    server: compareSnapshots(before.server, after.server),
  };
}

function joinOffline(server: OwnRoot, router: OwnRoot): JoinErrors['offline'] {
  const words = ['bonding', 'server', 'code', '--name', NAME, '--offline'];
  const joined = tryJoin(router, server, codeIn(runIn(server, words)));
  const fingerprint = runIn(router, ['bonding', 'keys']).trim();
  const config = readFileSync(server.path(`/etc/bonding/${NAME}/config`), 'utf8');
  return { ...joined, expected: config.includes(fingerprint) };
}

/** Unix time, s. */
function seconds(): number {
  return Date.now() / 1000;
}

/** The guest has one clock for all its machines: what `work` does, it does at another time. */
function atTime<T>(time: number, work: () => T): T {
  const back = seconds() - time;
  run(['date', '-s', `@${Math.floor(time)}`]);
  try {
    return work();
  } finally {
    run(['date', '-s', `@${Math.floor(seconds() + back)}`]);
  }
}
