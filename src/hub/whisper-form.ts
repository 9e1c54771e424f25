/**
 * How private mail is put into words: who writes, where a network cannot show an author of its own; how one is told
 * apart from another in an answer; and what people are told when something cannot go on.
 */
import { toSafeName } from './render.ts';
import type { Segment } from './message.ts';
import { toNickKey } from './nicks.ts';

/** Correspondents that a notice names. */
const namedLimit = 5;
/** What may stand between a name and the answer to it. */
const separator = /^(?:\s*[:,\uff1a\uff0c]\s*|\s+|$)/u;

/** How a whisper is shown, as a link's format. `suffix` tells apart people of one name. */
export function toWhisperFormat(suffix: string): string {
  return `[private from {nick}${suffix}] {text}`;
}

/** A name as `toWhisperFormat` shows it. */
export function toWhisperName(name: string): string {
  return toSafeName(name, toWhisperFormat(''));
}

/**
 * An answer that begins with `@` and a correspondent's alias, the alias taken off. The longest alias counts:
 * `@ann lee hello` is for `ann lee`, though there is an `ann`.
 */
export function findAddressed<To extends { alias: string }>(
  body: readonly Segment[],
  correspondents: readonly To[],
): { to: To; body: Segment[] } | undefined {
  const [first, ...rest] = body;
  if (first?.type === 'mention') {
    const to = correspondents.find(({ alias }) => toNickKey(alias) === toNickKey(first.name));
    return to && { to, body: rest };
  }
  if (first?.type !== 'text' || !first.text.startsWith('@')) return undefined;
  const said = first.text.slice(1);
  for (const to of correspondents.toSorted((a, b) => b.alias.length - a.alias.length)) {
    const { length } = to.alias;
    if (toNickKey(said.slice(0, length)) !== toNickKey(to.alias)) continue;
    const after = separator.exec(said.slice(length))?.[0];
    if (after === undefined) continue;
    const text = said.slice(length + after.length);
    // A name and nothing else says nothing to anybody.
    if (text === '' && rest.length === 0) return undefined;
    return { to, body: text === '' ? rest : [{ ...first, text }, ...rest] };
  }
  return undefined;
}

/** What somebody is told whose answer could be for several people. */
export function toWhomNotice(aliases: readonly string[]): string {
  const named = aliases.slice(0, namedLimit).map((alias) => `"@${alias}"`);
  const more = aliases.length > namedLimit ? ', …' : '';
  return (
    'Nobody got this, because it does not say whom it is for. ' +
    `Reply to one of their messages, or begin yours with a name: ${named.join(', ')}${more}`
  );
}

/** What somebody is told whose message could not be delivered. */
export function toFailureNotice(quote: string, reason: string): string {
  return `This did not reach anybody: "${quote}" (${reason})`;
}
