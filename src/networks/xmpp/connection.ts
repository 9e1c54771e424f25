/**
 * What one run of the account gives its rooms: the hub's port, the stream, and how to end both. A new one is made
 * for each run; the session behind it may be older.
 */
import type { Clock } from '../../hub/clock.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { Handled } from '../../wire/xmpp/inbound.ts';
import type { XmppSession } from '../../wire/xmpp/session.ts';
import { createServerTime, type ServerTime } from './server-time.ts';

/** The part of a session that rooms use. */
export type XmppStream = Pick<XmppSession, 'send' | 'sendAcked' | 'iq'>;

export interface Connection {
  readonly port: AccountPort;
  readonly stream: XmppStream;
  /** The account's own server. */
  readonly domain: string;
  /** Aborted when the run is over. */
  readonly signal: AbortSignal;
  /** Where the server's clock is, for comparing its times with ours. */
  readonly serverTime: ServerTime;
  /** Ends the run: something could not be kept, and is to be read again. */
  fail(error: unknown): void;
}

export interface ConnectionParts extends Pick<Connection, 'port' | 'stream' | 'domain' | 'signal' | 'fail'> {
  clock: Clock;
}

export function createConnection({ clock, ...parts }: ConnectionParts): Connection {
  const { stream, domain, signal } = parts;
  return { ...parts, serverTime: createServerTime(stream, clock, domain, signal) };
}

/**
 * What a stanza's handler answers when this is how long the server has to keep it. The stream goes on meanwhile: an event
 * of our own may wait in the hub for an echo that comes behind it.
 */
export function toHandled(durable: Promise<void> | undefined): Handled {
  return durable && { kept: durable };
}
