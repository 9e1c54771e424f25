// Texts in child elements, with their languages. A text may exist once for every xml:lang; one without a language has
// that of the element around it. Elements do not change, so writing makes new lists of children.
import { xml, XmlElement, type XmlNode } from '../element.ts';

const LANG = 'xml:lang';

/** Where a text stands: the names of the elements on the way, all in one namespace. */
export interface TextPlace {
  readonly path: readonly string[];
  readonly ns: string;
  /** The language of the element that holds the first of the path. */
  readonly lang: string;
}

/** Every text at the place by language, in the order of the document; of two in one language the first. */
export function readTexts(children: readonly XmlNode[], place: TextPlace): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [element, lang] of find(children, place)) {
    if (!texts.has(lang)) texts.set(lang, element.text());
  }
  return texts;
}

/**
 * The text in a language; where there is none in it, the first that there is. Undefined where the element is absent.
 */
export function readText(children: readonly XmlNode[], place: TextPlace, lang: string): string | undefined {
  let fallback: string | undefined;
  for (const [element, elementLang] of find(children, place)) {
    if (elementLang === lang) return element.text();
    fallback = fallback === undefined || fallback === '' ? element.text() : fallback;
  }
  return fallback;
}

/** The children with this text in this language: replaced where it stands, added behind where it is new. */
export function writeText(
  children: readonly XmlNode[],
  place: TextPlace,
  lang: string,
  text: string,
): XmlNode[] {
  const { path, ns } = place;
  const [name = '', ...rest] = path;
  const isLeaf = rest.length === 0;
  const result = [...children];
  const index = children.findIndex(
    (child) => isElement(child, name, ns) && (!isLeaf || langOf(child, place.lang) === lang),
  );
  const old = children[index];
  const before = old instanceof XmlElement ? old : undefined;
  const inner = isLeaf
    ? toTextNodes(text)
    : writeText(before?.children ?? [], inside(place, before), lang, text);
  if (before !== undefined) result[index] = new XmlElement(name, ns, before.attributes, inner);
  else
    result.push(xml(name, { xmlns: ns, [LANG]: isLeaf && lang !== place.lang ? lang : undefined }, ...inner));
  return result;
}

/** The children without the text in this language; `*` for all languages. Emptied elements of the path stay. */
export function removeTexts(children: readonly XmlNode[], place: TextPlace, lang: string): XmlNode[] {
  const { path, ns } = place;
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    return children.filter(
      (child) => !isElement(child, name, ns) || (lang !== '*' && langOf(child, place.lang) !== lang),
    );
  }
  return children.map((child) =>
    isElement(child, name, ns)
      ? new XmlElement(
          child.name,
          child.ns,
          child.attributes,
          removeTexts(child.children, inside(place, child), lang),
        )
      : child,
  );
}

function* find(children: readonly XmlNode[], place: TextPlace): Generator<[XmlElement, string]> {
  const { path, ns, lang } = place;
  for (const child of children) {
    if (!isElement(child, path[0] ?? '', ns)) continue;
    if (path.length === 1) yield [child, langOf(child, lang)];
    else yield* find(child.children, inside(place, child));
  }
}

function inside(place: TextPlace, element: XmlElement | undefined): TextPlace {
  const lang = element === undefined ? place.lang : langOf(element, place.lang);
  return { path: place.path.slice(1), ns: place.ns, lang };
}

function isElement(node: XmlNode, name: string, ns: string): node is XmlElement {
  return node instanceof XmlElement && node.is(name, ns);
}

function langOf(element: XmlElement, inherited: string): string {
  return element.attr(LANG) ?? inherited;
}

function toTextNodes(text: string): XmlNode[] {
  return text === '' ? [] : [text];
}
