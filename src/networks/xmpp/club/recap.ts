/** What somebody missed, as they are shown it: the last messages with their times, then where the rest is. */
import type { Clock } from '../../../hub/clock.ts';
import type { HubEvent, MessageEvent } from '../../../hub/event.ts';
import { splitRoomRef, toPlainText, type RoomRef } from '../../../hub/message.ts';
import { xml } from '../../../wire/xmpp/element.ts';
import { toTimestamp } from '../../../wire/xmpp/stanza-ids.ts';
import { LOOK_BACK, type Recap } from './audience.ts';
import { toEventKey, type Ledger } from './ledger.ts';
import { toForeignName, toNotice, toSaid, toTime } from './lines.ts';

/** Of what somebody missed so many messages are shown. */
const RECAP_MESSAGES = 10;
/** Before a further line of a message: it could look like the next message. */
const FURTHER_LINE = '\n  | ';
const DELAY_NS = 'urn:xmpp:delay';

/** Whose history it is. */
export interface ClubView {
  readonly room: RoomRef;
  /** The account's bare JID: what was said by it was posted by a program. */
  readonly jid: string;
  /** What the club calls itself. */
  readonly name: string;
}

export function createRecap(view: ClubView, ledger: Ledger, clock: Clock): Recap {
  return (missed) => {
    const messages = missed.filter((event) => event.kind === 'message');
    const last = messages.slice(-RECAP_MESSAGES).map((event) => {
      const key = toEventKey(event, view.room);
      const id = event.room === view.room ? event.native : ledger.byKey(key)?.id;
      const delay = xml('delay', { xmlns: DELAY_NS, from: view.jid, stamp: toTimestamp(event.at) });
      return { id: id ?? clock.id(), key, body: toEventLine(event, view), more: [delay] };
    });
    if (messages.length <= RECAP_MESSAGES) return last;
    const count = missed.length >= LOOK_BACK ? `${messages.length} or more` : String(messages.length);
    const pointer = `You missed ${count} messages, of which these are the last ${RECAP_MESSAGES}; type -history ${messages.length} to see more`;
    return [...last, { id: clock.id(), body: toNotice(pointer) }];
  };
}

/** The messages of a history, each with its time before it. */
export function toHistory(events: readonly HubEvent[], view: ClubView, nowMs: number): string[] {
  return events.flatMap((event) =>
    event.kind === 'message'
      ? [`${toTime(event.at, nowMs)} ${toEventLine(event, view).replaceAll('\n', FURTHER_LINE)}`]
      : [],
  );
}

/** What a message's author is called here. */
function toAuthorName(event: MessageEvent, view: ClubView): string {
  const { account } = splitRoomRef(event.room);
  if (event.room !== view.room) return toForeignName(event.sender.name, account);
  return event.sender.id === view.jid ? view.name : event.sender.name;
}

function toEventLine(event: MessageEvent, view: ClubView): string {
  return toSaid(toAuthorName(event, view), toPlainText(event.body), event.action ?? false);
}
