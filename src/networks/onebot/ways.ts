/**
 * The ways in which something can be said on QQ, the best first. Not every implementation has all of them: where one is
 * refused, the next shows the same as well as it can, and the last is words.
 */
import type { Clock } from '../../hub/clock.ts';
import { toBareName } from '../../hub/media.ts';
import { toPlainText, type ForwardSegment, type MediaSegment, type Segment } from '../../hub/message.ts';
import { splitBody } from '../../hub/render.ts';
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import { toWireSegment, type Segment as QqSegment } from '../../wire/onebot11/segments.ts';
import type { Files } from './files.ts';
import { toMessage, toNodes, toPrint } from './outgoing.ts';
import type { OwnMessages } from './own-messages.ts';
import type { People } from './people.ts';
import { toRoom, type Place } from './room-name.ts';

/** QQ cuts or refuses longer texts; it counts characters, about three times as many bytes. */
export const TEXT_LIMIT_BYTES = 4500;
/** A forward of more messages than this is put in words: QQ takes about a hundred. */
const NODES_LIMIT = 100;

/** One way to say something. */
export interface Way {
  readonly name: 'message' | 'forward' | 'upload' | 'words';
  /** The messages that it takes, in their order: one, but for words that are too long. */
  readonly parts: readonly Part[];
}

/** One message of a way. */
export interface Part {
  /** By what it is found again, see `toPrint`. */
  readonly print: string;
  /** Answers the id of the message, where it is told. Rejects with a `OneBotError`. */
  say(): Promise<number | undefined>;
}

export interface WaysParts {
  client: OneBotClient;
  clock: Clock;
  selfId: number;
  files: Files;
  people: People;
  own: OwnMessages;
}

/** @param answered the id of the message that is answered */
export async function toWays(
  place: Place,
  body: readonly Segment[],
  answered: string | undefined,
  parts: WaysParts,
): Promise<Way[]> {
  const toFile = (file: MediaSegment) => parts.files.give(file);
  const asMessage = async (): Promise<Way> =>
    toMessageWay(place, await toMessage(body, answered, toFile), parts);
  const [first] = body;
  if (body.length !== 1 || !first) return [await asMessage()];
  const words: Way = {
    name: 'words',
    parts: toTexts(body).map((text) => ({ print: toPrint(text), say: () => say(place, text, parts) })),
  };
  switch (first.type) {
    case 'forward':
      return first.messages.length > NODES_LIMIT ? [words] : [await toForwardWay(place, first, parts), words];
    case 'file':
      return [await asMessage(), toUploadWay(place, first, parts), words];
    case 'audio':
    case 'video':
    case 'place':
      return [await asMessage(), words];
    default:
      return [await asMessage()];
  }
}

function toMessageWay(place: Place, message: readonly QqSegment[], parts: WaysParts): Way {
  for (const segment of message) {
    // Some implementations tell of a file beside the message that it is.
    if (segment.type !== 'file') continue;
    parts.own.expectFile(toRoom(place), segment.data.name ?? '', parts.clock.now());
  }
  return { name: 'message', parts: [{ print: toPrint(message), say: () => say(place, message, parts) }] };
}

async function toForwardWay(place: Place, forward: ForwardSegment, parts: WaysParts): Promise<Way> {
  const { client, selfId, files } = parts;
  const messages = await toNodes(forward, selfId, (file) => files.give(file));
  return {
    name: 'forward',
    parts: [
      {
        print: toPrint([{ type: 'forward', data: {} }]),
        async say() {
          const sent =
            place.type === 'group'
              ? await client.call('send_group_forward_msg', { group_id: place.id, messages })
              : await client.call('send_private_forward_msg', { user_id: place.id, messages });
          return sent.message_id;
        },
      },
    ],
  };
}

/** Whoever cannot put files into messages may put them among those of the group. */
function toUploadWay(place: Place, file: MediaSegment, { client, files }: WaysParts): Way {
  return {
    name: 'upload',
    parts: [
      {
        print: toPrint([{ type: 'file', data: {} }]),
        async say() {
          const upload = { file: await files.give(file), name: toBareName(file) };
          if (place.type === 'group') {
            await client.call('upload_group_file', { group_id: place.id, ...upload });
          } else {
            await client.call('upload_private_file', { user_id: place.id, ...upload });
          }
          return undefined;
        },
      },
    ],
  };
}

/** As words, in as many messages as it takes. */
function toTexts(body: readonly Segment[]): QqSegment[][] {
  const text = toPlainText(body).toWellFormed().replaceAll('\u0000', '');
  return splitBody([{ type: 'text', text }], TEXT_LIMIT_BYTES).map((part) => [
    { type: 'text', data: { text: toPlainText(part) } },
  ]);
}

async function say(
  place: Place,
  message: readonly QqSegment[],
  { client, people }: WaysParts,
): Promise<number> {
  const said = message.map(toWireSegment);
  if (place.type === 'group') {
    return (await client.call('send_group_msg', { group_id: place.id, message: said })).message_id;
  }
  // Who is no friend is written to through a group that both are in.
  const group = people.groupOf(place.id);
  const sent = await client.call('send_private_msg', {
    user_id: place.id,
    message: said,
    ...(group !== undefined && { group_id: group }),
  });
  return sent.message_id;
}
