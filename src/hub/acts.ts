/**
 * Edits, recalls and reactions: what has to be called in a room where the message that they are done to has copies,
 * and what is said in words where the network cannot do them.
 */
import {
  copiesIn,
  findReply,
  sends,
  toOutgoing,
  toTarget,
  toToken,
  type Call,
  type Place,
  type Prepared,
} from './calls.ts';
import type { ActEvent, EditEvent, HubEvent, MessageEvent } from './event.ts';
import type { Copy, DeliveryId, Journey } from './journal.ts';
import { splitRoomRef, textBody, type Position } from './message.ts';
import type { Author, OutgoingMessage } from './network.ts';
import {
  renderEditAsMessage,
  renderMessage,
  renderReactionAsMessage,
  renderRecallAsMessage,
  toAuthor,
  type ReplyContext,
} from './render.ts';

/** What stands where an edit left nothing of a part. */
const emptied = '—';

/** What an act comes to in a room. */
export async function prepareAct(place: Place, delivery: DeliveryId, act: ActEvent): Promise<Prepared> {
  const journey = await place.journal.journey(act.target);
  if (!journey || journey.event.kind !== 'message')
    return { state: 'dropped', reason: 'its message is gone' };
  const original = journey.event;
  const gone = await findRecall(place, journey, act);
  if (gone) return { state: 'dropped', reason: gone };
  if (await isOvertaken(place, journey, act)) {
    return { state: 'dropped', reason: 'a newer one has taken its place' };
  }
  const copies = copiesIn(journey, place.lane);
  const message = journey.deliveries.find((candidate) => candidate.lane === place.lane);
  const waits = message?.state === 'parked' || message?.state === 'unknown' ? message : undefined;
  if (waits && act.kind !== 'recall') {
    return { state: 'parked', reason: `waits for its message: ${waits.reason ?? ''}` };
  }
  if (waits && copies.length === 0) {
    return { state: 'dropped', reason: 'its message never went out', alsoDrop: waits.id };
  }
  if (copies.length === 0 && message?.state !== 'sent') {
    return { state: 'dropped', reason: 'its message was not delivered here' };
  }
  const sentAt = message?.changedAt ?? original.at;
  switch (act.kind) {
    case 'edit': {
      const { added } = await copiesOfEdits(place, journey, act.position);
      const reply = await findReply(place, original);
      return prepareEdit(place, delivery, original, act, [...copies, ...added], sentAt, reply);
    }
    case 'recall': {
      const { added, marked } = await copiesOfEdits(place, journey, act.position);
      const all = [...copies, ...added, ...marked];
      const prepared = prepareRecall(place, delivery, original, act, all, sentAt);
      return waits ? { ...prepared, alsoDrop: waits.id } : prepared;
    }
    case 'reaction':
      return prepareReaction(place, delivery, original, act, copies);
  }
}

/**
 * Whether a newer edit of the message, or a newer turn of the same reaction, is under way or made where this one has to be
 * tried again: it would undo that.
 */
async function isOvertaken(place: Place, journey: Journey, act: ActEvent): Promise<boolean> {
  const { actions } = place.session;
  if (act.kind === 'recall' || actions[act.kind === 'edit' ? 'edit' : 'react'] === undefined) return false;
  const newer = journey.acts.filter((other) => other.position > act.position && isSameSort(other, act));
  const found = await Promise.all(newer.map((other) => place.journal.journey(other.id)));
  return found.some((other) =>
    other?.deliveries.some(
      ({ lane, state }) => lane === place.lane && (state === 'sending' || state === 'sent'),
    ),
  );
}

function isSameSort(other: HubEvent, act: ActEvent): boolean {
  if (other.kind !== 'reaction' || act.kind !== 'reaction') return other.kind === act.kind;
  return other.emoji === act.emoji && other.actor.id === act.actor.id && other.room === act.room;
}

/** Why nothing can be done any more to a message that its author took back before; a moderator may have done it elsewhere only. */
async function findRecall(place: Place, journey: Journey, act: ActEvent): Promise<string | undefined> {
  const recall = journey.acts.find(
    (earlier) => earlier.kind === 'recall' && earlier.position < act.position && !earlier.moderator,
  );
  if (!recall) return undefined;
  if (act.kind !== 'recall') return 'its message was recalled';
  const done = (await place.journal.journey(recall.id))?.deliveries ?? [];
  const isDone = done.some((delivery) => delivery.lane === place.lane && delivery.state === 'sent');
  return isDone ? 'recalled already' : undefined;
}

