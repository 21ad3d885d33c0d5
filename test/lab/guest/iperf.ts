import { parseIperf, type TcpResult } from './iperf-json.ts';
import { start } from './process.ts';
import { tryRun } from './run.ts';
import { until } from './wait.ts';

/** One TCP flow to measure. */
export interface TcpTest {
  /** Namespace of the client; it sends, unless `reverse`. */
  from: string;
  /** Namespace of the server and the address under which the client reaches it. */
  to: { ns: string; address: string };
  /** Length of the measured part, s; default 6. */
  seconds?: number;
  /** Not counted at the start, s; default 2. */
  omit?: number;
  /** The server sends. */
  reverse?: boolean;
  /** Congestion control of the sender; default the namespace's (cubic). */
  congestion?: 'cubic' | 'bbr' | 'reno';
  /** Device of the client that the flow must use, whatever the routes say. */
  device?: string;
  /** Local address of the client. */
  bind?: string;
  /** Both ends ask for MPTCP (the namespaces need endpoints for it; see mptcp.ts). */
  mptcp?: boolean;
}

/** Makes a program's TCP sockets MPTCP sockets. */
const MPTCPIZE = ['mptcpize', 'run'];

const FIRST_PORT = 5201;
let tests = 0;

/** Measures one TCP flow with iperf3. Throws with iperf3's own error when it could not. */
export async function measureTcp(test: TcpTest): Promise<TcpResult> {
  const { result } = await startTcp(test);
  return result();
}

/** As {@link measureTcp}, but returns when the flow begins, so that things can be done to it. */
export async function startTcp(test: TcpTest): Promise<{ result: () => Promise<TcpResult> }> {
  const number = tests++;
  const port = FIRST_PORT + number;
  const { ns } = test.to;
  const wrapped = test.mptcp ? MPTCPIZE : [];
  const listen = ['iperf3', '-s', '-1', '--json', '-i', '0.5', '-p', String(port)];
  const server = await start([...wrapped, ...listen], { name: `iperf3-${number}-server`, ns });
  const listening = (): boolean => {
    if (!server.running()) throw new Error(server.log());
    return tryRun(['ss', '-Hltn', `sport = :${port}`], { ns }).stdout !== '';
  };
  await until('iperf3 to listen', listening, { timeout: 30_000 });
  const options = { name: `iperf3-${number}-client`, ns: test.from };
  const client = await start([...wrapped, ...iperfArguments(test, port)], options);
  const result = async (): Promise<TcpResult> => {
    await client.ended;
    await server.stop('SIGKILL');
    return parseIperf(client.log(), test.reverse === true);
  };
  return { result };
}

/** The client's command line. */
export function iperfArguments(test: TcpTest, port: number): string[] {
  const { seconds = 6, omit = 2, to } = test;
  return [
    ...['iperf3', '-c', to.address, '-p', String(port), '--json', '--get-server-output'],
    ...['-t', String(seconds), '-O', String(omit), '-i', '0.5'],
    ...(test.reverse ? ['-R'] : []),
    ...(test.congestion ? ['-C', test.congestion] : []),
    ...(test.device ? ['--bind-dev', test.device] : []),
    ...(test.bind ? ['-B', test.bind] : []),
  ];
}
