/**
 * What came in one answer of the server, on its way into the journal. The server tells it again until it is asked for what
 * comes behind it: that happens only when everything is durable. People do not wait for each other's files meanwhile.
 */
import type { Clock } from '../../hub/clock.ts';
import type { MessageReport } from '../../hub/event.ts';
import type { Segment } from '../../hub/message.ts';
import type { AccountPort } from '../../hub/network.ts';
import { MESSAGE_TYPE, messageSchema, type Message } from '../../wire/ilink/messages.ts';
import { isFile, toContent, toNative } from './convert.ts';
import type { Files } from './files.ts';
import type { People } from './people.ts';

export interface InboxParts {
  port: AccountPort;
  clock: Clock;
  files: Files;
  people: People;
  /** Somebody wrote, and may be answered again. */
  opened(this: void, person: string): void;
  /** Of the run: when it is over nothing more is told. */
  signal: AbortSignal;
}

export class Inbox {
  readonly #parts: InboxParts;

  constructor(parts: InboxParts) {
    this.#parts = parts;
  }

  /** Resolves when all of it is durable; rejects when something is not, and then all has to be told again. */
  async take(messages: readonly unknown[]): Promise<void> {
    const { people, signal } = this.#parts;
    /** The last of each sender's. */
    const read = new Map<string, Promise<void>>();
    const received: Promise<void>[] = [];
    for (const raw of messages) {
      const message = this.#read(raw);
      if (!message) continue;
      const from = message.from_user_id!;
      const reporting = this.#report(message, from);
      const inTurn = Promise.all([reporting, read.get(from)]).then(([report]) => {
        signal.throwIfAborted();
        if (report) received.push(this.#receive(report));
      });
      read.set(from, inTurn);
    }
    const results = [...(await Promise.allSettled(read.values())), ...(await Promise.allSettled(received))];
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
    signal.throwIfAborted();
    await people.keep();
  }

  /** A message that somebody said to the bot; anything else is nobody's. */
  #read(raw: unknown): Message | undefined {
    const { log } = this.#parts.port;
    const read = messageSchema.safeParse(raw);
    if (!read.success) {
      log.warn({ err: read.error }, 'a message of WeChat’s is not understood');
      return undefined;
    }
    const { from_user_id: from, message_type: type, group_id: group } = read.data;
    // What the bot said itself: nobody else can speak in its name.
    if (type === MESSAGE_TYPE.bot) return undefined;
    if (!from || group) {
      log.warn(
        { group },
        from ? 'a message of a group is passed over' : 'a message without sender is passed over',
      );
      return undefined;
    }
    return read.data;
  }

  async #report(message: Message, from: string): Promise<MessageReport | undefined> {
    const { clock, files, people, opened } = this.#parts;
    const at = Math.min(message.create_time_ms || Infinity, clock.now());
    if (message.context_token) {
      people.note(from, message.context_token, at);
      opened(from);
    }
    const { parts, replyTo } = toContent(message);
    const body: Segment[] = await Promise.all(
      parts.map(async (part) => (isFile(part) ? files.keep(part) : part)),
    );
    if (body.length === 0) return undefined;
    const native = toNative(message);
    return {
      kind: 'message',
      room: from,
      direct: true,
      ...(native !== undefined && { native }),
      at,
      sender: people.toUser(from),
      body,
      ...(replyTo && { replyTo }),
    };
  }

  /** Marked as told, so that one that rejects while others are still read is no accident of its own. */
  #receive(report: MessageReport): Promise<void> {
    const received = this.#parts.port.receive(report);
    received.catch(() => {
      // `take` tells it.
    });
    return received;
  }
}
