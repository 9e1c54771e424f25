/** From elements to what a message says. Elements that are not known say what is in them. */
import { attributeOf, parseElements, toText } from './parse-elements.ts';
import type { Content, FilePart, ForwardedMessage, Mark, Part, QuotedMessage } from './content.ts';
import type { ElementNode, SatoriNode } from './elements.ts';

/** Everybody in the room, in a mention. */
const everybody = 'all';
const noName = '?';

const marks: Readonly<Record<string, Mark>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  s: 'strike',
  del: 'strike',
  code: 'code',
  'code-block': 'preformatted',
  pre: 'preformatted',
  blockquote: 'quote',
};
const files: Readonly<Record<string, FilePart['type']>> = {
  img: 'image',
  image: 'image',
  audio: 'audio',
  record: 'audio',
  video: 'video',
  file: 'file',
};

/** The whole content as one message. */
export function readContent(content: string): Content {
  const reader = new Reader();
  reader.read(parseElements(content), []);
  return reader.content();
}

/** The messages of a content: `<message>` sets one apart from the rest. Empty ones are left out. */
export function readMessages(content: string): Content[] {
  const groups: SatoriNode[][] = [[]];
  for (const node of parseElements(content)) {
    const isMessage =
      typeof node !== 'string' && node.type === 'message' && node.attributes['forward'] !== true;
    if (isMessage) groups.push([...node.children], []);
    else groups.at(-1)!.push(node);
  }
  return groups
    .map((nodes) => {
      const reader = new Reader();
      reader.read(nodes, []);
      return reader.content();
    })
    .filter(({ parts }) => parts.length > 0);
}

class Reader {
  readonly #parts: Part[] = [];
  #quote: QuotedMessage | undefined;

  content(): Content {
    return { parts: this.#parts, ...(this.#quote && { quote: this.#quote }) };
  }

  read(nodes: readonly SatoriNode[], set: readonly Mark[]): void {
    for (const node of nodes) {
      if (typeof node === 'string') this.#text(node, set);
      else this.#element(node, set);
    }
  }

  #element(node: ElementNode, set: readonly Mark[]): void {
    const { type, children } = node;
    const mark = marks[type];
    const file = files[type];
    if (file !== undefined) this.#file(file, node);
    else if (mark !== undefined) this.read(children, set.includes(mark) ? set : [...set, mark]);
    else if (type === 'at') this.#mention(node);
    else if (type === 'br') this.#text('\n', set);
    else if (type === 'p') this.#paragraph(children, set);
    else if (type === 'a') this.#link(node, set);
    else if (type === 'sharp')
      this.#text(`#${attributeOf(node, 'name') ?? attributeOf(node, 'id') ?? ''}`, set);
    else if (type === 'emoji' || type === 'face') this.#emoji(node);
    else if (type === 'quote') this.#quote ??= toQuote(node);
    else if (type === 'message' && node.attributes['forward'] === true) this.#forward(node);
    else if (type === 'message') this.#paragraph(children, set);
    else if (type === 'button') this.#text(`[${toText(children)}]`, set);
    // Whose words they are is told beside them.
    else if (type !== 'author') this.read(children, set);
  }

  #text(text: string, set: readonly Mark[]): void {
    if (text === '') return;
    const last = this.#parts.at(-1);
    const isSame = last?.type === 'text' && (last.marks ?? []).join(' ') === set.join(' ');
    if (isSame) last.text += text;
    else this.#parts.push({ type: 'text', text, ...(set.length > 0 && { marks: set }) });
  }

  /** On lines of its own. */
  #paragraph(children: readonly SatoriNode[], set: readonly Mark[]): void {
    const last = this.#parts.at(-1);
    if (last && !(last.type === 'text' && last.text.endsWith('\n'))) this.#text('\n', set);
    this.read(children, set);
  }

  #link(node: ElementNode, set: readonly Mark[]): void {
    const href = attributeOf(node, 'href') ?? '';
    const words = toText(node.children);
    this.read(node.children, set);
    if (href !== '' && words.trim() !== href) this.#text(words === '' ? href : ` (${href})`, set);
  }

  #mention(node: ElementNode): void {
    const id = attributeOf(node, 'id');
    const type = attributeOf(node, 'type');
    if (id !== undefined) {
      this.#parts.push({ type: 'mention', user: id, name: attributeOf(node, 'name') ?? id });
    } else if (type === everybody || type === 'here') {
      this.#parts.push({ type: 'mention', user: everybody, name: type });
    } else this.#text(`@${attributeOf(node, 'name') ?? attributeOf(node, 'role') ?? noName}`, []);
  }

  #file(type: FilePart['type'], node: ElementNode): void {
    const url = attributeOf(node, 'src') ?? attributeOf(node, 'url') ?? '';
    const name = attributeOf(node, 'title') ?? attributeOf(node, 'file');
    const alt = attributeOf(node, 'alt');
    if (url === '') return this.#text(`[${alt ?? name ?? type}]`, []);
    this.#parts.push({
      type,
      url,
      ...(name !== undefined && { name }),
      ...(alt !== undefined && { alt }),
    });
  }

  #emoji(node: ElementNode): void {
    const name = attributeOf(node, 'name') ?? attributeOf(node, 'id') ?? noName;
    const picture = node.children.find((child) => typeof child !== 'string' && child.type === 'img');
    const url = typeof picture === 'object' ? attributeOf(picture, 'src') : undefined;
    const text = /\p{Extended_Pictographic}/u.test(name) ? name : `[${name}]`;
    this.#parts.push({ type: 'emoji', text, ...(url !== undefined && { url }) });
  }

  #forward({ children }: ElementNode): void {
    const messages = children.flatMap((child): ForwardedMessage[] => {
      if (typeof child === 'string' || child.type !== 'message') return [];
      const reader = new Reader();
      reader.read(child.children, []);
      const { parts } = reader.content();
      return parts.length === 0 ? [] : [{ sender: toSender(child), body: parts }];
    });
    if (messages.length === 0) this.#text('[forwarded messages]', []);
    else this.#parts.push({ type: 'forward', messages });
  }
}

function toQuote(node: ElementNode): QuotedMessage {
  const id = attributeOf(node, 'id');
  const author = node.children.find((child) => typeof child !== 'string' && child.type === 'author');
  const name = typeof author === 'object' ? attributeOf(author, 'name') : undefined;
  return {
    text: toText(node.children),
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
  };
}

function toSender(message: ElementNode): ForwardedMessage['sender'] {
  const author = message.children.find((child) => typeof child !== 'string' && child.type === 'author');
  if (typeof author !== 'object') return { id: noName, name: noName };
  const id = attributeOf(author, 'id') ?? attributeOf(author, 'user-id') ?? noName;
  return { id, name: attributeOf(author, 'name') ?? attributeOf(author, 'nickname') ?? id };
}
