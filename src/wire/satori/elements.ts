/**
 * What a Satori message is made of: text and elements, written like HTML. Here they are written; parse-elements.ts reads
 * them. Nothing of a text or an attribute can be taken for an element: what has a meaning is escaped.
 *
 * @see https://satori.chat/zh-CN/protocol/elements.html
 */

export interface ElementNode {
  /** The element's name, as in `at`. */
  type: string;
  /** `true` is an attribute without a value; `no-NAME` is read as `false`. */
  attributes: Readonly<Record<string, string | boolean>>;
  children: readonly SatoriNode[];
}

/** A stretch of text, unescaped, or an element. */
export type SatoriNode = string | ElementNode;

/** Builds an element; attributes that are undefined are left out. */
export function createElement(
  type: string,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
  children: readonly SatoriNode[] = [],
): ElementNode {
  const known = Object.entries(attributes).filter(
    (entry): entry is [string, string | boolean] => entry[1] !== undefined,
  );
  return { type, attributes: Object.fromEntries(known), children };
}

/** A text as it stands between elements. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A value as it stands in an attribute's double quotes. */
function escapeAttribute(value: string): string {
  return escapeText(value).replaceAll('"', '&quot;');
}

/**
 * A message's content. Readers cut line breaks off the ends of a text that stands before or behind an element; those are
 * written as `<br/>`, which says the same.
 */
export function writeElements(nodes: readonly SatoriNode[]): string {
  return nodes.map((node) => (typeof node === 'string' ? writeText(node) : writeElement(node))).join('');
}

function writeText(text: string): string {
  const [start = ''] = /^\s*\n\s*/.exec(text) ?? [];
  const rest = text.slice(start.length);
  const end = toTrailingBreaks(rest);
  return toBreaks(start) + escapeText(rest.slice(0, rest.length - end.length)) + toBreaks(end);
}

/** The white space at a text's end, if it has line breaks. */
function toTrailingBreaks(text: string): string {
  const blank = text.slice(text.trimEnd().length);
  return blank.includes('\n') ? blank : '';
}

function toBreaks(blank: string): string {
  return blank.replaceAll('\n', '<br/>');
}

function writeElement({ type, attributes, children }: ElementNode): string {
  const written = Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'string') return ` ${name}="${escapeAttribute(value)}"`;
    return value ? ` ${name}` : ` no-${name}`;
  });
  const head = `<${type}${written.join('')}`;
  return children.length === 0 ? `${head}/>` : `${head}>${writeElements(children)}</${type}>`;
}
