/**
 * Saying something on QQ, and finding out whether it was said. QQ takes no id of ours: so what is sent is noted durably
 * before, and where the outcome is not known it is looked for among what the account has said.
 */
import { DeliveryError } from '../../hub/errors.ts';
import type { AccountPort, OutgoingMessage, Receipt } from '../../hub/network.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { ActionError } from '../../wire/onebot11/errors.ts';
import { RETCODE } from '../../wire/onebot11/retcodes.ts';
import { toDeliveryError } from './failures.ts';
import { readMissed } from './history.ts';
import { toPlace } from './room-name.ts';
import { toWays, type Way, type WaysParts } from './ways.ts';

/** Sends whose outcome is kept: whoever crashed between a receipt and its journal asks for the last ones. */
const KEPT_LIMIT = 200;
/** How long a message may take to arrive after its call has failed: before that its absence proves nothing. */
const SETTLE_MS = 30_000;
/** Messages of a room that are looked through for one of ours. */
const SOUGHT_LIMIT = 2000;
/** Clocks may differ by so much. */
const SKEW_MS = 60_000;
/** A message that QQ has refused so often is not tried again by itself. */
const REFUSALS_LIMIT = 5;
const REFUSED_REMEMBERED = 200;
const KEY_PREFIX = 'sent/';

interface Sent {
  room: string;
  print: string;
  /** When it went out, milliseconds since the epoch. */
  at: number;
  /** Its message id, once known. */
  id?: number;
}

export interface SendsParts extends WaysParts {
  port: AccountPort;
}

export class Sends {
  readonly #parts: SendsParts;
  /** Outcomes kept, oldest first. */
  readonly #sent = new Map<string, Sent>();
  readonly #refusals = new RecentMap<number>(REFUSED_REMEMBERED);
  readonly #mutedUntil = new Map<number, number>();
  /** Ways of saying something that the implementation does not have. */
  readonly #lacking = new Set<Way['name']>();

  constructor(parts: SendsParts) {
    this.#parts = parts;
  }

  /** Reads what was noted of earlier sends. */
  async open(): Promise<void> {
    const { store } = this.#parts.port;
    const noted = (await store.list(KEY_PREFIX)).map(
      ([key, value]) => [key.slice(KEY_PREFIX.length), JSON.parse(value) as Sent] as const,
    );
    for (const [token, sent] of noted.toSorted(([, a], [, b]) => a.at - b.at)) {
      this.#sent.set(token, sent);
      if (sent.id !== undefined) this.#parts.own.claim(sent.id, token);
    }
  }

  /** The account may not speak in a group until then, milliseconds since the epoch; 0: it may. */
  muted(group: number, until: number): void {
    if (until === 0) this.#mutedUntil.delete(group);
    else this.#mutedUntil.set(group, until);
  }

