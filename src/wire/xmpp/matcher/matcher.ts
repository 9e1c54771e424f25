// Which stanzas a handler is for. A matcher is a test with a description; any function will do as one.
import type { AnyStanza } from '../stanza/any-stanza.ts';
import type { Iq } from '../stanza/iq.ts';
import type { Message, Presence } from '../stanza/message.ts';
import type { Stanza } from '../stanza/stanza.ts';

/** A test of stanzas; `S` is what it knows of those that pass. */
export interface Matcher<S extends Stanza = AnyStanza> {
  /** For logs. */
  readonly description: string;
  matches(stanza: Stanza): stanza is S;
}

/** What a stanza path leads from: `iq@type=get/ping` from an Iq. */
export type RootOf<Path extends string> = Roots[RootName<Path>];

interface Roots {
  iq: Iq;
  message: Message;
  presence: Presence;
  other: AnyStanza;
}

type RootName<Path extends string> = Path extends `iq${Rest}`
  ? 'iq'
  : Path extends `message${Rest}`
    ? 'message'
    : Path extends `presence${Rest}`
      ? 'presence'
      : 'other';

type Rest = '' | `@${string}` | `/${string}`;

/** A matcher from a function. */
export function createMatcher<S extends Stanza = AnyStanza>(
  description: string,
  test: (stanza: Stanza) => boolean,
): Matcher<S> {
  return { description, matches: (stanza): stanza is S => test(stanza) };
}

/**
 * Matches what at least one of the matchers matches.
 *
 * @example client.on(anyOf(stanzaPath('iq@type=get/ping'), stanzaPath('iq@type=get/version')), (iq) => iq.reply());
 */
export function anyOf<const Matchers extends readonly Matcher<Stanza>[]>(
  ...matchers: Matchers
): Matcher<MatchedBy<Matchers[number]>> {
  return createMatcher(matchers.map(({ description }) => description).join(' or '), (stanza) =>
    matchers.some((matcher) => matcher.matches(stanza)),
  );
}

/** What is known of the stanzas that a matcher matches. */
export type MatchedBy<M> = M extends Matcher<infer S> ? S : never;

/** Matches stanzas with this id. Ids can be guessed: for answers, use {@link idFrom}. */
export function id(value: string): Matcher {
  return createMatcher(`id ${value}`, (stanza) => stanza.attr('id') === value);
}
