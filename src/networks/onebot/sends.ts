/**
 * Saying something on QQ, and finding out whether it was said. QQ takes no id of ours: so what is sent is noted durably
 * before, and where the outcome is not known it is looked for among what the account has said.
 */
import { DeliveryError } from '../../hub/errors.ts';
import type { AccountPort, OutgoingMessage, Receipt } from '../../hub/network.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { SentNotes, type SentNote } from '../../hub/sent-notes.ts';
import { ActionError } from '../../wire/onebot11/errors.ts';
import { RETCODE } from '../../wire/onebot11/retcodes.ts';
import { toDeliveryError } from './failures.ts';
import { readMissed } from './history.ts';
import { toPlace } from './room-name.ts';
import { toWays, type Way, type WaysParts } from './ways.ts';

/** How long a message may take to arrive after its call has failed: before that its absence proves nothing. */
const SETTLE_MS = 30_000;
/** Messages of a room that are looked through for one of ours. */
const SOUGHT_LIMIT = 2000;
/** Clocks may differ by so much. */
const SKEW_MS = 60_000;
/** A message that QQ has refused so often is not tried again by itself. */
const REFUSALS_LIMIT = 5;
const REFUSED_REMEMBERED = 200;

interface Sent extends SentNote {
  room: string;
  /** Of the message that went out last. */
  print: string;
  /** Where it takes several messages: how many, and the ids of those that are said. The first stands for all. */
  parts?: number;
  said?: number[];
  id?: number;
}

export interface SendsParts extends WaysParts {
  port: AccountPort;
}

export class Sends {
  readonly #parts: SendsParts;
  readonly #notes: SentNotes<Sent>;
  readonly #refusals = new RecentMap<number>(REFUSED_REMEMBERED);
  readonly #mutedUntil = new Map<number, number>();
  /** Ways of saying something that the implementation does not have. */
  readonly #lacking = new Set<Way['name']>();

  constructor(parts: SendsParts) {
    this.#parts = parts;
    this.#notes = new SentNotes(parts.port);
  }

  /** Reads what was noted of earlier sends. */
  async open(): Promise<void> {
    await this.#notes.open();
    for (const [token, { id, said = [] }] of this.#notes.entries()) {
      for (const each of id === undefined ? said : [id, ...said]) this.#parts.own.claim(each, token);
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
    // What was said in part goes on where it stopped: words are the last way.
    const isBegun = (this.#notes.get(token)?.said?.length ?? 0) > 0;
    const ways = (await toWays(place, body, answered, this.#parts)).filter(
      ({ name }, index, all) => index === all.length - 1 || !(isBegun || this.#lacking.has(name)),
    );
    for (const [index, way] of ways.entries()) {
      try {
        const id = await this.#say(way, room, token);
        if (id === undefined) {
          await this.#notes.forget(token);
          return {};
        }
        await this.#notes.settle(token, id);
        return { native: String(id) };
      } catch (error) {
        if (index === ways.length - 1 || !this.#isRefused(way, error)) {
          throw await this.#toFailure(token, error);
        }
      }
    }
    throw new DeliveryError('failed', 'there is no way to say it', { permanent: true });
  }

  /** Says what of it is not said yet. Answers the id of the first message, where it is told. */
  async #say({ parts }: Way, room: string, token: string): Promise<number | undefined> {
    const { clock, own } = this.#parts;
    const said = this.#notes.get(token)?.said ?? [];
    let first = said[0];
    for (const part of parts.slice(said.length)) {
      const at = clock.now();
      // The note has the list itself, so that what is settled has all of it.
      const progress = parts.length > 1 ? { parts: parts.length, said } : {};
      await this.#notes.note(token, { room, print: part.print, at, ...progress });
      // The hub knows the echo of the first by its receipt.
      if (first !== undefined) own.expectText(room, part.print, at);
      const id = await part.say();
      if (id === undefined) return undefined;
      own.claim(id, token);
      first ??= id;
      said.push(id);
    }
    return first;
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
    const sent = this.#notes.get(token);
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
      const { parts = 1, said = [] } = sent;
      said.push(found.id);
      // What is behind it was not said: sending it again goes on there.
      if (said.length < parts) return 'absent';
      const [first = found.id] = said;
      await this.#notes.settle(token, first);
      return { native: String(first) };
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
    // What is said of it already is not said again.
    if ((this.#notes.get(token)?.said?.length ?? 0) === 0) await this.#notes.forget(token);
    if (!(thrown instanceof ActionError) || error.permanent) return error;
    const refusals = (this.#refusals.get(token) ?? 0) + 1;
    this.#refusals.set(token, refusals);
    if (refusals < REFUSALS_LIMIT) return error;
    return new DeliveryError('failed', error.message, { cause: thrown, permanent: true });
  }
}
