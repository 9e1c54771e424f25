/**
 * What we say in one room: handed to the stream in the order of the calls, and found again afterwards.
 */
import type { Clock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import type { Receipt } from '../../hub/network.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import type { ArchivedMessage } from '../../wire/xmpp/mam.ts';
import { readOriginId, toOriginId } from '../../wire/xmpp/stanza-ids.ts';
import type { Backlog } from './backlog.ts';
import type { Connection } from './connection.ts';
import type { RoomCursor } from './cursor.ts';
import type { Echoes, OwnTokens } from './echoes.ts';
import { notSent, toDeliveryError } from './failures.ts';
import type { ArchiveSearch } from './find.ts';
import type { RoomMessages } from './room-messages.ts';
import { inTime, orAborted } from './waiting.ts';

/** How long a message waits for its room before it is given back to its lane. Shorter than a send may take. */
const JOIN_WAIT_MS = 25_000;
/** How long `find` waits for an echo that is still to come. Shorter than a send may take, too. */
const ECHO_WAIT_MS = 25_000;
/** How long it waits for the backlog of a room with an archive, which often has the answer. */
const BACKLOG_WAIT_MS = 3_000;

export interface RoomSendsParts {
  clock: Clock;
  tokens: OwnTokens;
  echoes: Echoes;
  cursor: RoomCursor;
  backlog: Backlog;
  messages: RoomMessages;
  search: ArchiveSearch;
  archived(): boolean;
  /** The room shows every message with the id that it was sent with. */
  stableIds(): boolean;
  /** That of the run that now is. */
  connection(): Connection | undefined;
  /**
   * Resolves with the connection when we are in the room.
   *
   * @throws DeliveryError (not sent) when that takes until after the deadline, by the clock's `monotonicMs`
   */
  whenInside(deadlineMs: number): Promise<Connection>;
}

/**
 * Makes the stanza to send, before `deadlineMs` by the clock's `monotonicMs`; none where there is nothing (more) to be
 * said.
 */
export type Build = (
  connection: Connection,
  deadlineMs: number,
) => XmlElement | undefined | Promise<XmlElement | undefined>;

export class RoomSends {
  readonly #parts: RoomSendsParts;
  /** When something was last sent or asked, by the clock's `monotonicMs`. */
  usedAtMs: number;
  #handing: Promise<unknown> = Promise.resolve();
  /** How many sends did not get through and are to be tried again. */
  #givenBack = 0;
  /** With a backlog: how long it is waited for by who looks for something. */
  #patience: { whenRead: Promise<void>; over: Promise<void> } | undefined;

  constructor(parts: RoomSendsParts) {
    this.#parts = parts;
    this.usedAtMs = parts.clock.monotonicMs();
  }

  /**
   * Says something. `build` is called when it is this send's turn and we are in the room.
   *
   * @returns when the room has shown it; without an id where nothing was said
   * @throws DeliveryError, and what `build` throws
   */
  async send(token: string, build: Build): Promise<Receipt> {
    const { clock, echoes } = this.#parts;
    this.usedAtMs = clock.monotonicMs();
    const receipt = echoes.receipt(token);
    if (receipt) return receipt;
    if (echoes.awaits(token)) return echoes.expect(token);
    const deadlineMs = this.usedAtMs + JOIN_WAIT_MS;
    const connection = this.#parts.connection();
    const givenBack = this.#givenBack;
    const handing = this.#handing.then(() => this.#hand(token, build, connection, deadlineMs, givenBack));
    this.#handing = handing.then(
      // What the room sends back comes again, too: it may have lost us, and have us again when the next one is handed over.
      ({ echo }) => void echo.catch((error: unknown) => this.#noteGivenBack(error)),
      (error: unknown) => this.#noteGivenBack(error),
    );
    return (await handing).echo;
  }

  /**
   * Whether the token's message was sent; see the seam.
   *
   * @throws DeliveryError when it cannot be told yet
   */
  async find(token: string, since: number): Promise<Receipt | 'absent' | 'unsure'> {
    const { clock, tokens, echoes, backlog, cursor, messages } = this.#parts;
    this.usedAtMs = clock.monotonicMs();
    const known = echoes.receipt(token);
    if (known) return known;
    if (echoes.awaits(token)) {
      try {
        return await inTime(clock, echoes.expect(token), ECHO_WAIT_MS, 'the room has not shown it yet');
      } catch (error) {
        // Refused, or the room was left before it was shown: the archive has the last word. Else it may still come.
        if (echoes.awaits(token)) throw error;
      }
    }
    const connection = await this.#parts.whenInside(clock.monotonicMs() + JOIN_WAIT_MS);
    if (!tokens.knows(token)) await tokens.learn(token, connection.port.store);
    if (!this.#parts.archived()) {
      await inTime(clock, backlog.whenRead, JOIN_WAIT_MS, 'what was missed is still being read');
      return echoes.receipt(token) ?? 'unsure';
    }
    await this.#backlogReadOrLate();
    const caught = echoes.receipt(token);
    if (caught) return caught;
    const from = Math.min(since, clock.now());
    const note = (item: ArchivedMessage) => {
      messages.note(item);
      return tokens.isOwn(readOriginId(item.message));
    };
    const whole = await this.#parts.search.search(connection, from, cursor.current, note);
    return echoes.receipt(token) ?? (whole ? 'absent' : 'unsure');
  }

  /** Waits once for each backlog, whatever is sought meanwhile. Never rejects. */
  #backlogReadOrLate(): Promise<void> {
    const { clock, backlog } = this.#parts;
    const { whenRead } = backlog;
    if (this.#patience?.whenRead !== whenRead) {
      const inTimeOrLate = inTime(clock, whenRead, BACKLOG_WAIT_MS, 'what was missed is still being read');
      const over = inTimeOrLate.catch(() => {
        // Words of our own in it, by another client, may wait in the hub for what is sought here: the search reads the
        // archive by itself.
      });
      this.#patience = { whenRead, over };
    }
    return this.#patience.over;
  }

  #noteGivenBack(error: unknown): void {
    if (!(error instanceof DeliveryError && error.permanent)) this.#givenBack += 1;
  }

  async #hand(
    token: string,
    build: Build,
    connection: Connection | undefined,
    deadlineMs: number,
    givenBack: number,
  ): Promise<{ echo: Promise<Receipt> }> {
    const { tokens, echoes } = this.#parts;
    const inside = await this.#parts.whenInside(deadlineMs);
    // What was asked before it comes again, and has to come before it.
    if (this.#givenBack !== givenBack) throw notSent('what is to be said before it could not be sent');
    // Whoever asked in an earlier run has been told that it is over, and asks again.
    if (inside !== connection) throw notSent('the connection is over');
    // An earlier try waited for its turn when the hub gave it up, and has had it since.
    const shown = echoes.receipt(token);
    if (shown) return { echo: Promise.resolve(shown) };
    if (echoes.awaits(token)) return { echo: echoes.expect(token) };
    // Durable before the first one is out: after a crash the echoes must be known as ours.
    if (!tokens.knows(token)) await tokens.learn(token, connection.port.store);
    const building = build(connection, deadlineMs);
    const built = building instanceof Promise ? await building : building;
    if (!built) return { echo: Promise.resolve({}) };
    const stanza = this.#parts.stableIds() ? built : built.plus(toOriginId(token));
    const echo = echoes.expect(token);
    const sending = connection.stream.send(stanza);
    sending.catch((thrown: unknown) => {
      const error = toDeliveryError(thrown);
      if (error.outcome === 'failed') echoes.refuse(token, error);
    });
    try {
      // A place in the stream may be found only when it is resumed, long after this run.
      await orAborted(sending, connection.signal);
    } catch (thrown) {
      throw toDeliveryError(thrown);
    }
    return { echo };
  }
}
