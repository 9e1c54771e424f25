/**
 * Kinds and states as the numbers that stand for them in the database. The order is written into every journal:
 * add at the end only. The partial indexes of the schema rely on the states' order.
 */
import type { DeliveryState } from '../../hub/journal.ts';
import type { EventKind } from '../../hub/event.ts';

const kinds: readonly EventKind[] = [
  'message',
  'join',
  'leave',
  'rename',
  'topic',
  'edit',
  'recall',
  'reaction',
  'outcome',
  'request',
  'answer',
];

const states: readonly DeliveryState[] = ['pending', 'sending', 'sent', 'unknown', 'parked', 'dropped'];

const kindCodes: ReadonlyMap<string, number> = new Map(kinds.map((kind, code) => [kind, code]));
const stateCodes: ReadonlyMap<string, number> = new Map(states.map((state, code) => [state, code]));

/** A kind's number, -1 for a kind that this version does not know. */
export function kindCode(kind: EventKind): number {
  return kindCodes.get(kind) ?? -1;
}

/** A state's number, -1 for a state that this version does not know. */
export function stateCode(state: DeliveryState): number {
  return stateCodes.get(state) ?? -1;
}

/** The state that a number of the database stands for. */
export function stateOf(code: number): DeliveryState {
  const state = states[code];
  if (state === undefined) throw new RangeError(`no delivery state has the number ${code}`);
  return state;
}

export const messageKind = kindCode('message');
export const editKind = kindCode('edit');
export const recallKind = kindCode('recall');
export const outcomeKind = kindCode('outcome');
/** Whether events of this kind are done to a message instead of said in a room. */
export function isActKind(code: number): boolean {
  return code >= editKind && code < outcomeKind;
}

export const pendingState = stateCode('pending');
export const sendingState = stateCode('sending');
export const sentState = stateCode('sent');
export const unknownState = stateCode('unknown');
export const parkedState = stateCode('parked');
export const droppedState = stateCode('dropped');
