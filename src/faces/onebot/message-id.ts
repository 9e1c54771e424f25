/**
 * Message ids, which OneBot wants as signed integers of 32 bits. A message's place in the journal is a number already,
 * unique in the hub, lasting, and never given twice, so the id is that: its lowest 32 bits. Among the last four thousand
 * million events it stands for one only, and nothing has to be kept.
 */
import type { Position } from '../../hub/message.ts';

const span = 2 ** 32;

export function toMessageId(position: Position): number {
  return position | 0;
}

/** The newest position with this id, up to `head`; 0 where there is none. */
export function toPosition(messageId: number, head: Position): Position {
  const low = messageId >>> 0;
  const position = head - (head % span) + low;
  return Math.max(0, position > head ? position - span : position);
}
