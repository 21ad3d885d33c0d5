/** What one flow brought, seen by its receiver. */
export interface TcpResult {
  /** Goodput: payload that arrived in the measured part, bit/s. */
  bitsPerSecond: number;
  /** Segments that the sender sent again in the measured part. */
  retransmits: number;
  /** The receiver's half seconds; `at` is seconds from the start of the measured part. */
  series: { at: number; bitsPerSecond: number }[];
}

/** The parts of iperf3's JSON (3.9 to 3.17) that we read. */
interface IperfReport {
  error?: string;
  intervals?: { sum: IperfSum }[];
  server_output_json?: { intervals?: { sum: IperfSum }[] };
}

interface IperfSum {
  seconds: number;
  bytes: number;
  omitted: boolean;
  retransmits?: number;
}

/**
 * Reads the output of `iperf3 --json --get-server-output`, its server run with --json too. Both ends report; the receiver's bytes
 * count, the sender's retransmits. `reverse`: the server sent. Throws with iperf3's error.
 */
export function parseIperf(text: string, reverse: boolean): TcpResult {
  const report = parseReport(text);
  const client = measured(report.intervals);
  const server = measured(report.server_output_json?.intervals);
  const [sender, receiver] = reverse ? [server, client] : [client, server];
  const seconds = total(receiver, (sum) => sum.seconds);
  if (seconds === 0) throw new Error('iperf3 measured nothing: no interval came from the receiver');
  let at = 0;
  const series = receiver.map((sum) => {
    const point = { at: round(at), bitsPerSecond: Math.round((sum.bytes * 8) / sum.seconds) };
    at += sum.seconds;
    return point;
  });
  return {
    bitsPerSecond: Math.round((total(receiver, (sum) => sum.bytes) * 8) / seconds),
    retransmits: total(sender, (sum) => sum.retransmits ?? 0),
    series,
  };
}

function parseReport(text: string): IperfReport {
  let report: IperfReport;
  try {
    report = JSON.parse(text) as IperfReport;
  } catch {
    throw new Error(`iperf3 printed no JSON: ${text.slice(0, 500)}`);
  }
  if (report.error !== undefined) throw new Error(`iperf3: ${report.error}`);
  return report;
}

/** The last interval may be a sliver of a few ms after the end: it says nothing about the rate. */
function measured(intervals: { sum: IperfSum }[] | undefined): IperfSum[] {
  const sums = (intervals ?? []).map((interval) => interval.sum);
  return sums.filter((sum) => !sum.omitted && sum.seconds > 0.1);
}

function total(sums: readonly IperfSum[], value: (sum: IperfSum) => number): number {
  return sums.reduce((before, sum) => before + value(sum), 0);
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
