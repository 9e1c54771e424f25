/** Ending a WebSocket: the other side is told why, and if it does not answer that soon it is cut off. */
import type { WebSocket } from 'ws';
import type { Clock } from '../hub/clock.ts';

const farewellMs = 1_000;

/** @param code @see RFC 6455 section 7.4.1, and the IANA registry of close codes */
export function closeSoon(socket: WebSocket, clock: Clock, code: number, reason: string): void {
  socket.close(code, reason);
  const cancel = clock.after(farewellMs, () => socket.terminate());
  socket.once('close', cancel);
}
