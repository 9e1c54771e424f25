/** What a network reported, in the hub's words: an event with an id of its own, its place still to be given by the journal. */
import type { Clock } from './clock.ts';
import type {
  ActEvent,
  AnswerEvent,
  AnswerReport,
  EditReport,
  HubEvent,
  MessageEvent,
  NetworkEvent,
  ReactionReport,
  RecallReport,
  RequestEvent,
} from './event.ts';
import type { EventId, RoomRef } from './message.ts';

/** Done to a message. */
export type ActReport = EditReport | RecallReport | ReactionReport;
/** Everything else that refers to nothing, or to a message. */
export type SaidReport = Exclude<NetworkEvent, ActReport | AnswerReport>;

export function isActReport(report: NetworkEvent): report is ActReport {
  return report.kind === 'edit' || report.kind === 'recall' || report.kind === 'reaction';
}

/** What the hub found out about a report. */
export interface Routed {
  /** What its `replyTo` means. */
  reply?: MessageEvent['replyTo'];
  /** See `MessageEvent`. */
  private?: true;
}

export function toEvent(clock: Clock, room: RoomRef, report: SaidReport & Routed): HubEvent {
  const common = toCommon(clock, room, report);
  switch (report.kind) {
    case 'message': {
      const { kind, sender, body } = report;
      const event: MessageEvent = { ...common, kind, sender, body };
      if (report.action) event.action = true;
      if (report.reply) event.replyTo = report.reply;
      if (report.to) event.to = { account: report.to.account, user: report.to.user };
      if (report.private) event.private = true;
      return event;
    }
    case 'join':
    case 'leave':
      return {
        ...common,
        kind: report.kind,
        who: report.who,
        ...(report.reason !== undefined && { reason: report.reason }),
      };
    case 'rename':
      return { ...common, kind: report.kind, who: report.who, oldName: report.oldName };
    case 'topic':
      return {
        ...common,
        kind: report.kind,
        topic: report.topic,
        ...(report.actor && { actor: report.actor }),
      };
    case 'request': {
      const { kind, ask, request, from, comment, roomName, expiresAt } = report;
      return {
        ...common,
        kind,
        ask,
        request,
        from,
        ...(comment !== undefined && { comment }),
        ...(roomName !== undefined && { roomName }),
        ...(expiresAt !== undefined && { expiresAt }),
      };
    }
  }
}

/** `request`: the one that it answers, in the hub's words. */
export function toAnswerEvent(
  clock: Clock,
  room: RoomRef,
  report: AnswerReport,
  { id: target, ask, request, from }: RequestEvent,
): AnswerEvent {
  const { kind, answer, actor, reason } = report;
  return {
    ...toCommon(clock, room, report),
    kind,
    target,
    ask,
    request,
    from,
    answer,
    ...(actor && { actor }),
    ...(reason !== undefined && { reason }),
  };
}

/** `target`: the message that it is done to, in the hub's words. */
export function toActEvent(
  clock: Clock,
  room: RoomRef,
  report: ActReport,
  target: EventId,
  moderator: boolean,
): ActEvent {
  const common = { ...toCommon(clock, room, report), actor: report.actor, target };
  switch (report.kind) {
    case 'edit':
      return { ...common, kind: report.kind, body: report.body };
    case 'recall':
      return { ...common, kind: report.kind, ...(moderator && { moderator }) };
    case 'reaction':
      return { ...common, kind: report.kind, emoji: report.emoji, added: report.added };
  }
}

function toCommon(clock: Clock, room: RoomRef, report: NetworkEvent) {
  return {
    id: clock.id(),
    position: 0,
    room,
    // Nothing comes before it happened: from then on a copy of it may be out, and is looked for.
    at: Math.min(report.at ?? Infinity, clock.now()),
    ...(report.native !== undefined && { native: report.native }),
    ...((report.direct === true || ('to' in report && report.to)) && { direct: true as const }),
    ...(report.hops && report.hops.length > 0 && { hops: report.hops }),
  };
}
