// The incremental parser of a stream: bytes in, stanzas out. XMPP allows only a part of XML (RFC 6120 §11.1), and
// what is outside it is the stuff of attacks, so everything else ends the stream with the condition to answer with:
// never an exception in a socket handler, never unbounded memory. Bytes are bounded per stanza instead of per
// stream, because a stream lives for weeks.
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { XmlElement, type XmlNode } from './element.ts';
import { XmlRefusedError } from './errors.ts';
import { NS } from './namespaces.ts';
import { StanzaSkipper, type SkipStanza } from './skip.ts';
import { Utf8Decoder } from './utf8.ts';

/** What the parser takes before it refuses; every bound has a default. */
export interface ParserLimits {
  /** Largest stanza, in bytes as received. Default {@link STANZA_LIMIT_BYTES}. */
  readonly stanzaBytes: number;
  /** Deepest nesting inside the stream element. Default {@link DEPTH_LIMIT}. */
  readonly depth: number;
  /** Most elements of one stanza. Default {@link ELEMENTS_LIMIT}. */
  readonly elements: number;
  /** Most attributes of one element. Default {@link ATTRIBUTES_LIMIT}. */
  readonly attributes: number;
}

/** 10 MiB: forty times what servers allow a client to send; MAM pages and avatars come nowhere near. */
export const STANZA_LIMIT_BYTES = 10 * 1024 * 1024;
/** Real stanzas nest about ten deep. */
export const DEPTH_LIMIT = 128;
/** A roster of a hundred thousand contacts; an element costs far more memory than the four bytes of `<a/>`. */
const ELEMENTS_LIMIT = 250_000;
/** Real elements have fewer than ten. */
const ATTRIBUTES_LIMIT = 256;

// The prologue and the stream header have no business being larger.
const HEADER_LIMIT_BYTES = 16 * 1024;
// So that one huge read is measured while it is parsed, not after.
const SLICE_BYTES = 64 * 1024;

/** Where what was read goes. Called inside `feed`, in the order of the stream. */
export interface ParserEvents {
  /** The stream was opened; the element has the header's attributes and no children. */
  onHeader(header: XmlElement): void;
  /** A whole child of the stream element; `sizeBytes` is about what it took on the wire, for accounting. */
  onElement(element: XmlElement, sizeBytes: number): void;
  /** The stream was closed in order; nothing follows. */
  onEnd(): void;
  /** The stream cannot be read on; nothing follows. */
  onError(error: XmlRefusedError): void;
}

/** How a stream differs from a client's. */
export interface StreamDialect {
  /** The namespace of its stanzas; they are read as if it were a client's, which is what they are in all else. */
  readonly contentNs?: string;
  /** Stanzas that are dropped unread. They count for no limit and are told to nobody. */
  readonly skip?: SkipStanza;
}

// White space as XML has it; JavaScript's own idea of it is wider.
const LEADING_WHITESPACE = /^[ \t\r\n]+/;
const BLANK = /^[ \t\r\n]*$/;

interface SaxesSettings {
  readonly xmlns: true;
  readonly position: false;
  readonly defaultXMLVersion: '1.0';
  readonly forceXMLVersion: true;
}

/**
 * The parser with what it refuses in every stream. These handlers are its class's, not each parser's own: V8 makes an
 * object that is given more than a few properties by computed names, as `on` does it, a slow one, and parsing then takes
 * three times as long.
 */
class StrictParser extends SaxesParser<SaxesSettings> {}
const everyParser = StrictParser.prototype;
everyParser.on('doctype', () => refuse('restricted-xml', 'a document type declaration'));
everyParser.on('processinginstruction', () => refuse('restricted-xml', 'a processing instruction'));
everyParser.on('comment', () => refuse('restricted-xml', 'a comment'));
everyParser.on('xmldecl', ({ version, encoding }) => {
  if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') {
    refuse('unsupported-encoding', 'an encoding other than UTF-8');
  }
  if (version !== '1.0') refuse('not-well-formed', 'another XML version than 1.0');
});
everyParser.on('error', (error) => refuse('not-well-formed', error.message));

interface OpenElement {
  readonly name: string;
  readonly ns: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlNode[];
}

