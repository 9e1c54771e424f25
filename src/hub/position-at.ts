/** Where in the journal a time is: what was told late stands among what came with it. */
import type { HubAccess } from './face.ts';
import type { Position } from './message.ts';

/** The position, at most `head`, behind which events are not older than this, but for what networks told late. */
export async function findPositionAt(
  hub: Pick<HubAccess, 'read'>,
  head: Position,
  atMs: number,
): Promise<Position> {
  let before = 0;
  let behind = head;
  while (before < behind) {
    const middle = Math.floor((before + behind) / 2);
    const [event] = (await hub.read(middle, {}, 1)).events;
    if (event && event.at < atMs && event.position <= behind) before = event.position;
    else behind = middle;
  }
  return behind;
}
