/**
 * What one run of the account gives its rooms: the hub's port, the stream, and how to end both. A new one is made
 * for each run; the session behind it may be older.
 */
import type { Clock } from '../../hub/clock.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { XmppSession } from '../../wire/xmpp/session.ts';
import { createServerTime } from './server-time.ts';

/** Events on the way to the journal that the stream does not wait for. */
const BACKGROUND_LIMIT = 256;

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
  /**
   * Lets the stream go on though this is not durable yet, because it could be read again: up to a bound, behind
   * which the answer has to be waited for.
   */
  background(durable: Promise<void>): Promise<void> | undefined;
}

export interface ServerTime {
  /**
   * How far the clock of a room's server is ahead of ours, milliseconds, and how wrong that may be. Never rejects.
   */
  offset(room: string): Promise<{ offsetMs: number; marginMs: number }>;
}

export interface ConnectionParts extends Pick<Connection, 'port' | 'stream' | 'domain' | 'signal' | 'fail'> {
  clock: Clock;
}

export function createConnection({ clock, ...parts }: ConnectionParts): Connection {
  const { stream, domain, signal, fail } = parts;
  let open = 0;
  let waiting: PromiseWithResolvers<void> | undefined;
  return {
    ...parts,
    serverTime: createServerTime(stream, clock, domain, signal),
    background: (durable) => {
      open += 1;
      durable.catch(fail).finally(() => {
        open -= 1;
        if (open >= BACKGROUND_LIMIT) return;
        waiting?.resolve();
        waiting = undefined;
      });
      if (open < BACKGROUND_LIMIT) return undefined;
      return (waiting ??= Promise.withResolvers<void>()).promise;
    },
  };
}
