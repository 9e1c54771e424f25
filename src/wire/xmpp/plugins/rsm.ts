// Result set management: long lists, a page at a time.
import { integer, text } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import type { StanzaOf } from '../stanza/definition.ts';
import { attribute, child, ownText, subText } from '../stanza/field.ts';

/** @see XEP-0059 */
const RSM_NS = 'http://jabber.org/protocol/rsm';

const First = defineStanza({
  name: 'first',
  namespace: RSM_NS,
  interfaces: { id: ownText(), index: attribute(integer) },
});

/** The wish for a page, or what an answer says of its page. An empty `before` asks for the last page. */
export const ResultSet = defineStanza({
  name: 'set',
  namespace: RSM_NS,
  plugin: 'rsm',
  interfaces: {
    max: subText(integer),
    after: subText(),
    before: subText(text, { keepEmpty: true }),
    index: subText(integer),
    first: child(First),
    last: subText(),
    count: subText(integer),
  },
});
export type ResultSet = StanzaOf<typeof ResultSet>;

/** Which page of a list is wanted. */
export interface PageQuery {
  /** At most so many items; the answer may have fewer. */
  readonly max?: number;
  /** Items behind this one. */
  readonly after?: string | undefined;
  /** Items before this one; '' for the last ones. */
  readonly before?: string | undefined;
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; undefined where there is none. */
  readonly next: string | undefined;
  /** How many items there are on all pages, where that is told. */
  readonly count: number | undefined;
}

/** The wish for a page as it is sent; undefined where nothing is wished. */
export function toResultSet({ max, after, before }: PageQuery): ResultSet | undefined {
  if (max === undefined && after === undefined && before === undefined) return undefined;
  return ResultSet.create({ max, after, before });
}

/** The page that an answer's items are, by what its <set/> says. */
export function toPage<T>(items: readonly T[], set: ResultSet | undefined): Page<T> {
  const last = set?.last;
  const { count } = set ?? {};
  const end = (set?.findSub(First)?.index ?? 0) + items.length;
  const isLast = items.length === 0 || (count !== undefined && end >= count);
  return { items, next: isLast ? undefined : last, count };
}

/**
 * Every item of a list, page after page. Ends when a page says that it is the last, or when a page starts where an
 * earlier one did: a list that goes in circles has been read.
 */
export async function* readAll<T>(
  read: (after: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  for (let after: string | undefined; ;) {
    const page = await read(after);
    yield* page.items;
    if (page.next === undefined || seen.has(page.next)) return;
    after = page.next;
    seen.add(after);
  }
}
