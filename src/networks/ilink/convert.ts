/** The border between WeChat's messages and the hub's: what is on the wire becomes segments. */
import type { MessageReport } from '../../hub/event.ts';
import type { Segment } from '../../hub/message.ts';
import { ITEM_TYPE, itemSchema, type Item, type Message } from '../../wire/ilink/messages.ts';
import type { CameFile } from './files.ts';

/** Who is quoted is not told. */
const SOMEBODY = '…';

/** What a message holds, its files still to be fetched. */
export interface Content {
  parts: (Segment | CameFile)[];
  replyTo?: NonNullable<MessageReport['replyTo']>;
}

export function toContent({ item_list: list }: Message): Content {
  const content: Content = { parts: [] };
  for (const raw of list ?? []) {
    const read = itemSchema.safeParse(raw);
    if (!read.success) {
      content.parts.push(toUnknown());
      continue;
    }
    takeReference(content, read.data);
    content.parts.push(toPart(read.data));
  }
  return content;
}

/** Whether it is a file that has to be fetched. */
export function isFile(part: Segment | CameFile): part is CameFile {
  return 'file' in part;
}

/** An id by which a message is known when it is told again. Nearly always its own; else what there is. */
export function toNative(message: Message): string | undefined {
  const { message_id: id, item_list: list, client_id: client, seq, create_time_ms: at } = message;
  if (id !== undefined) return id;
  for (const raw of list ?? []) {
    const item = itemSchema.safeParse(raw);
    if (item.success && item.data.msg_id !== undefined) return item.data.msg_id;
  }
  if (client) return `client:${client}`;
  return at && seq ? `${at}:${seq}` : undefined;
}

function toPart(item: Item): Segment | CameFile {
  const { image_item: image, voice_item: voice, file_item: file, video_item: video } = item;
  switch (item.type) {
    case ITEM_TYPE.text:
      return { type: 'text', text: item.text_item?.text ?? '' };
    case ITEM_TYPE.image:
      return toFile(image?.media && { type: 'image', file: image.media, hexKey: image.aeskey });
    case ITEM_TYPE.voice:
      return voice?.media || !voice?.text
        ? toFile(voice?.media && { type: 'audio', file: voice.media, alt: voice.text })
        : { type: 'text', text: voice.text };
    case ITEM_TYPE.file:
      return toFile(file?.media && { type: 'file', file: file.media, name: file.file_name });
    case ITEM_TYPE.video:
      return toFile(video?.media && { type: 'video', file: video.media });
    default:
      return toUnknown();
  }
}

function toFile(file: CameFile | null | undefined): Segment | CameFile {
  return file ?? toUnknown();
}

function toUnknown(): Segment {
  return { type: 'text', text: '[something that only WeChat shows]' };
}

/** What is answered: by its id where one is told, else by the words that are. */
function takeReference(content: Content, { ref_msg: reference }: Item): void {
  if (!reference) return;
  const native = reference.svr_id ?? reference.message_item?.msg_id;
  const words = reference.message_item?.text_item?.text || reference.title || undefined;
  if (native !== undefined) {
    content.replyTo = { native, ...(words !== undefined && { quote: { name: SOMEBODY, text: words } }) };
  } else if (words !== undefined) {
    content.parts.push({ type: 'text', text: `${words}\n`, marks: ['quote'] });
  }
}
