/** What members are shown of what happened in the club, as stanzas for all of them. */
import type { EditReport, MessageReport, Quote } from '../../../hub/event.ts';
import { toPlainText } from '../../../hub/message.ts';
import { toCorrection, toReply, toReplyFallback, toRetraction } from '../../../wire/xmpp/message-acts.ts';
import type { Shown } from './audience.ts';
import type { Club } from './club.ts';
import { toExcerpt, toNotice, toQuoteLine, toSaid, toWord } from './lines.ts';

/** @param as how it is shown, where that is not as usual */
export function toShownMessage(
  club: Club,
  native: string,
  { sender, body, action = false, replyTo }: MessageReport,
  as: string | undefined,
): Shown {
  const text = toPlainText(body);
  const answer = toAnswer(club, replyTo);
  club.quote(native, { name: sender.name, text, by: sender.id });
  const said = answer.quote + toSaid(sender.name, text, action);
  return { id: native, key: native, body: as ?? said, more: answer.more };
}

export function toShownEdit(club: Club, { actor, target, body }: EditReport): Shown {
  const text = toPlainText(body);
  club.quote(target, { name: actor.name, text, by: actor.id });
  return { id: club.clock.id(), body: toSaid(actor.name, text, false), more: [toCorrection(target)] };
}

/** The line above an answer, and the marks by which clients that know answers find what is answered. */
export function toAnswer(club: Club, replyTo: { native: string; quote?: Quote } | undefined) {
  if (!replyTo) return { quote: '', more: [] };
  const { native, quote } = replyTo;
  // The quote of somebody's client, or of the hub, is foreign text.
  const known = club.quotes.get(native) ?? (quote && { name: toWord(quote.name), text: quote.text });
  const line = known ? toQuoteLine(known) : '';
  const reply = toReply({ id: native, to: undefined });
  return { quote: line, more: line === '' ? [reply] : [reply, toReplyFallback([...line].length)] };
}

/** A message that was taken back: clients that can remove it do, the others show who took what back. */
export function toRecalled({ quotes, clock }: Club, target: string, actor: string | undefined): Shown {
  const quote = quotes.get(target);
  const what = quote ? `: ${toExcerpt(quote.text)}` : '';
  const words = actor === undefined ? 'A message was taken back' : `${actor} took back a message`;
  const more = toRetraction(target).filter(({ name }) => name !== 'body');
  return { id: clock.id(), body: toNotice(words + what), more };
}

/** A reaction in words: the club has one address, so it can't show several people's. */
export function toReacted(
  { quotes }: Club,
  name: string,
  target: string,
  emoji: string,
  added: boolean,
): string {
  const quote = quotes.get(target);
  const to = quote ? ` to "${toExcerpt(quote.text)}"` : '';
  return added ? `${name} reacted with ${emoji}${to}` : `${name} took back the reaction ${emoji}${to}`;
}