/**
 * Parses one stream. After `onEnd`, `onError` or `stop` further bytes are ignored.
 *
 * @see RFC 6120 §4, §11
 */
export class StreamParser {
  readonly #saxes = new StrictParser({
    xmlns: true,
    position: false,
    defaultXMLVersion: '1.0',
    forceXMLVersion: true,
  });
  readonly #decoder = new Utf8Decoder();
  readonly #events: ParserEvents;
  readonly #limits: ParserLimits;
  readonly #contentNs: string;
  readonly #skipper: StanzaSkipper | undefined;
  #skipping = false;
  readonly #open: OpenElement[] = [];
  #top: OpenElement | undefined;
  /** The stream element is open. */
  #inStream = false;
  #stopped = false;
  #attributes = 0;
  #elements = 0;
  /** The last read ended between stanzas, so leading whitespace of the next is a keepalive. */
  #between = false;
  /** Bytes of earlier slices that belong to the stanza under way. */
  #carriedBytes = 0;
  #slice = '';
  #sliceStart = 0;
  /** Where in the slice the stanza under way begins. */
  #boundary = 0;
  #fedCharacters = 0;

  constructor(events: ParserEvents, limits: Partial<ParserLimits> = {}, dialect: StreamDialect = {}) {
    this.#events = events;
    this.#contentNs = dialect.contentNs ?? NS.client;
    this.#skipper = dialect.skip && new StanzaSkipper(dialect.skip);
    this.#limits = {
      stanzaBytes: limits.stanzaBytes ?? STANZA_LIMIT_BYTES,
      depth: limits.depth ?? DEPTH_LIMIT,
      elements: limits.elements ?? ELEMENTS_LIMIT,
      attributes: limits.attributes ?? ATTRIBUTES_LIMIT,
    };
    const saxes = this.#saxes;
    // saxes looks names up in an object with a prototype, where `&toString;` would find something.
    saxes.ENTITIES = Object.assign(Object.create(null) as Record<string, string>, PREDEFINED_ENTITIES);
    saxes.on('opentagstart', () => {
      this.#attributes = 0;
      if (++this.#elements > this.#limits.elements) {
        refuse('policy-violation', `a stanza has more than ${this.#limits.elements} elements`);
      }
      if (this.#open.length >= this.#limits.depth) {
        refuse('policy-violation', `elements are nested more than ${this.#limits.depth} deep`);
      }
    });
    saxes.on('attribute', () => {
      if (++this.#attributes > this.#limits.attributes) {
        refuse('policy-violation', `an element has more than ${this.#limits.attributes} attributes`);
      }
    });
    saxes.on('opentag', (tag) => this.#openElement(tag));
    saxes.on('closetag', () => this.#closeElement());
    saxes.on('text', (text) => this.#addText(text));
    saxes.on('cdata', (text) => this.#addText(text));
  }

  /** Parses what was read from the socket. Never throws. */
  feed(chunk: Buffer): void {
    try {
      for (let start = 0; start < chunk.length && !this.#stopped; start += SLICE_BYTES) {
        this.#feedSlice(chunk.length <= SLICE_BYTES ? chunk : chunk.subarray(start, start + SLICE_BYTES));
      }
    } catch (error) {
      if (this.#stopped) return;
      this.#stopped = true;
      this.#events.onError(
        error instanceof XmlRefusedError
          ? error
          : new XmlRefusedError('not-well-formed', 'the stream could not be read', error),
      );
    }
  }

  /** Reads nothing more, not even the rest of the chunk being fed: for the change to TLS and for closing. */
  stop(): void {
    this.#stopped = true;
  }

  #feedSlice(chunk: Buffer): void {
    let text = this.#decoder.decode(chunk);
    if (text === undefined) return refuse('not-well-formed', 'bytes that are no UTF-8');
    if (this.#skipper !== undefined) {
      // It has to begin between two stanzas.
      this.#skipping ||= this.#between;
      if (this.#skipping) text = this.#skipper.filter(text);
    }
    if (this.#between) {
      // Whitespace keepalives would otherwise pile up in saxes until the next stanza, which may be hours away.
      text = text.replace(LEADING_WHITESPACE, '');
      if (text === '') return;
      this.#between = false;
    }
    this.#slice = text;
    this.#sliceStart = this.#fedCharacters;
    this.#boundary = 0;
    this.#saxes.write(text);
    this.#fedCharacters += text.length;
    if (this.#stopped) return;

    this.#carriedBytes += Buffer.byteLength(text.slice(this.#boundary));
    if (this.#inStream && this.#open.length === 0 && BLANK.test(text.slice(this.#boundary))) {
      // A slice of nothing but the middle of a tag is never blank here: `<` came before, and `#between` was off.
      this.#between = this.#boundary > 0;
      if (this.#between) this.#carriedBytes = 0;
    }
    this.#checkSize(this.#carriedBytes);
  }

  get #limitBytes(): number {
    return this.#inStream ? this.#limits.stanzaBytes : HEADER_LIMIT_BYTES;
  }

  #checkSize(bytes: number): void {
    const limitBytes = this.#limitBytes;
    if (bytes > limitBytes) {
      const what = this.#inStream ? 'a stanza' : 'a stream header';
      refuse('policy-violation', `${what} of more than ${limitBytes} bytes`);
    }
  }

  /** A stanza (or the header) ends here: measures it, and what follows counts for the next. */
  #endStanza(): number {
    const index = this.#saxes.position - this.#sliceStart;
    // A UTF-16 unit is at most three bytes: the exact count is needed only near the limit.
    if (this.#carriedBytes + (index - this.#boundary) * 3 > this.#limitBytes) {
      this.#checkSize(this.#carriedBytes + Buffer.byteLength(this.#slice.slice(this.#boundary, index)));
    }
    const sizeBytes = this.#carriedBytes + index - this.#boundary;
    this.#carriedBytes = 0;
    this.#elements = 0;
    this.#boundary = index;
    return sizeBytes;
  }

  #openElement(tag: SaxesTagNS): void {
    const attributes = Object.create(null) as Record<string, string>;
    const given = tag.attributes;
    for (const name in given) {
      const attribute = given[name]!;
      const { prefix } = attribute;
      if (prefix === '') {
        if (name !== 'xmlns') attributes[name] = attribute.value;
      } else if (prefix === 'xml') {
        attributes[name] = attribute.value;
      } else if (prefix !== 'xmlns') {
        attributes[
          attribute.uri === NS.xml ? `xml:${attribute.local}` : `{${attribute.uri}}${attribute.local}`
        ] = attribute.value;
      }
    }
    if (!this.#inStream) {
      this.#endStanza();
      this.#inStream = true;
      this.#events.onHeader(new XmlElement(tag.local, tag.uri, attributes, []));
      return;
    }
    const ns = tag.uri === this.#contentNs ? NS.client : tag.uri;
    const element: OpenElement = { name: tag.local, ns, attributes, children: [] };
    this.#open.push(element);
    this.#top = element;
  }

  #closeElement(): void {
    const closed = this.#open.pop();
    if (closed === undefined) {
      if (this.#stopped) return;
      this.#stopped = true;
      this.#events.onEnd();
      return;
    }
    const element = new XmlElement(closed.name, closed.ns, closed.attributes, closed.children);
    this.#top = this.#open.at(-1);
    if (this.#top !== undefined) {
      this.#top.children.push(element);
      return;
    }
    const sizeBytes = this.#endStanza();
    if (!this.#stopped) this.#events.onElement(element, sizeBytes);
  }

  #addText(text: string): void {
    if (this.#top === undefined) {
      if (this.#inStream && !BLANK.test(text)) refuse('not-well-formed', 'text between stanzas');
      return;
    }
    const { children } = this.#top;
    const last = children.length - 1;
    const before = children[last];
    // Text and CDATA that touch are one text.
    if (typeof before === 'string') children[last] = before + text;
    else if (text !== '') children.push(text);
  }
}

const PREDEFINED_ENTITIES = { amp: '&', gt: '>', lt: '<', quot: '"', apos: "'" };

function refuse(condition: XmlRefusedError['condition'], what: string): never {
  throw new XmlRefusedError(condition, `the server sent what XMPP does not allow: ${what}`);
}
