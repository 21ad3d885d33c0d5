import type { HeartbeatPacket } from '../../../backend/src/monitor/heartbeat-packet.ts';

/** A good heartbeat of the link 1194. */
export function goodHeartbeat(more: Partial<HeartbeatPacket> = {}): HeartbeatPacket {
  return {
    ...{ hears: true, out: false, poll: false, link: 1194, seq: 1, sent: 5_000, echo: 0, held: 0 },
    ...{ interval: 100, rxPackets: 0, rxBytes: 0, rxQueue: 0, heard: 0, txPackets: 0 },
    ...{ gone: false, probe: false, probed: 0, behind: 0 },
    ...more,
  };
}
