/**
 * What a program may do to a message, and to which: it edits and recalls what was posted through the hub under its
 * own name, and reacts to anything that is, or will be, in a room of the account it acts for. Whatever it does goes
 * wherever the message went, its own room included, because there too it is the hub that has to do it.
 */
import { RequestError } from './errors.ts';
import type { ActEvent, EditReport, MessageEvent, ReactionReport, RecallReport } from './event.ts';
import type { ProgramEdit, ProgramReaction, ProgramRecall } from './face.ts';
import type { Journal, Journey } from './journal.ts';
import { toPlainText, type EventId, type RoomRef, type User } from './message.ts';

export type ProgramActRequest =
  | ({ kind: 'edit' } & ProgramEdit)
  | ({ kind: 'recall' } & ProgramRecall)
  | ({ kind: 'reaction' } & ProgramReaction);

/** An act with its target rooms; `event` has no place in the journal's order yet. */
export interface PlannedAct {
  event: ActEvent;
  rooms: Set<RoomRef>;
}

/** `self`: the acting account as its network knows it. Rejects with a `RequestError` or a `JournalError`. */
export async function planProgramAct(
  journal: Journal,
  request: ProgramActRequest,
  self: (room: RoomRef) => User,
  made: { id: EventId; at: number },
): Promise<PlannedAct> {
  const journey = await journal.journey(request.message);
  if (journey?.event.kind !== 'message') {
    throw new RequestError('message-unknown', `there is no message ${request.message}`);
  }
  const message = journey.event;
  const rooms = toPlaces(journey);
  const common = { ...made, position: 0, target: request.message, postedBy: request.by };
  if (request.kind === 'reaction') {
    const { kind, room, emoji, added } = request;
    if (!rooms.has(room)) {
      throw new RequestError('message-unknown', `the message ${request.message} is not in ${room}`);
    }
    return { event: { ...common, kind, room, actor: self(room), emoji, added }, rooms };
  }
  refuseStrangers(message, request);
  const { kind } = request;
  const done = { ...common, room: message.room, actor: message.sender };
  return { event: kind === 'edit' ? { ...done, kind, body: request.body } : { ...done, kind }, rooms };
}

function refuseStrangers(message: MessageEvent, { message: id, by, anyones }: ProgramEdit | ProgramRecall) {
  if (message.postedBy === undefined) {
    throw new RequestError(
      'not-allowed',
      `${id} was not posted through the hub: only its author may change it`,
    );
  }
  if (message.postedBy !== by && anyones !== true) {
    throw new RequestError('not-allowed', `${id} was posted by another program: only that one may change it`);
  }
}

/**
 * Whether what an account tells that it did itself is what it was asked to do: networks tell that under ids which the hub
 * has not seen. So is what leaves the message as it is.
 */
export function isEcho(
  { acts, event }: Journey,
  report: EditReport | RecallReport | ReactionReport,
): boolean {
  switch (report.kind) {
    case 'recall':
      return acts.some((act) => act.kind === 'recall');
    case 'edit': {
      const edits = acts.filter((act) => act.kind === 'edit');
      const newest = edits.at(-1) ?? event;
      const text = toPlainText(report.body);
      return [newest, ...edits.filter((edit) => edit.postedBy !== undefined)].some(
        (one) => 'body' in one && toPlainText(one.body) === text,
      );
    }
    case 'reaction': {
      const alike = acts.filter((act) => act.kind === 'reaction' && act.emoji === report.emoji);
      return alike.some(
        (act) =>
          act.kind === 'reaction' &&
          act.added === report.added &&
          (act.postedBy !== undefined || act === alike.at(-1)) &&
          act.actor.id === report.actor.id,
      );
    }
  }
}

/** The rooms that have the message, and those that it is on its way to. */
export function toPlaces(journey: Journey): Set<RoomRef> {
  return new Set([
    ...journey.copies.map((copy) => copy.room),
    ...journey.deliveries.flatMap((delivery) => (delivery.state === 'dropped' ? [] : delivery.lane)),
  ]);
}
