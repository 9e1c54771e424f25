/** Files between WeChat's file store and the media store, decrypted and encrypted as they pass. */
import { createHash, randomBytes } from 'node:crypto';
import { sleep, toError, type Clock } from '../../hub/clock.ts';
import { DeliveryError, MediaError } from '../../hub/errors.ts';
import { toBareName, toMediaSegment, toMediaType } from '../../hub/media.ts';
import type { MediaSegment, Segment } from '../../hub/message.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { HttpClient } from '../../wire/http/client.ts';
import { HttpError } from '../../wire/http/errors.ts';
import type { BotClient } from '../../wire/ilink/api-client.ts';
import { IlinkError } from '../../wire/ilink/errors.ts';
import { formatKey, KEY_BYTES, parseHexKey, parseKey, toCipherBytes } from '../../wire/ilink/file-cipher.ts';
import { download, upload } from '../../wire/ilink/file-store.ts';
import { ITEM_TYPE, uploadSchema, type StoredFile } from '../../wire/ilink/messages.ts';

/** How long one file may take, either way. What was said waits for it, and so does what anybody says after it. */
export const TRANSFER_MS = 5 * 60_000;
/** How often a file is asked for that did not come, and the pause between. */
const TRIES = 3;
const RETRY_MS = 1_000;
/** What `getuploadurl` calls the sorts of files. */
const UPLOAD_TYPE = { image: 1, video: 2, file: 3 } as const;

/** A file that came with a message. */
export interface CameFile {
  type: MediaSegment['type'];
  file: StoredFile;
  /** The key, as hexadecimal digits, where it is not in `file`. */
  hexKey?: string | null | undefined;
  name?: string | null | undefined;
  /** What is said in it. */
  alt?: string | null | undefined;
}

export interface FilesParts {
  port: AccountPort;
  /** For the file store. */
  http: HttpClient;
  url: string;
  bot: BotClient;
  clock: Clock;
  signal: AbortSignal;
}

export class Files {
  readonly #parts: FilesParts;

  constructor(parts: FilesParts) {
    this.#parts = parts;
  }

