/** What somebody wrote as segments: names of people who are here become mentions. */
import type { WireSegment } from '../../../src/faces/rest/schemas/segment.ts';
import type { Who } from './protocol.ts';

/** Cuts a text at `@nick` of people who are here, in whatever case. */
export function toBody(text: string, people: readonly Who[]): WireSegment[] {
  // The longest first: "@ann-marie" is not "@ann".
  const byLength = people.toSorted((a, b) => b.nick.length - a.nick.length);
  const body: WireSegment[] = [];
  let begun = 0;
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const who = isWordBefore(text, at)
      ? undefined
      : byLength.find(({ nick }) =>
          text
            .slice(at + 1)
            .toLowerCase()
            .startsWith(nick.toLowerCase()),
        );
    if (who === undefined) continue;
    if (at > begun) body.push({ type: 'text', text: text.slice(begun, at) });
    body.push({ type: 'mention', user: who.id, name: who.nick });
    begun = at + 1 + who.nick.length;
  }
  if (begun < text.length) body.push({ type: 'text', text: text.slice(begun) });
  return body;
}

/** `ann@example.org` mentions nobody. */
function isWordBefore(text: string, at: number): boolean {
  return at > 0 && /[\p{L}\p{N}._-]/u.test(text[at - 1] ?? '');
}

/** The words of a message, for changing them. */
export function toText(body: readonly WireSegment[]): string {
  return body
    .map((segment) =>
      segment.type === 'text' ? segment.text : segment.type === 'mention' ? `@${segment.name}` : '',
    )
    .join('');
}
