import { type Figures, lossOf, takeSeveral } from './heartbeat-figures.ts';
import { intervalOf, type Line } from './heartbeat-line.ts';
import { type CountsOf, type Session, verdictOf } from './heartbeat-session.ts';
import { ownRates, packetLoss, type Step, sampleWay } from './heartbeat-traffic.ts';
import type { HeartbeatState, LineSample } from './heartbeats.ts';
import { tenthOrNull } from './tenth.ts';

/** Figures are not told when the last heartbeat is older than this, ms, or than three are apart. */
const STALE = 3_000;

/** Figures of all lines; rates are since the last call. */
export function samplesOf(session: Session, countsOf: CountsOf, now: number): LineSample[] {
  return session.lines.map((line) => {
    const { figures, traffic } = line;
    const own = ownRates(traffic, countsOf(line.config.name), now);
    const fresh = isFresh(line, now);
    const sent = stepOf(sampleWay(traffic.tx));
    sampleWay(traffic.rx);
    return {
      link: line.config.name,
      rtt: fresh ? tenthOrNull(figures.rtt) : null,
      jitter: fresh ? tenthOrNull(figures.jitter) : null,
      loss: lossOf(figures, now),
      ...queuesOf(figures),
      lossTx: fresh ? packetLoss(traffic.tx) : null,
      lossRx: fresh ? packetLoss(traffic.rx) : null,
      ...sent,
      txRate: whole(own.tx),
      rxRate: whole(own.rx),
    };
  });
}

function stepOf(
  step: Step | null,
): Pick<LineSample, 'sentTx' | 'lostTx' | 'beatsTx' | 'beatsLostTx' | 'deliveredTx'> {
  if (step === null)
    return { sentTx: null, lostTx: null, beatsTx: null, beatsLostTx: null, deliveredTx: null };
  return {
    sentTx: step.sent,
    lostTx: step.lost,
    beatsTx: step.beats,
    beatsLostTx: step.beatsLost,
    deliveredTx: whole(step.rate),
  };
}

function queuesOf(figures: Figures): Pick<LineSample, 'queueTx' | 'queueTxMax' | 'queueRx'> {
  const tx = takeSeveral(figures.peerQueues);
  const rx = takeSeveral(figures.queues);
  return {
    queueTx: tenthOrNull(tx?.mean ?? null),
    queueTxMax: tenthOrNull(tx?.most ?? null),
    queueRx: tenthOrNull(rx?.mean ?? null),
  };
}

/** What is known of one link now; null: it has no heartbeats. */
export function stateOf(session: Session, name: string, now: number): HeartbeatState | null {
  const line = session.lines.find(({ config }) => config.name === name);
  if (line === undefined) return null;
  const { figures, heard } = line;
  const fresh = isFresh(line, now);
  return {
    verdict: verdictOf(session, line),
    interval: intervalOf(line),
    rtt: fresh ? tenthOrNull(figures.rtt) : null,
    jitter: fresh ? tenthOrNull(figures.jitter) : null,
    loss: lossOf(figures, now),
    heardAgo: heard === null ? null : Math.round(now - heard.at),
    peerHears: heard?.hears ?? false,
    peerOut: heard?.out ?? false,
    behind: heard === null || !fresh ? null : heard.behind / 10,
    pathMtu: line.path.result,
  };
}

function isFresh(line: Line, now: number): boolean {
  return line.heard !== null && now - line.heard.at <= Math.max(STALE, 3 * line.expected);
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
