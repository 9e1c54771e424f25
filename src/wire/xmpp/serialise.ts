// Writes elements as XML that every parser takes. Foreign text reaches this place: a control character in a nick
// would make the server close the whole stream with not-well-formed, so what XML 1.0 cannot carry is replaced here,
// once, for everybody. Names come from our own code; a bad one is a fault to be told, not repaired.
import type { XmlElement } from './element.ts';
import { XmppError } from './errors.ts';
import { NS } from './namespaces.ts';

// XML 1.0 §2.2 Char, inverted. Lone surrogates match because of the u flag; U+FFFE and U+FFFF are no characters.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const REPLACEMENT = '\u{fffd}';

// A quick look that is right for nearly every text: nothing to escape and nothing forbidden.
// oxlint-disable-next-line no-control-regex -- finding control characters is its purpose
const SUSPICIOUS_TEXT = /[&<>\r\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/;
// oxlint-disable-next-line no-control-regex -- finding control characters is its purpose
const SUSPICIOUS_ATTRIBUTE = /[&<>"'\0-\x1f\ud800-\udfff\ufffe\uffff]/;

// Names without a prefix (XML names §3). Fewer letters than XML allows would do: no XEP has a name beyond ASCII.
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const QUALIFIED_ATTRIBUTE = /^\{([^}]+)\}([A-Za-z_][A-Za-z0-9_.-]*)$/;
const KNOWN_NAMES = new Set<string>();
const KNOWN_NAMES_LIMIT = 4096;

/** The text with every character that XML 1.0 cannot carry (control characters, lone surrogates) replaced by U+FFFD. */
function toXmlCharacters(text: string): string {
  return text.replace(FORBIDDEN, REPLACEMENT);
}

/** Text as it stands between tags. A carriage return is written as a reference: parsers turn a bare one into a line feed. */
function escapeText(text: string): string {
  if (!SUSPICIOUS_TEXT.test(text)) return text;
  return toXmlCharacters(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}

/** Text as it stands in a quoted attribute, white space included. */
export function escapeAttribute(text: string): string {
  if (!SUSPICIOUS_ATTRIBUTE.test(text)) return text;
  return toXmlCharacters(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;');
}

/**
 * The element as XML. `xmlns` is written only where the namespace changes; `parentNs` is the namespace in force
 * around it.
 *
 * @throws XmppError `xmpp-element-invalid` for a name that is no XML name
 */
export function serialise(element: XmlElement, parentNs: string = NS.client): string {
  const { name, attributes, children } = element;
  checkName(name);
  const ns = element.ns === '' ? parentNs : element.ns;
  let xml = `<${name}`;
  if (ns !== parentNs) xml += ` xmlns="${escapeAttribute(ns)}"`;
  let prefixes = 0;
  for (const key in attributes) {
    const value = escapeAttribute(attributes[key]!);
    if (key.charCodeAt(0) === 123 /* { */) {
      const [, uri, local] = QUALIFIED_ATTRIBUTE.exec(key) ?? [];
      if (uri === undefined || local === undefined) throw invalid(key);
      const prefix = `a${prefixes++}`;
      xml += ` xmlns:${prefix}="${escapeAttribute(uri)}" ${prefix}:${local}="${value}"`;
      continue;
    }
    checkName(key.startsWith('xml:') ? key.slice(4) : key);
    xml += ` ${key}="${value}"`;
  }
  if (children.length === 0) return `${xml}/>`;
  xml += '>';
  for (const child of children) {
    xml += typeof child === 'string' ? escapeText(child) : serialise(child, ns);
  }
  return `${xml}</${name}>`;
}

function checkName(name: string): void {
  if (KNOWN_NAMES.has(name)) return;
  if (!NAME.test(name) || name === 'xmlns') throw invalid(name);
  if (KNOWN_NAMES.size < KNOWN_NAMES_LIMIT) KNOWN_NAMES.add(name);
}

function invalid(name: string): XmppError {
  return new XmppError(
    'xmpp-element-invalid',
    `${JSON.stringify(name)} cannot be the name of an XML element or attribute`,
  );
}
