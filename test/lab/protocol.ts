/**
 * What host and guest say to each other over the virtio-serial port: one JSON object per line.
 * Nothing here carries a time: the guest's clock is its own.
 */
export type ToGuest =
  | { op: 'start'; id: number; argv: string[]; env: Record<string, string> }
  | { op: 'signal'; id: number; signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL' }
  | { op: 'forward'; socket: string }
  | { op: 'halt' };

export type ToHost =
  | { op: 'ready' }
  | { op: 'output'; id: number; stream: 'stdout' | 'stderr' | 'result'; text: string }
  /** `code` is null when a signal or a failed start (`error`) ended it. */
  | { op: 'exit'; id: number; code: number | null; signal: string | null; error: string | null };

/** Name of the port on both sides: /sys/class/virtio-ports/X/name in the guest. */
export const PORT_NAME = 'lab';

/** File descriptor on which a guest program leaves its result, as one JSON text. */
export const RESULT_FD = 3;

/** TCP port in the guest's root namespace to which the host's forwarded port leads. */
export const FORWARD_PORT = 8080;

/** Cuts a stream of chunks into lines; call `end` for what is left without a newline. */
export function lineCutter(onLine: (line: string) => void): {
  push: (chunk: string) => void;
  end: () => void;
} {
  let rest = '';
  return {
    push: (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    },
    end: () => {
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
