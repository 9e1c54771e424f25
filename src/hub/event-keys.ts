/**
 * What an event is known by when it is seen again (rule 1). A key holds everything it is about with its length or as JSON,
 * so that no id of a network, however odd, makes two events look like one.
 */
import { hash } from 'node:crypto';
import type { ActEvent, AnswerReport, NetworkEvent } from './event.ts';
import type { EventId, RoomRef, Segment } from './message.ts';

/** What a report is known by; nothing where it cannot be told. */
export function toKey(room: RoomRef, report: Exclude<NetworkEvent, AnswerReport>): string | undefined {
  // Its id is one of requests only: a message may have the same.
  if (report.kind === 'request') return `request ${toScope(room)}=${report.request}`;
  if (report.native !== undefined) return `${toScope(room)}=${report.native}`;
  if (report.kind !== 'message') return undefined;
  const by = JSON.stringify([report.sender.id, report.clientId ?? '']);
  return `${toScope(room)}~${by}${toDigest(report.body)}`;
}

/** A room's name with its length before it: where it ends is plain, whatever others put into it or behind it. */
export function toScope(room: RoomRef): string {
  return `${room.length}:${room}`;
}

/** What an act without an id of its own is known by; `at` is the network’s word for when it was done. */
export function toActKey(act: ActEvent, at: number): string {
  return JSON.stringify([act.target, act.room, act.actor.id, toWhat(act), at]);
}

/**
 * What the answer to a request is known by: there is one. `failed`: an earlier one that did not reach the network, after
 * which there may be another.
 */
export function toAnswerKey(request: EventId, failed?: EventId): string {
  return JSON.stringify(['answer', request, failed ?? '']);
}

/** Two edits may have one time, where a network counts in seconds: their texts tell them apart. */
function toWhat(act: ActEvent): string {
  switch (act.kind) {
    case 'edit':
      return `edit ${toDigest(act.body)}`;
    case 'recall':
      return 'recall';
    case 'reaction':
      return `${act.added ? '+' : '-'}${act.emoji}`;
  }
}

function toDigest(body: readonly Segment[]): string {
  return hash('sha256', JSON.stringify(body), 'base64url');
}