  /** Keeps a file that came; words stand for one that cannot be had. Rejects only when the run is over. */
  async keep(came: CameFile): Promise<Segment> {
    const { port, clock, signal } = this.#parts;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#keep(came);
      } catch (error) {
        signal.throwIfAborted();
        if (tries >= TRIES || isForGood(error)) {
          port.log.warn({ err: toError(error), type: came.type }, 'a file could not be kept');
          const words = [came.name || came.type, came.alt].filter(Boolean).join(': ');
          return { type: 'text', text: `[${words}]` };
        }
        await sleep(clock, RETRY_MS, signal);
      }
    }
  }

  /**
   * Hands a file over that is to be sent; resolves with the message's part for it, or undefined where WeChat does not take
   * it, and its link has to do. Rejects with an `IlinkError` or `DeliveryError`: nothing was said.
   */
  async give(segment: MediaSegment, to: string): Promise<object | undefined> {
    const { port, bot, http, url, signal } = this.#parts;
    const id = await this.#find(segment);
    const info = id === undefined ? undefined : await port.media.find(id);
    if (id === undefined || !info) return undefined;
    const type = segment.type === 'image' || segment.type === 'video' ? segment.type : 'file';
    const key = randomBytes(KEY_BYTES);
    const name = randomBytes(KEY_BYTES).toString('hex');
    const { sizeBytes } = info;
    try {
      const place = await bot.call(
        'getuploadurl',
        {
          filekey: name,
          media_type: UPLOAD_TYPE[type],
          to_user_id: to,
          rawsize: sizeBytes,
          rawfilemd5: await this.#digest(id),
          filesize: toCipherBytes(sizeBytes),
          no_need_thumb: true,
          aeskey: key.toString('hex'),
        },
        uploadSchema,
      );
      const content = await this.#open(id);
      const param = await upload(
        { http, url },
        place,
        { name, sizeBytes, key, content },
        { deadlineMs: TRANSFER_MS, signal },
      ).finally(() => content.destroy());
      const media = { encrypt_query_param: param, aes_key: formatKey(key), encrypt_type: 1 };
      return toItem(type, media, toBareName(segment), sizeBytes);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      port.log.warn({ err: toError(error) }, 'WeChat did not take a file; its link is sent');
      return undefined;
    }
  }

  async #keep({ type, file, hexKey, name, alt }: CameFile): Promise<Segment> {
    const { port, http, url, signal } = this.#parts;
    const key = hexKey ? parseHexKey(hexKey) : file.aes_key ? parseKey(file.aes_key) : undefined;
    const content = await download({ http, url }, file, key, {
      limitBytes: port.media.limitBytes,
      deadlineMs: TRANSFER_MS,
      signal,
    });
    const stored = await port.media.save(this.#heard(content), { signal, ...(name && { name }) });
    const segment = toMediaSegment(stored);
    const more = alt ? { alt } : {};
    // What is called a file stays one. Voice comes as silk, which no content type is known of.
    if (type === 'file') return { ...segment, ...more, type };
    if (type === 'audio') {
      const mime = stored.mime.startsWith('audio/') ? stored.mime : 'audio/silk';
      return { ...segment, ...more, type, mime };
    }
    return { ...segment, ...more, type: toMediaType(stored.mime) };
  }

  /** A long file is a sign of life. */
  async *#heard(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of content) {
      this.#parts.signal.throwIfAborted();
      this.#parts.port.alive();
      yield piece;
    }
  }

  /** The media store's id of a file; one that is elsewhere is fetched first. */
  async #find({ url, name }: MediaSegment): Promise<string | undefined> {
    const { port, signal } = this.#parts;
    const known = port.media.idOf(url);
    if (known !== undefined) return known;
    try {
      return (await port.media.fetch(url, { signal, ...(name !== undefined && { name }) })).id;
    } catch (error) {
      signal.throwIfAborted();
      port.log.info({ err: toError(error) }, 'a file elsewhere cannot be fetched; its link is sent');
      return undefined;
    }
  }

  async #digest(id: string): Promise<string> {
    const content = await this.#open(id);
    const hash = createHash('md5');
    for await (const piece of content) hash.update(piece);
    return hash.digest('hex');
  }

  async #open(id: string): Promise<AsyncIterable<Uint8Array> & { destroy(): unknown }> {
    const opened = await this.#parts.port.media.open(id);
    if (opened) return opened.stream;
    throw new DeliveryError('failed', 'the file went while it was to be sent');
  }
}

function toItem(type: keyof typeof UPLOAD_TYPE, media: object, name: string, sizeBytes: number): object {
  const secretBytes = toCipherBytes(sizeBytes);
  switch (type) {
    case 'image':
      return { type: ITEM_TYPE.image, image_item: { media, mid_size: secretBytes } };
    case 'video':
      return { type: ITEM_TYPE.video, video_item: { media, video_size: secretBytes } };
    case 'file':
      return { type: ITEM_TYPE.file, file_item: { media, file_name: name, len: String(sizeBytes) } };
  }
}

/** Whether another try would end the same way. */
function isForGood(error: unknown): boolean {
  if (error instanceof MediaError) return error.code === 'media-too-large';
  const code = findHttpCode(error);
  if (code === 'http-too-large' || code === 'http-timeout') return true;
  if (error instanceof IlinkError) return error.code === 'ilink-malformed' || isRefusal(error);
  return error instanceof RangeError;
}

/** Why HTTP failed, where that is behind it. */
function findHttpCode(error: unknown): HttpError['code'] | undefined {
  if (error instanceof HttpError) return error.code;
  return error instanceof Error ? findHttpCode(error.cause) : undefined;
}

/** The server or the file store has said that it does not want it. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof IlinkError)) return false;
  const { code, status = 0 } = error;
  return code === 'ilink-refused' || (code === 'ilink-file-failed' && status >= 400 && status < 500);
}
