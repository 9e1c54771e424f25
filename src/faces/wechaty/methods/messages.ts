/** `message*`: what was said, and what is said through the account. */
import { textBody, type RoomRef, type Segment } from '../../../hub/message.ts';
import type { Visitor } from '../door.ts';
import { Failure } from '../failure.ts';
import { takeFileBox, toFileBox } from '../file-box.ts';
import { parsePartId } from '../parts.ts';
import { createMessage, type Fields } from '../protobuf.ts';
import { findConversation } from './conversation.ts';
import { fieldsOf, numberOf, requireSend, textOf, textsOf, type Handlers, type Parts } from './method.ts';

export function createMessageHandlers(parts: Parts): Handlers {
  const { hub, media, messages } = parts;
  return {
    messagePayload: (request, visitor) => messages.payload(textOf(request, 'id'), visitor),
    messageFile: async (request, visitor) => ({ fileBox: await fileOf(request, visitor) }),
    // The networks have no thumbnails; a picture is the same in every size.
    messageImage: async (request, visitor) => ({ fileBox: await fileOf(request, visitor) }),
    async messageUrl(request, visitor) {
      const { part } = await messages.find(textOf(request, 'id'), visitor);
      if (part.type !== 'url') throw new Failure('FAILED_PRECONDITION', 'this message is no link');
      const { title, text, url } = part.card;
      return {
        urlLink: createMessage('UrlLinkPayload', { title, url, description: text }),
        urlLinkDeprecated: JSON.stringify({ title, url, description: text }),
      };
    },
    async messageLocation(request, visitor) {
      const { part } = await messages.find(textOf(request, 'id'), visitor);
      if (part.type !== 'location') throw new Failure('FAILED_PRECONDITION', 'this message is no place');
      const { latitude, longitude, name } = part.place;
      return {
        location: createMessage('LocationPayload', {
          latitude,
          longitude,
          name: name ?? '',
          address: name ?? '',
        }),
      };
    },
    messageSendText: (request, visitor) => {
      const text = textOf(request, 'text');
      return say(request, visitor, (room) =>
        toMentions(text, textsOf(request, 'mentionalIdsList'), nameIn(room, visitor)),
      );
    },
    messageSendFile: (request, visitor) =>
      say(request, visitor, () => takeFileBox(textOf(request, 'fileBox'), media)),
    messageSendUrl: (request, visitor) =>
      say(request, visitor, () => {
        const link = fieldsOf(request, 'urlLink');
        if (!link) throw new Failure('INVALID_ARGUMENT', 'the link is missing');
        const [title, text, url] = [textOf(link, 'title'), textOf(link, 'description'), textOf(link, 'url')];
        return [{ type: 'card', title: title || url, url, ...(text !== '' && { text }) }];
      }),
    messageSendLocation: (request, visitor) =>
      say(request, visitor, () => {
        const place = fieldsOf(request, 'location');
        if (!place) throw new Failure('INVALID_ARGUMENT', 'the place is missing');
        const name = textOf(place, 'name') || textOf(place, 'address');
        const [latitude, longitude] = [numberOf(place, 'latitude'), numberOf(place, 'longitude')];
        return [{ type: 'place', latitude, longitude, ...(name !== '' && { name }) }];
      }),
    messageSendMiniProgram: (request, visitor) =>
      say(request, visitor, () => {
        const program = fieldsOf(request, 'miniProgram');
        if (!program) throw new Failure('INVALID_ARGUMENT', 'the mini program is missing');
        const text = textOf(program, 'description');
        return [
          { type: 'card', title: textOf(program, 'title') || 'Mini program', ...(text !== '' && { text }) },
        ];
      }),
    async messageForward(request, visitor) {
      const { message } = await messages.find(textOf(request, 'messageId'), visitor);
      return say(request, visitor, () => message.body);
    },
    async messageRecall(request, visitor) {
      requireSend(visitor);
      const { event } = parsePartId(textOf(request, 'id'));
      await messages.find(event, visitor);
      const { caller, callId } = visitor;
      await hub.recall({ message: event, by: caller.name, ...(callId !== undefined && { key: callId }) });
      return { success: true };
    },
  };

  async function fileOf(request: Fields, visitor: Visitor): Promise<string> {
    const { part } = await messages.find(textOf(request, 'id'), visitor);
    if (part.type !== 'media') throw new Failure('FAILED_PRECONDITION', 'this message is no file');
    return toFileBox(part.media, media);
  }

  async function say(
    request: Fields,
    visitor: Visitor,
    toBody: (room: RoomRef) => readonly Segment[] | Promise<readonly Segment[]>,
  ): Promise<Fields> {
    const room = await findConversation(textOf(request, 'conversationId'), visitor, parts);
    return { id: await post(parts, room, await toBody(room), visitor) };
  }

  function nameIn(room: RoomRef, { account }: Visitor) {
    const members = parts.people.members(room, account);
    return (id: string) => (members.find((each) => each.id === id) ?? parts.people.seen(id, account))?.name;
  }
}

/** Answers the hub's id. */
export async function post(
  { hub }: Pick<Parts, 'hub'>,
  room: RoomRef,
  body: readonly Segment[],
  visitor: Visitor,
): Promise<string> {
  const { caller, callId } = visitor;
  const { id } = await hub.post({
    room,
    body,
    by: caller.name,
    ...(callId !== undefined && { key: callId }),
  });
  return id;
}

/** A text in which clients have written `@name` for each of those whom it is for. */
function toMentions(
  text: string,
  ids: readonly string[],
  nameOf: (id: string) => string | undefined,
): Segment[] {
  if (text === '') throw new Failure('INVALID_ARGUMENT', 'there is nothing to say');
  const body: Segment[] = [];
  let rest = text;
  for (const user of ids) {
    const name = nameOf(user);
    const at = name === undefined ? -1 : rest.indexOf(`@${name}`);
    if (name === undefined || at < 0) continue;
    if (at > 0) body.push({ type: 'text', text: rest.slice(0, at) });
    body.push({ type: 'mention', user, name });
    rest = rest.slice(at + 1 + name.length);
  }
  if (rest !== '') body.push(...textBody(rest));
  return body;
}
