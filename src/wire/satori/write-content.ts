/** From what a message says to elements. */
import type { Mark, Part, TextPart } from './content.ts';
import { createElement, writeElements, type SatoriNode } from './elements.ts';

const elements: Readonly<Record<Mark, string>> = {
  bold: 'b',
  italic: 'i',
  strike: 's',
  code: 'code',
  preformatted: 'code',
  quote: 'blockquote',
};

/** A message that is answered. */
export interface QuoteToWrite {
  id: string;
  name?: string;
  text?: string;
}

/** The content of a message; what cannot be encoded is left out of it. */
export function writeContent(parts: readonly Part[], quote?: QuoteToWrite): string {
  const nodes = parts.map(toNode);
  return writeElements(quote ? [toQuoteNode(quote), ...nodes] : nodes).toWellFormed();
}

function toQuoteNode({ id, name, text }: QuoteToWrite): SatoriNode {
  const author = name === undefined ? [] : [createElement('author', { name })];
  return createElement('quote', { id }, text === undefined ? author : [...author, text]);
}

function toNode(part: Part): SatoriNode {
  switch (part.type) {
    case 'text':
      return toTextNode(part);
    case 'mention':
      return createElement('at', part.user === 'all' ? { type: 'all' } : { id: part.user, name: part.name });
    case 'image':
      return createElement('img', { src: part.url, title: part.name, alt: part.alt });
    case 'audio':
    case 'video':
    case 'file':
      return createElement(part.type, { src: part.url, title: part.name });
    case 'emoji':
      // Of an emoji of Unicode nothing is lost as text.
      if (part.url === undefined) return part.text;
      return createElement('img', { src: part.url, alt: part.text });
    case 'forward':
      return createElement(
        'message',
        { forward: true },
        part.messages.map(({ sender, body }) =>
          createElement('message', {}, [
            createElement('author', { id: sender.id, name: sender.name }),
            ...body.map(toNode),
          ]),
        ),
      );
    case 'place':
      return `[${part.name ?? 'place'}: ${part.latitude}, ${part.longitude}]`;
    case 'card': {
      const words = [part.title, part.text].filter(Boolean).join(' – ');
      return part.url === undefined ? words : createElement('a', { href: part.url }, [words]);
    }
  }
}

/** A text within the elements of its marks. */
function toTextNode({ text, marks = [] }: TextPart): SatoriNode {
  return marks.reduceRight<SatoriNode>((node, mark) => createElement(elements[mark], {}, [node]), text);
}
