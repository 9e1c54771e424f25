/** Asks a room to let us in, under one nick after the other, until it takes one. @see XEP-0045 §7.2 */
import type { Clock } from '../../hub/clock.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import { toJoin, type JoinHistory } from '../../wire/xmpp/muc.ts';
import { readStanzaError, type StanzaErrorDetails } from '../../wire/xmpp/stanza-error.ts';
import { NotAdmitted } from './admission.ts';
import type { Connection } from './connection.ts';
import type { NickChoice } from './nick.ts';
import { inTime, orAborted } from './waiting.ts';

/** How long a room may take to let us in. */
const TIMEOUT_MS = 30_000;

export class Join {
  readonly #room: string;
  readonly #clock: Clock;
  readonly #choice: NickChoice;
  #asked: { id: string; answered: PromiseWithResolvers<StanzaErrorDetails | undefined> } | undefined;

  constructor(room: string, clock: Clock, choice: NickChoice) {
    this.#room = room;
    this.#clock = clock;
    this.#choice = choice;
  }

  /** The room was asked and has not answered. */
  get underWay(): boolean {
    return this.#asked !== undefined;
  }

  /**
   * Resolves when the room has let us in.
   *
   * @param asking called before each attempt: the room tells anew who is in it
   * @throws NotAdmitted
   */
  async run(
    { stream, port }: Connection,
    history: JoinHistory,
    signal: AbortSignal,
    asking: () => void,
  ): Promise<void> {
    for (;;) {
      asking();
      const refusal = await this.#ask(stream, history, signal);
      if (!refusal) return;
      if (!this.#choice.refuse(refusal.condition)) throw new NotAdmitted(refusal);
      port.log.info(
        { room: this.#room, nick: this.#choice.current, why: refusal.condition },
        'trying another nick',
      );
    }
  }

  /** The room's presence shows us in it. */
  admitted(): void {
    this.#asked?.answered.resolve(undefined);
  }

  /** Takes a presence of type `error`: a refusal, where it answers what was asked. */
  refused(presence: XmlElement): void {
    const asked = this.#asked;
    if (!asked || (presence.attr('id') ?? asked.id) !== asked.id) return;
    asked.answered.resolve(readStanzaError(presence));
  }

  /** Asks for one nick. Resolves with the refusal, if it is one. @throws NotAdmitted */
  async #ask(
    stream: Connection['stream'],
    history: JoinHistory,
    signal: AbortSignal,
  ): Promise<StanzaErrorDetails | undefined> {
    const clock = this.#clock;
    const asked = { id: clock.id(), answered: Promise.withResolvers<StanzaErrorDetails | undefined>() };
    this.#asked = asked;
    try {
      await stream.send(toJoin(this.#room, this.#choice.current, asked.id, history));
      const answer = orAborted(asked.answered.promise, signal);
      return await inTime(clock, answer, TIMEOUT_MS, 'the room does not answer');
    } catch (error) {
      signal.throwIfAborted();
      throw new NotAdmitted(error);
    } finally {
      this.#asked = undefined;
    }
  }
}
