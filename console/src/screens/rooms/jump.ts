/** Finding the place in a room's history where a day begins. */
import type { WireMessage } from '../../../../src/faces/rest/schemas/event.ts';
import { readHistory } from '../../api/hub.ts';

/** Pages looked through at most; further back than this one searches by words. */
const pagesLimit = 200;
const stride = 200;

/**
 * The first messages since a moment.
 *
 * @param since milliseconds since the epoch
 */
export async function findPlace(
  room: string,
  since: number,
  size: number,
): Promise<{ page: WireMessage[]; isNewest: boolean }> {
  let later: WireMessage[] = [];
  let before: string | undefined;
  for (let pages = 0; pages < pagesLimit; pages += 1) {
    const page = await readHistory({ room, before, limit: stride });
    const fromThen = page.filter((message) => Date.parse(message.at) >= since);
    const all = [...fromThen, ...later];
    later = all.slice(0, size);
    const first = page[0];
    if (fromThen.length < page.length || page.length < stride || first === undefined)
      return { page: later, isNewest: all.length <= size && pages === 0 };
    before = first.cursor;
  }
  return { page: later, isNewest: false };
}
