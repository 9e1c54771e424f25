/**
 * Files on the wire, piece by piece: neither side ever holds one in memory. `Upload` and `Download` are how clients of today
 * bring and fetch them; the streams of whole messages are those of older clients.
 */
import type { MediaStore } from '../../hub/media.ts';
import { toMediaSegment } from '../../hub/media.ts';
import type { ReadingCall, Visitor, WritingCall } from './door.ts';
import { Failure } from './failure.ts';
import { findConversation } from './methods/conversation.ts';
import { post } from './methods/messages.ts';
import { requireSend, type Parts } from './methods/method.ts';
import { createMessage, type Fields, type Message } from './protobuf.ts';

/** Rejects with a `Failure` or a `MediaError`. */
export async function takeUpload(call: ReadingCall, visitor: Visitor, media: MediaStore): Promise<Fields> {
  requireSend(visitor);
  const { id } = await media.save(chunksOf(call));
  return { id };
}

async function* chunksOf(call: ReadingCall): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const message of call as AsyncIterable<Message>) {
    const chunk = message['getChunk']!();
    if (chunk instanceof Uint8Array) yield chunk;
  }
}

/** Rejects with a `Failure` or a `MediaError`. */
export async function sendDownload(call: WritingCall, id: string, media: MediaStore): Promise<void> {
  await sendFile(call, id, media, (chunk) => createMessage('DownloadResponse', { chunk }));
}

async function sendFile(
  call: WritingCall,
  id: string,
  media: MediaStore,
  toMessage: (chunk: Uint8Array) => Message,
): Promise<void> {
  const opened = await media.open(id);
  if (!opened) throw new Failure('NOT_FOUND', `there is no file ${id}, or it is no longer kept`);
  const { stream } = opened;
  try {
    for await (const chunk of stream) {
      if (call.cancelled || call.destroyed) return;
      if (!call.write(toMessage(chunk))) await drained(call);
    }
  } finally {
    stream.destroy();
  }
}

/** Resolves too when the bot has gone. */
async function drained(call: WritingCall): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ['drain', 'cancelled', 'close', 'error'];
  for (const event of events) call.once(event, resolve);
  await promise;
  for (const event of events) call.off(event, resolve);
}

/** `MessageFileStream` and `MessageImageStream`: the name first, then the bytes. */
export async function sendMessageFile(
  call: WritingCall,
  { messages, media }: Pick<Parts, 'messages' | 'media'>,
  visitor: Visitor,
  responseName: string,
): Promise<void> {
  const { part } = await messages.find(String(call.request['getId']!()), visitor);
  if (part.type !== 'media') throw new Failure('FAILED_PRECONDITION', 'this message is no file');
  const { name = 'file', url } = part.media;
  const id = media.idOf(url) ?? (await media.fetch(url)).id;
  const wrap = (fields: Fields) =>
    createMessage(responseName, { fileBoxChunk: createMessage('FileBoxChunk', fields) });
  call.write(wrap({ name }));
  await sendFile(call, id, media, (data) => wrap({ data }));
}

/** `MessageSendFileStream`: the conversation first, then the file's name, then its bytes. */
export async function takeMessageFile(call: ReadingCall, visitor: Visitor, parts: Parts): Promise<Fields> {
  const pieces = (call as AsyncIterable<Message>)[Symbol.asyncIterator]();
  const conversation = (await next(pieces))?.['getConversationId']!();
  if (typeof conversation !== 'string') throw new Failure('INVALID_ARGUMENT', 'the conversation is missing');
  const room = await findConversation(conversation, visitor, parts);
  const name = chunkOf(await next(pieces))?.['getName']!();
  if (typeof name !== 'string') throw new Failure('INVALID_ARGUMENT', 'the file’s name is missing');
  const stored = await parts.media.save(dataOf(pieces), { name });
  return { id: await post(parts, room, [toMediaSegment(stored)], visitor) };
}

async function* dataOf(pieces: AsyncIterator<Message>): AsyncGenerator<Uint8Array, void, undefined> {
  for (let piece = await next(pieces); piece; piece = await next(pieces)) {
    const data = chunkOf(piece)?.['getData']!();
    if (data instanceof Uint8Array) yield data;
  }
}

async function next(pieces: AsyncIterator<Message>): Promise<Message | undefined> {
  const { done, value } = await pieces.next();
  return done ? undefined : value;
}

function chunkOf(piece: Message | undefined): Message | undefined {
  return piece?.['getFileBoxChunk']!() as Message | undefined;
}
