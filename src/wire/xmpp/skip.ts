// Drops whole stanzas from a stream's text before the parser sees them, so that what nobody wants costs little more than
// its reading: a component with a hundred occupants in a room gets each of the room's messages a hundred times. It
// knows only as much of XML as it takes to find a stanza's end, and what it lets through is the stream as it was.

/** The start tag of a stanza, as far as it is looked at. */
export interface StanzaHead {
  /** The name as it is written, with its prefix if it has one. */
  readonly name: string;
  readonly to: string | undefined;
  readonly from: string | undefined;
  readonly type: string | undefined;
}

/** Whether nobody wants this stanza. Called for every stanza of the stream, as it begins. */
export type SkipStanza = (head: StanzaHead) => boolean;

/** The longest start tag that is looked at, UTF-16 units; the stanza of a longer one is let through. */
const HEAD_LIMIT = 16 * 1024;

const CDATA_OPENING = '[CDATA[';
const CDATA_CLOSING = ']]>';
const QUOTE = 34;
const APOSTROPHE = 39;
const SLASH = 47;
const GREATER = 62;

/** Filters one stream, from a point between two stanzas on. */
export class StanzaSkipper {
  readonly #skip: SkipStanza;
  #state: 'text' | 'opened' | 'tag' | 'declaration' | 'cdata' | 'passing' = 'text';
  /** Elements open inside the stream element. */
  #depth = 0;
  #dropping = false;
  /** A start tag that is held back until it is whole; undefined where nothing is. */
  #head: string | undefined;
  #closing = false;
  #slash = false;
  #quote = '';
  /** How much of `<![CDATA[` was seen, or the last characters inside it. */
  #partial = '';

  constructor(skip: SkipStanza) {
    this.#skip = skip;
  }

  /** The text without the stanzas that are to be skipped. A start tag that is not whole yet comes with a later text. */
  filter(text: string): string {
    let out = '';
    let at = 0;
    /** Where the text begins that is neither let through nor dropped yet. */
    let from = 0;
    const pass = (to: number): void => {
      if (!this.#dropping) out += text.slice(from, to);
      from = to;
    };
    const giveUp = (): void => {
      // Markup that XMPP does not have: the parser is to see it, and refuses it.
      out += this.#dropping ? `<${text.slice(at)}` : (this.#head ?? '') + text.slice(from);
      this.#head = undefined;
      this.#state = 'passing';
      from = at = text.length;
    };

    while (at < text.length) {
      switch (this.#state) {
        case 'text': {
          const opening = text.indexOf('<', at);
          if (opening === -1) {
            at = text.length;
            break;
          }
          if (this.#depth === 0) {
            pass(opening);
            this.#head = '';
          }
          at = opening + 1;
          this.#state = 'opened';
          break;
        }
        case 'opened': {
          const character = text[at];
          if (character === '?' || (character === '!' && this.#depth === 0)) {
            giveUp();
            break;
          }
          this.#closing = character === '/';
          this.#slash = false;
          if (character === '!') this.#partial = '';
          this.#state = character === '!' ? 'declaration' : 'tag';
          if (character === '!' || this.#closing) at++;
          break;
        }
        case 'tag': {
          const end = this.#findTagEnd(text, at);
          at = end ?? text.length;
          if (end === undefined) break;
          this.#state = 'text';
          if (this.#closing) {
            this.#depth--;
            if (this.#depth < 0) {
              // The end of the stream.
              out += (this.#head ?? '') + text.slice(from);
              this.#head = undefined;
              this.#state = 'passing';
              from = at = text.length;
            }
          } else {
            if (this.#head !== undefined) {
              const head = this.#head + text.slice(from, at);
              this.#head = undefined;
              from = at;
              this.#dropping = this.#skip(parseHead(head));
              if (!this.#dropping) out += head;
            }
            if (!this.#slash) this.#depth++;
          }
          if (this.#depth === 0) {
            pass(at);
            this.#dropping = false;
          }
          break;
        }
        case 'declaration': {
          this.#partial += text[at];
          if (!CDATA_OPENING.startsWith(this.#partial)) {
            giveUp();
            break;
          }
          at++;
          if (this.#partial !== CDATA_OPENING) break;
          this.#partial = '';
          this.#state = 'cdata';
          break;
        }
        case 'cdata': {
          const searched = this.#partial + text.slice(at);
          const closing = searched.indexOf(CDATA_CLOSING);
          if (closing === -1) {
            this.#partial = searched.slice(1 - CDATA_CLOSING.length);
            at = text.length;
            break;
          }
          at += closing + CDATA_CLOSING.length - this.#partial.length;
          this.#state = 'text';
          break;
        }
        case 'passing':
          at = text.length;
      }
    }
    if (this.#head === undefined) {
      pass(text.length);
      return out;
    }
    this.#head += text.slice(from);
    if (this.#head.length <= HEAD_LIMIT) return out;
    out += this.#head;
    this.#head = undefined;
    return out;
  }

  /** Where the tag ends that is being read; undefined where it goes on in the next text. */
  #findTagEnd(text: string, start: number): number | undefined {
    let at = start;
    while (at < text.length) {
      if (this.#quote !== '') {
        const end = text.indexOf(this.#quote, at);
        if (end === -1) return undefined;
        this.#quote = '';
        at = end + 1;
        continue;
      }
      const code = text.charCodeAt(at++);
      if (code === GREATER) return at;
      this.#slash = code === SLASH;
      if (code === QUOTE) this.#quote = '"';
      else if (code === APOSTROPHE) this.#quote = "'";
    }
    return undefined;
  }
}

const NAME = /^<([^\s/>]*)/;
const ATTRIBUTE = /\s*([^\s=/>]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gy;

function parseHead(tag: string): StanzaHead {
  const name = NAME.exec(tag)?.[1] ?? '';
  const found: { to?: string; from?: string; type?: string } = {};
  ATTRIBUTE.lastIndex = name.length + 1;
  for (let match = ATTRIBUTE.exec(tag); match !== null; match = ATTRIBUTE.exec(tag)) {
    const key = match[1];
    if (key === 'to' || key === 'from' || key === 'type') found[key] = unescape(match[2] ?? match[3] ?? '');
  }
  return { name, to: found.to, from: found.from, type: found.type };
}

const ENTITY = /&(?:#x([0-9a-f]+)|#([0-9]+)|(amp|lt|gt|quot|apos));/gi;
const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const LAST_CODE_POINT = 0x10ffff;

function unescape(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(ENTITY, (entity, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return PREDEFINED[name] ?? entity;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    // One that is none is the parser's to refuse.
    return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : entity;
  });
}