/**
 * What earlier edits sent into the room beside the message's own copies: parts `added` to it where it grew, and new
 * texts, `marked`, that were sent where it could not be changed. The latter begin with a first part, the former
 * never do.
 */
async function copiesOfEdits(
  place: Place,
  journey: Journey,
  before: Position,
): Promise<{ added: Copy[]; marked: Copy[] }> {
  const edits = journey.acts.filter((act) => act.kind === 'edit' && act.position < before);
  const found = await Promise.all(edits.map((edit) => place.journal.journey(edit.id)));
  const sent = found.map((edit) => (edit ? copiesIn(edit, place.lane) : []));
  return {
    added: sent.filter(([first]) => first?.part !== 0).flat(),
    marked: sent.filter(([first]) => first?.part === 0).flat(),
  };
}

function prepareEdit(
  place: Place,
  delivery: DeliveryId,
  original: MessageEvent,
  act: EditEvent,
  copies: Copy[],
  sentAt: number,
  reply: ReplyContext | undefined,
): Prepared {
  const { actions, limits } = place.session;
  const target = toTarget(place, original);
  if (!actions.edit || copies.length === 0 || isPast(place.now, sentAt, limits.editWindowMs)) {
    return sends(place, delivery, act, renderEditAsMessage(original, act.body, target));
  }
  const edit = actions.edit.bind(actions);
  const change = (message: OutgoingMessage, copy: Copy): Call => ({
    part: -1,
    token: message.token,
    idempotent: true,
    make: () => edit({ ...message, target: copy.native }),
  });
  const rendered = renderMessage({ ...original, body: act.body }, reply, target);
  // Parts that exist are changed, and what the new text has more is sent.
  const calls: Call[] = rendered.parts.map((_, part) => {
    const message = toOutgoing(place, delivery, act, rendered, part);
    const copy = copies.find((candidate) => candidate.part === part);
    return copy
      ? change(message, copy)
      : { part, token: message.token, idempotent: false, make: () => actions.send(message) };
  });
  // What is left over is emptied and not recalled: a later, longer edit may need it again.
  const emptying = copies
    .filter((copy) => copy.part >= rendered.parts.length)
    .map((copy): Call => {
      const message = { ...toOutgoing(place, delivery, act, rendered, copy.part), body: textBody(emptied) };
      return change(message, copy);
    });
  return { state: 'ready', calls: [...calls, ...emptying] };
}

function prepareRecall(
  place: Place,
  delivery: DeliveryId,
  original: MessageEvent,
  act: ActEvent,
  copies: Copy[],
  sentAt: number,
): Prepared {
  const late = isPast(place.now, sentAt, place.session.limits.recallWindowMs);
  const calls = late ? [] : recalls(place, delivery, original, copies);
  if (calls.length > 0) return { state: 'ready', calls };
  return sends(place, delivery, act, renderRecallAsMessage(original, act, toTarget(place, act)));
}

function recalls(place: Place, delivery: DeliveryId, original: MessageEvent, copies: Copy[]): Call[] {
  const { actions } = place.session;
  if (!actions.recall) return [];
  const recall = actions.recall.bind(actions);
  const target = toTarget(place, original);
  const isNamed = target.carries.has('author') && !target.asSelf;
  const author = isNamed ? { author: toAuthor(original, original.sender) } : {};
  return copies.map((copy, index) => {
    const token = toToken(place.hubId, delivery, index);
    const room = splitRoomRef(place.lane).room;
    return {
      part: -1,
      token,
      idempotent: true,
      make: () => recall({ room, target: copy.native, token, ...author }),
    };
  });
}

function prepareReaction(
  place: Place,
  delivery: DeliveryId,
  original: MessageEvent,
  act: Extract<ActEvent, { kind: 'reaction' }>,
  copies: Copy[],
): Prepared {
  const { actions } = place.session;
  const copy = copies[0];
  if (actions.react && copy) {
    const reaction = {
      room: splitRoomRef(place.lane).room,
      target: copy.native,
      token: toToken(place.hubId, delivery, 0),
      emoji: act.emoji,
      added: act.added,
      author: toAuthor(act, act.actor) satisfies Author,
    };
    const react = actions.react.bind(actions);
    return {
      state: 'ready',
      calls: [{ part: -1, token: reaction.token, idempotent: true, make: () => react(reaction) }],
    };
  }
  if (!act.added) return { state: 'dropped', reason: 'the network shows no reactions to take back' };
  return sends(place, delivery, act, renderReactionAsMessage(original, act, act.emoji, toTarget(place, act)));
}

function isPast(now: number, sentAt: number, windowMs: number | undefined): boolean {
  return windowMs !== undefined && now - sentAt > windowMs;
}