  async send({ room, token, body, replyTo }: OutgoingMessage): Promise<Receipt> {
    const { clock } = this.#parts;
    const place = toPlace(room);
    if (!place)
      throw new DeliveryError('failed', `there is no room ${JSON.stringify(room)}`, { permanent: true });
    const mutedMs = place.type === 'group' ? (this.#mutedUntil.get(place.id) ?? 0) - clock.now() : 0;
    if (mutedMs > 0)
      throw new DeliveryError('failed', 'the account is muted there', { retryAfterMs: mutedMs });
    // What is no message there (a file told by a notice) cannot be answered.
    const answered = /^-?\d+$/.test(replyTo?.native ?? '') ? replyTo?.native : undefined;
    const ways = (await toWays(place, body, answered, this.#parts)).filter(
      ({ name }, index, all) => index === all.length - 1 || !this.#lacking.has(name),
    );
    for (const [index, way] of ways.entries()) {
      await this.#note(token, { room, print: way.print, at: clock.now() });
      try {
        const id = await way.say();
        if (id === undefined) {
          await this.#forget(token);
          return {};
        }
        this.#parts.own.claim(id, token);
        await this.#settle(token, id);
        return { native: String(id) };
      } catch (error) {
        if (index === ways.length - 1 || !this.#isRefused(way, error)) {
          throw await this.#toFailure(token, error);
        }
      }
    }
    throw new DeliveryError('failed', 'there is no way to say it', { permanent: true });
  }

  /** Whether the implementation did not do it, so that it can be said in another way. */
  #isRefused({ name }: Way, error: unknown): boolean {
    if (!(error instanceof ActionError) || toDeliveryError(error).outcome !== 'failed') return false;
    if (error.retcode === RETCODE.unknownAction) this.#lacking.add(name);
    this.#parts.port.log.info({ way: name, reason: error.message }, 'it is said in another way');
    return true;
  }

  /** See `Actions.find`. */
  async find({ room, token }: { room: string; token: string }): Promise<Receipt | 'absent' | 'unsure'> {
    const { clock, own, client, selfId } = this.#parts;
    const sent = this.#sent.get(token);
    // It is noted before it goes out.
    if (!sent) return 'absent';
    if (sent.id !== undefined) return { native: String(sent.id) };
    const sinceMs = sent.at - SKEW_MS;
    let reachesBack = false;
    if (!own.find(room, sent.print, sinceMs)) {
      try {
        // No message has this id: all is read back to the time.
        const begin = { id: Number.NaN, time: Math.floor(sinceMs / 1000) };
        const read = await readMissed(client, room, selfId, begin, SOUGHT_LIMIT);
        for (const message of read?.messages ?? []) {
          if (message.user_id === selfId || message.post_type === 'message_sent') own.seen(room, message);
        }
        // Without a history only an echo can tell.
        reachesBack = read?.isComplete ?? false;
      } catch (error) {
        throw new DeliveryError('failed', 'it cannot be looked for now', { cause: error });
      }
    }
    const found = own.find(room, sent.print, sinceMs);
    if (found) {
      own.claim(found.id, token);
      await this.#settle(token, found.id);
      return { native: String(found.id) };
    }
    const leftMs = sent.at + SETTLE_MS - clock.now();
    if (leftMs > 0) {
      throw new DeliveryError('failed', 'it may still arrive', { retryAfterMs: Math.min(leftMs, 5000) });
    }
    return reachesBack ? 'absent' : 'unsure';
  }

  async #toFailure(token: string, thrown: unknown): Promise<DeliveryError> {
    const error = toDeliveryError(thrown);
    if (error.outcome === 'unknown') return error;
    await this.#forget(token);
    if (!(thrown instanceof ActionError) || error.permanent) return error;
    const refusals = (this.#refusals.get(token) ?? 0) + 1;
    this.#refusals.set(token, refusals);
    if (refusals < REFUSALS_LIMIT) return error;
    return new DeliveryError('failed', error.message, { cause: thrown, permanent: true });
  }

  async #note(token: string, sent: Sent): Promise<void> {
    try {
      await this.#parts.port.store.set(KEY_PREFIX + token, JSON.stringify(sent));
    } catch (error) {
      throw new DeliveryError('failed', 'it could not be noted before it went out', { cause: error });
    }
    this.#sent.set(token, sent);
  }

  /** Notes an outcome, and lets go of the oldest. Never rejects: what was sent stays sent. */
  async #settle(token: string, id: number): Promise<void> {
    const sent = this.#sent.get(token);
    if (!sent) return;
    const settled = { ...sent, id };
    this.#sent.delete(token);
    this.#sent.set(token, settled);
    await this.#write(token, JSON.stringify(settled));
    for (const [oldest] of this.#sent) {
      if (this.#sent.size <= KEPT_LIMIT) break;
      await this.#forget(oldest);
    }
  }

  async #forget(token: string): Promise<void> {
    this.#sent.delete(token);
    await this.#write(token, undefined);
  }

  async #write(token: string, value: string | undefined): Promise<void> {
    const { store, log } = this.#parts.port;
    try {
      await store.set(KEY_PREFIX + token, value);
    } catch (error) {
      // The run is over, or the journal says it itself: the send is looked for once more, at worst.
      log.debug({ err: error }, 'the outcome of a send could not be noted');
    }
  }
}
