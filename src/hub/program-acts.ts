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
 * Whether a report leaves a message as it is already. Of an account's own acts these are the echoes of what it was
 * asked to do, which networks tell under ids that the hub has not seen.
 */
export function changesNothing(
  journey: Journey,
  report: EditReport | RecallReport | ReactionReport,
): boolean {
  const { acts, event } = journey;
  switch (report.kind) {
    case 'recall':
      return acts.some((act) => act.kind === 'recall');
    case 'edit': {
      const newest = acts.findLast((act) => act.kind === 'edit') ?? event;
      return 'body' in newest && toPlainText(newest.body) === toPlainText(report.body);
    }
    case 'reaction': {
      const newest = acts.findLast(
        (act) => act.kind === 'reaction' && act.emoji === report.emoji && act.actor.id === report.actor.id,
      );
      return newest?.kind === 'reaction' && newest.added === report.added;
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
