/** What a message says, without the way in which it is written: the parts that elements stand for. */

/** How a stretch of text is set. */
export type Mark = 'bold' | 'italic' | 'strike' | 'code' | 'preformatted' | 'quote';

export interface TextPart {
  type: 'text';
  text: string;
  marks?: readonly Mark[];
}

export interface MentionPart {
  type: 'mention';
  /** A user's id; `all` is everyone. */
  user: string;
  name: string;
}

export interface FilePart {
  type: 'image' | 'audio' | 'video' | 'file';
  /** `https:`, `http:`, `data:`, or `internal:` of a server's own. */
  url: string;
  name?: string;
  alt?: string;
}

export interface EmojiPart {
  type: 'emoji';
  text: string;
  url?: string;
}

export interface ForwardPart {
  type: 'forward';
  title?: string;
  messages: readonly ForwardedMessage[];
}

export interface ForwardedMessage {
  sender: { id: string; name: string };
  body: readonly Part[];
}

export interface PlacePart {
  type: 'place';
  latitude: number;
  longitude: number;
  name?: string;
}

export interface CardPart {
  type: 'card';
  title: string;
  text?: string;
  url?: string;
}

export type Part = TextPart | MentionPart | FilePart | EmojiPart | ForwardPart | PlacePart | CardPart;

/** A message that is answered. */
export interface QuotedMessage {
  id?: string;
  name?: string;
  text: string;
}

export interface Content {
  parts: Part[];
  quote?: QuotedMessage;
}
