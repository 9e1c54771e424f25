/** A room's history as lines: the time before each message, edits put in place, what was taken back left out. */
import type { HubEvent, MessageEvent } from '../../hub/event.ts';
import { splitRoomRef, toPlainText, type AccountId } from '../../hub/message.ts';
import { toForeignName, toHouseName } from './happening.ts';
import { toLines } from './lines.ts';

/** Whose history it is. */
export interface HistoryView {
  account: AccountId;
  houseName: string;
  /** The account's own user id: what was said by it was posted by a program. */
  selfId: string;
  /** Milliseconds since the epoch; what is of another day shows its date. */
  now: number;
}

/** Lines without their ends, oldest first, in the server's time zone. */
export function toHistoryLines(events: readonly HubEvent[], view: HistoryView): string[] {
  const edits = new Map<string, HubEvent & { kind: 'edit' }>();
  const recalled = new Set<string>();
  for (const event of events) {
    if (event.kind === 'edit') edits.set(event.target, event);
    if (event.kind === 'recall') recalled.add(event.target);
  }
  return events.flatMap((event) => {
    if (event.kind !== 'message' || recalled.has(event.id)) return [];
    return toMessageLines(event, edits.get(event.id), view);
  });
}

function toMessageLines(
  event: MessageEvent,
  edit: (HubEvent & { kind: 'edit' }) | undefined,
  view: HistoryView,
): string[] {
  const lines = toLines({
    kind: 'said',
    name: toName(event, view),
    text: toPlainText(edit?.body ?? event.body),
    action: event.action ?? false,
    edited: edit !== undefined,
  });
  const time = `[${toTime(event.at, view.now)}] `;
  return lines
    .trimEnd()
    .split('\r\n')
    .map((line, index) => (index === 0 ? time + line : line));
}

function toName(event: MessageEvent, view: HistoryView): string {
  const { account } = splitRoomRef(event.room);
  if (account !== view.account) return toForeignName(event.sender.name, account);
  return event.sender.id === view.selfId ? toHouseName(view.houseName) : event.sender.name;
}

function toTime(at: number, now: number): string {
  const when = new Date(at);
  const time = `${pad(when.getHours())}:${pad(when.getMinutes())}`;
  if (when.toDateString() === new Date(now).toDateString()) return time;
  return `${when.getFullYear()}-${pad(when.getMonth() + 1)}-${pad(when.getDate())} ${time}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
