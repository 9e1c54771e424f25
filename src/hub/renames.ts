/**
 * Another name of somebody, as a room is told of it: in its own way where it has one, as a nick that changes is, else in
 * words.
 */
import { sends, toOutgoing, toTarget, type Place, type Prepared } from './calls.ts';
import type { RenameEvent } from './event.ts';
import type { DeliveryId } from './journal.ts';
import { renderRenameAsMessage, toAuthor } from './render.ts';

/** What a rename comes to in a room. */
export function prepareRename(place: Place, delivery: DeliveryId, event: RenameEvent): Prepared {
  const { actions } = place.session;
  const target = toTarget(place, event);
  if (!actions.rename) {
    const rendered = renderRenameAsMessage(event, target);
    return rendered ? sends(place, delivery, event, rendered) : unchanged;
  }
  // The account itself says the words, so they name the person.
  const carries = new Set(target.carries);
  carries.delete('author');
  const rendered = renderRenameAsMessage(event, { ...target, carries });
  if (!rendered) return unchanged;
  const whole = { ...rendered, parts: [rendered.parts.flat()] };
  const message = toOutgoing(place, delivery, event, whole, 0);
  const { token } = message;
  const rename = actions.rename.bind(actions);
  const renaming = { ...message, author: toAuthor(event, event.who), oldName: event.oldName };
  return { state: 'ready', calls: [{ part: 0, token, idempotent: false, make: () => rename(renaming) }] };
}

const unchanged: Prepared = { state: 'dropped', reason: 'both names are shown alike' };
