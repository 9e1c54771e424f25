/**
 * How the servers' clocks compare with ours: an archive is searched by its own server's time, and two clocks that
 * disagree by minutes must not make a message look as if it had never been sent.
 */
import type { Clock } from '../../hub/clock.ts';
import { queryTimeMs } from '../../wire/xmpp/disco-query.ts';
import { toJid } from '../../wire/xmpp/jid.ts';
import type { XmppSession } from '../../wire/xmpp/session.ts';

const TIMEOUT_MS = 10_000;
/** What is allowed for beside the round trip: archives count whole seconds, and clocks are set while they run. */
const MARGIN_MS = 5_000;
/** How wrong the clock of a server may be that does not tell its time. */
const UNKNOWN_MARGIN_MS = 5 * 60_000;

export interface ServerTime {
  /**
   * How far the clock of a room's server is ahead of ours, milliseconds, and how wrong that may be. Never rejects.
   */
  offset(room: string): Promise<{ offsetMs: number; marginMs: number }>;
}

/** @param domain the account's own server */
export function createServerTime(
  stream: Pick<XmppSession, 'iq'>,
  clock: Clock,
  domain: string,
  signal: AbortSignal,
): ServerTime {
  const known = new Map<string, Promise<{ offsetMs: number; marginMs: number } | undefined>>();
  return {
    async offset(room) {
      const service = toJid(room)?.domain ?? domain;
      // A chat service rarely tells the time, but its server, of whose domain it is a part, does.
      const server = service.endsWith(`.${domain}`) ? domain : service;
      const asked = known.get(server) ?? ask(server);
      known.set(server, asked);
      return (await asked) ?? { offsetMs: 0, marginMs: UNKNOWN_MARGIN_MS };
    },
  };

  async function ask(candidate: string): Promise<{ offsetMs: number; marginMs: number } | undefined> {
    const sentAt = clock.now();
    try {
      const theirs = await queryTimeMs(stream, candidate, { timeoutMs: TIMEOUT_MS, signal });
      const now = clock.now();
      if (theirs === undefined) return undefined;
      return { offsetMs: theirs - (sentAt + now) / 2, marginMs: MARGIN_MS + (now - sentAt) };
    } catch {
      // A server without the service: the wide margin stands in for the answer.
      return undefined;
    }
  }
}
