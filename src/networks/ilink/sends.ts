/** Saying something to somebody who has written before: the server wants to be shown the token that came with that. */
import type { Clock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import { toPlainText, type MediaSegment, type Segment } from '../../hub/message.ts';
import type { OutgoingMessage, Receipt } from '../../hub/network.ts';
import type { BotClient } from '../../wire/ilink/api-client.ts';
import { IlinkError } from '../../wire/ilink/errors.ts';
import { ITEM_TYPE, MESSAGE_STATE, MESSAGE_TYPE, sentSchema } from '../../wire/ilink/messages.ts';
import { isStale, toDeliveryError, toUnsaid } from './failures.ts';
import type { Files } from './files.ts';
import { whyClosed, type People, type Person } from './people.ts';

/** What a sent message can hold as such. */
export const CARRIED = ['image', 'audio', 'video', 'file'] as const;
/**
 * How often the server may refuse before no more is tried until the person writes again: it takes about ten answers to a
 * message, and some in a few minutes only.
 */
const REFUSALS_LIMIT = 5;

export interface SendsParts {
  bot: BotClient;
  clock: Clock;
  files: Files;
  people: People;
  /** Somebody cannot be answered, for this reason. */
  closed(this: void, person: string, why: string): void;
  /** The login is over. */
  stale(this: void, error: Error): void;
}

export class Sends {
  readonly #parts: SendsParts;

  constructor(parts: SendsParts) {
    this.#parts = parts;
  }

  async send({ room, token, body }: OutgoingMessage): Promise<Receipt> {
    const { bot } = this.#parts;
    const person = this.#find(room);
    const item = await this.#toItem(body, room).catch((error: unknown) => {
      this.#noteStale(error);
      // Whatever went wrong with its file, nothing has been said.
      throw toUnsaid(error);
    });
    try {
      // A file may have taken long, and they may have written meanwhile.
      const { context } = this.#parts.people.get(room) ?? person;
      const msg = {
        from_user_id: '',
        to_user_id: room,
        client_id: token,
        message_type: MESSAGE_TYPE.bot,
        message_state: MESSAGE_STATE.finished,
        item_list: [item],
        context_token: context,
      };
      const { message_id: native } = await bot.call('sendmessage', { msg }, sentSchema);
      return native === undefined ? {} : { native };
    } catch (error) {
      this.#noteStale(error);
      throw this.#toFailure(error, room);
    }
  }

  #noteStale(error: unknown): void {
    if (isStale(error)) this.#parts.stale(error as Error);
  }

  #find(room: string): Person {
    const { people, clock, closed } = this.#parts;
    const person = people.get(room);
    const why = whyClosed(people.toUser(room).name, person, clock.now());
    if (person && why === undefined) return person;
    if (person) closed(room, why!);
    throw new DeliveryError('failed', why!, { permanent: true });
  }

  #toFailure(error: unknown, room: string): DeliveryError {
    const { people, closed } = this.#parts;
    const person = people.get(room);
    const isRefused = error instanceof IlinkError && error.code === 'ilink-refused';
    if (!isRefused || !person) return toDeliveryError(error);
    person.refusals += 1;
    if (person.refusals < REFUSALS_LIMIT) return toDeliveryError(error);
    const why = `WeChat takes nothing more for ${people.toUser(room).name} (${error.message}): it can be tried again when they have written`;
    closed(room, why);
    return new DeliveryError('failed', why, { permanent: true, cause: error });
  }

  async #toItem(body: readonly Segment[], room: string): Promise<object> {
    const [file, ...others] = body;
    const given =
      file && isMedia(file) && others.length === 0 ? await this.#parts.files.give(file, room) : undefined;
    return given ?? { type: ITEM_TYPE.text, text_item: { text: toPlainText(body).toWellFormed() } };
  }
}

function isMedia(segment: Segment): segment is MediaSegment {
  return CARRIED.some((type) => type === segment.type);
}
