/**
 * What the hub and its gate have agreed on. The hub opens a connection to the gate's socket and writes an order, a line of
 * JSON; the gate answers with another. Where it serves, the rest of the connection is HTTP/2, the gate being the client: the
 * end of that connection is how either knows that the other has gone. What they tell each other about a call is metadata
 * of the call, which bots neither see nor set.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** Raised with every change that a gate of an earlier version would not understand. `end` is understood by all. */
export const PROTOCOL = 1;

/** Of all metadata that is between the hub and the gate alone. */
export const PRIVATE_PREFIX = 'hutong-';

export const METADATA = {
  /** To the hub: the call's own id, the same when it is made again. */
  call: 'hutong-call',
  /** To the hub: the mark of the last event that the bot was told in a stream that is opened again. */
  told: 'hutong-told',
  /** To the gate, at the end of a stream: the hub goes, not the bot; the stream is to be opened again with the next. */
  hold: 'hutong-hold',
} as const;

export interface GateSettings {
  listen: { host: string; port: number };
  /** PEM. */
  tls?: { cert: string; key: string };
  /** How long the gate keeps bots while there is no hub. */
  lingerMs: number;
}

export type Order = { protocol: number } & (({ act: 'serve' } & GateSettings) | { act: 'end' });

export type Answer =
  /** @property port where bots find it */
  | { is: 'serving'; port: number }
  /** It listens elsewhere, or is of another version. */
  | { is: 'other' }
  | { is: 'failed'; message: string };

/** An order holds a certificate and its key; an answer less. */
const lineLimitBytes = 1024 * 1024;

export function writeLine(socket: Socket, line: Order | Answer): void {
  socket.write(`${JSON.stringify(line)}\n`);
}

/** The first line that comes; what is behind it is left to be read. Rejects where none comes, or one that is no JSON. */
export async function readLine(socket: Socket): Promise<unknown> {
  let bytes = Buffer.alloc(0);
  while (!bytes.includes('\n')) {
    const piece = socket.read() as Buffer | null;
    if (piece !== null) bytes = Buffer.concat([bytes, piece]);
    else if (socket.readableEnded || socket.destroyed) throw new Error('the connection ended');
    else await Promise.race([once(socket, 'readable'), once(socket, 'end'), once(socket, 'close')]);
    if (bytes.length > lineLimitBytes) throw new Error('a line without an end');
  }
  const end = bytes.indexOf('\n');
  if (end + 1 < bytes.length) socket.unshift(bytes.subarray(end + 1));
  return JSON.parse(bytes.toString('utf8', 0, end));
}
