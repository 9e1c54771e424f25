/**
 * Files as Wechaty's clients name them: a small JSON object, by an address of the web, as base64, or by an id that was
 * uploaded and can be downloaded. Here that is the media store's.
 *
 * @see https://github.com/huan/file-box
 */
import { z } from 'zod';
import { mediaIdPattern, toMediaSegment, toMediaUrl, type MediaStore } from '../../hub/media.ts';
import { textBody, type MediaSegment, type Segment } from '../../hub/message.ts';
import { Failure } from './failure.ts';

/** Clients up to 0.x call the type `boxType`. */
const FILE_BOX = { base64: 1, url: 2, qrCode: 3, uuid: 7 } as const;
/** How much base64 is decoded at a time, characters: four are three bytes. */
const pieceLength = 64 * 1024;

const common = { name: z.string().max(1_024).default('file') };
const fileBoxSchema = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && !('type' in value) && 'boxType' in value
      ? { ...value, type: value.boxType }
      : value,
  z.discriminatedUnion('type', [
    z.object({ ...common, type: z.literal(FILE_BOX.base64), base64: z.string() }),
    z.object({ ...common, type: z.literal(FILE_BOX.url), url: z.string().max(16_384) }),
    z.object({ ...common, type: z.literal(FILE_BOX.qrCode), qrCode: z.string().max(16_384) }),
    z.object({ ...common, type: z.literal(FILE_BOX.uuid), uuid: z.string().max(256) }),
  ]),
);

/** A file of a message, as JSON. Kept files go over gRPC itself, others by their address. */
export async function toFileBox(media: MediaSegment, store: MediaStore): Promise<string> {
  const id = store.idOf(media.url);
  const info = id === undefined ? undefined : await store.find(id);
  const name = media.name ?? (info ? `${info.id.slice(0, 8)}.${extensionOf(info.mime)}` : 'file');
  if (id !== undefined) {
    if (!info) throw new Failure('NOT_FOUND', `the file ${name} is no longer kept`);
    return JSON.stringify({ type: FILE_BOX.uuid, name, uuid: id, size: info.sizeBytes, metadata: {} });
  }
  return JSON.stringify({ type: FILE_BOX.url, name, url: media.url, metadata: {} });
}

function extensionOf(mime: string): string {
  return /^[a-z]+\/([a-z0-9]{1,5})/.exec(mime)?.[1] ?? 'dat';
}

/** The body that a file makes. Rejects with a `Failure` or a `MediaError`. */
export async function takeFileBox(json: string, store: MediaStore): Promise<Segment[]> {
  const box = parseFileBox(json);
  switch (box.type) {
    case FILE_BOX.base64:
      return [toMediaSegment(await store.save(decode(box.base64), { name: box.name }))];
    case FILE_BOX.url:
      return [toMediaSegment(await store.fetch(box.url, { name: box.name }))];
    case FILE_BOX.qrCode:
      return textBody(box.qrCode);
    case FILE_BOX.uuid: {
      const info = mediaIdPattern.test(box.uuid) ? await store.find(box.uuid) : undefined;
      if (!info) throw new Failure('NOT_FOUND', `there is no file ${box.uuid}, or it is no longer kept`);
      return [toMediaSegment({ ...info, name: box.name, url: toMediaUrl(info.id, box.name) })];
    }
  }
}

function parseFileBox(json: string): z.output<typeof fileBoxSchema> {
  try {
    return fileBoxSchema.parse(JSON.parse(json));
  } catch (cause) {
    throw new Failure('INVALID_ARGUMENT', 'the file is no FileBox of the types base64, url, qrcode or uuid', {
      cause,
    });
  }
}

async function* decode(base64: string): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < base64.length; at += pieceLength) {
    yield Buffer.from(base64.slice(at, at + pieceLength), 'base64');
  }
}
