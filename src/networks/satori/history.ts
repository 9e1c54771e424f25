/** Asking a room's history for what was said while we were not there, where the server has one. */
import type { ApiClient } from '../../wire/satori/api-client.ts';
import { SatoriError } from '../../wire/satori/errors.ts';
import { listSchema, messageSchema, type Message } from '../../wire/satori/resources.ts';
import type { Cursor } from './cursor.ts';

/** Asked for at once; servers give what they like. */
const PAGE = 50;
const messageList = listSchema(messageSchema);

/** What was said behind a cursor. */
export interface Missed {
  /** Oldest first. */
  messages: Message[];
  /** The cursor's place was found, so nothing is missing between. */
  isComplete: boolean;
}

/** The newest message of a channel; undefined where there is none, or no history. */
export async function readNewest(client: ApiClient, channel: string): Promise<Message | undefined> {
  try {
    return (await readPage(client, channel, undefined, 1)).messages.at(-1);
  } catch (error) {
    if (error instanceof SatoriError && error.code === 'satori-refused') return undefined;
    throw error;
  }
}

/**
 * Reads back until the cursor's message, or at most `limit` messages.
 *
 * @returns undefined where the server has no history of it
 * @throws SatoriError
 */
export async function readMissed(
  client: ApiClient,
  channel: string,
  cursor: Cursor,
  limit: number,
): Promise<Missed | undefined> {
  let found: Message[] = [];
  const known = new Set<string>();
  let from: string | undefined;
  for (;;) {
    let page;
    try {
      page = await readPage(client, channel, from, Math.min(PAGE, limit));
    } catch (error) {
      if (!(error instanceof SatoriError) || error.code !== 'satori-refused') throw error;
      return found.length === 0 ? undefined : { messages: found, isComplete: false };
    }
    const fresh = page.messages.filter(({ id }) => !known.has(id));
    for (const { id } of fresh) known.add(id);
    found = [...fresh, ...found];
    const at = found.findIndex(({ id }) => id === cursor.id);
    if (at >= 0) return { messages: found.slice(at + 1), isComplete: true };
    const oldest = found[0]?.created_at;
    const isReached = oldest !== undefined && oldest < cursor.at;
    if (isReached || fresh.length === 0 || page.earlier === undefined || found.length >= limit) {
      const behind = found.filter(({ created_at }) => created_at === undefined || created_at >= cursor.at);
      return { messages: behind, isComplete: isReached || page.earlier === undefined };
    }
    from = page.earlier;
  }
}

/** The newest messages of a channel, or those before `from`, oldest first. @throws SatoriError */
export async function readPage(
  client: ApiClient,
  channel: string,
  from: string | undefined,
  limit: number = PAGE,
): Promise<{ messages: Message[]; earlier: string | undefined }> {
  const { data, prev, next } = await client.call(
    'message.list',
    {
      channel_id: channel,
      direction: 'before',
      order: 'asc',
      limit,
      ...(from !== undefined && { next: from }),
    },
    messageList,
  );
  const [first, last] = [data[0]?.created_at, data.at(-1)?.created_at];
  const isNewestFirst = first !== undefined && last !== undefined && first > last;
  // Servers before 1.2 have `next` only, which leads back.
  return { messages: isNewestFirst ? data.toReversed() : data, earlier: prev ?? next };
}
