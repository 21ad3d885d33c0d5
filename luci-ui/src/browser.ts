import type { OpenSocket } from './dialogue.ts';
import type { Visibility } from './poll.ts';

/** Opens a WebSocket of the browser. */
export function webSocket(url: string | URL): OpenSocket {
  return (events) => {
    const socket = new WebSocket(url);
    socket.onopen = () => events.opened();
    socket.onmessage = (event: MessageEvent<unknown>) => events.message(event.data);
    socket.onclose = (event) => events.closed(event.code);
    return socket;
  };
}

/** Whether this tab is in front. */
export const tabVisibility: Visibility = {
  hidden: () => document.hidden,
  onShown(then) {
    const listener = (): void => void (document.hidden || then());
    document.addEventListener('visibilitychange', listener);
    return () => document.removeEventListener('visibilitychange', listener);
  },
};

/** Whether this browser has all that the page needs beside its syntax. */
export function isFit(): boolean {
  return typeof WebSocket === 'function' && typeof ResizeObserver === 'function';
}
