/** `npm start`: the lab, the bond, the table; then the status until Ctrl-C. */
import { parseArgs } from 'node:util';
import { statusTable } from '../../../../backend/src/cli/table.ts';
import type { Snapshot } from '../../../../backend/src/status/snapshot.ts';
import { type DemoResult, MARK } from '../../demo-protocol.ts';
import { formatLines, type Line, parseLines } from '../../lines.ts';
import { beatsBestLine, resultTable } from '../demo-table.ts';
import { freePort } from '../free-port.ts';
import { boot } from '../machine.ts';

/** Two DSL lines as many have them. */
const LINES = '10/2/25,10/2/25';

/** Where the daemon serves its page inside the guest; see guest/ends.ts. */
const PAGE_SOCKET = '/run/lab/ends/router/page.sock';

/** Preferred port of the page on this machine. */
const PAGE_PORT = 8470;

interface Choices {
  lines: Line[];
  once: boolean;
}

function readArguments(): Choices {
  const { values } = parseArgs({
    options: { lines: { type: 'string' }, once: { type: 'boolean' } },
  });
  return { lines: parseLines(values.lines ?? LINES), once: values.once === true };
}

async function demo({ lines, once }: Choices): Promise<number> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const stop = new AbortController();
  const port = once ? null : await freePort(PAGE_PORT);
  say(`lab: booting a virtual machine with ${lines.length} lines (${formatLines(lines)}) …`);
  const forward = port === null ? {} : { forward: { hostPort: port, guestSocket: PAGE_SOCKET } };
  // A virtual clock races ahead while nothing happens: fine for measuring, not for watching.
  const machine = await boot({ clock: once ? 'virtual' : 'real', ...forward });
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  let result: DemoResult | null = null;
  let table = '';
  let page = '';
  const onLine = (line: string): void => {
    if (line.startsWith(MARK.result)) {
      result = JSON.parse(line.slice(MARK.result.length)) as DemoResult;
      table = resultTable(lines, result);
      process.stdout.write(`\n${table}\n`);
      if (!once && process.stdout.isTTY) process.stdout.write('\x1b[2J');
    } else if (line.startsWith(MARK.page)) {
      page = `http://127.0.0.1:${port}/${line.slice(MARK.page.length)}`;
      if (!process.stdout.isTTY) say(`page: ${page}`);
    } else if (line.startsWith(MARK.status)) {
      show(JSON.parse(line.slice(MARK.status.length)) as Snapshot, table, page);
    } else say(`lab: ${line}`);
  };
  try {
    say(`lab: up (${machine.accelerator}); measuring takes a minute or two …`);
    const args = [formatLines(lines), once ? 'once' : 'stay'];
    const seconds = once ? 1_800 : 1_000_000;
    const ran = await machine.run('demo', args, { onLine, seconds, signal: stop.signal });
    if (ran.code !== 0 && !stop.signal.aborted) say(ran.stderr);
    if (result === null) return stop.signal.aborted ? 0 : 1;
    return !once || beatsBestLine(result) ? 0 : 1;
  } finally {
    await machine.close();
  }
}

/** The whole screen anew on a terminal, however narrow it is; one line a second elsewhere. */
function show(snapshot: Snapshot, table: string, page: string): void {
  if (!process.stdout.isTTY) {
    const { state, bond } = snapshot;
    process.stdout.write(`${state}, down ${bond.rx_rate} bit/s, up ${bond.tx_rate} bit/s\n`);
    return;
  }
  const text = `${table}\n\n${statusTable(snapshot, true)}\npage: ${page}   (Ctrl-C ends)\n`;
  process.stdout.write(`\x1b[H${text}\x1b[J`);
}

Promise.resolve()
  .then(() => demo(readArguments()))
  .then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
