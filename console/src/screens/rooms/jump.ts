/** Finding the place in a room's history where a day begins. */
import type { WireMessage } from '../../../../src/faces/rest/schemas/event.ts';

/** Pages looked through at most; further back than this one searches by words. */
const pagesLimit = 200;
const stride = 200;

/** Up to `limit` messages before a cursor, or the newest, oldest first. */
export type ReadPage = (before: string | undefined, limit: number) => Promise<readonly WireMessage[]>;

/**
 * The first messages since a moment; `isNewest` where nothing comes behind them.
 *
 * @param since milliseconds since the epoch
 */
export async function findPlace(
  read: ReadPage,
  since: number,
  size: number,
): Promise<{ page: WireMessage[]; isNewest: boolean }> {
  let later: WireMessage[] = [];
  let before: string | undefined;
  let isNewest = true;
  for (let pages = 0; pages < pagesLimit; pages += 1) {
    const page = await read(before, stride);
    const fromThen = page.filter((message) => Date.parse(message.at) >= since);
    const all = [...fromThen, ...later];
    later = all.slice(0, size);
    isNewest &&= all.length <= size;
    const first = page[0];
    if (fromThen.length < page.length || page.length < stride || first === undefined)
      return { page: later, isNewest };
    before = first.cursor;
  }
  return { page: later, isNewest: false };
}
