/**
 * Files between the puppet and the media store, by way of the account's folder `files`: they are streamed to disk and from
 * it on both sides, so that none is ever whole in a message or in memory.
 */
import { constants } from 'node:fs';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toError, type Clock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import { toBareName, toMediaSegment, toMediaType } from '../../hub/media.ts';
import type { MediaSegment } from '../../hub/message.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { DriverClient } from './driver-client.ts';

/** How long a file may take, either way. */
const FILE_MS = 120_000;
/** What puppets tell the kind of a file by, where its name does not have it. */
const ENDINGS: Readonly<Record<string, string>> = {
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'image/gif': '.gif',
  'image/webp': '.webp',
  'video/mp4': '.mp4',
  'audio/mpeg': '.mp3',
  'audio/ogg': '.ogg',
  'audio/mp4': '.m4a',
  'application/pdf': '.pdf',
  'text/plain': '.txt',
};

export interface FilesParts {
  port: AccountPort;
  client: DriverClient;
  clock: Clock;
  signal: AbortSignal;
  /** The account's folder. */
  folder: string;
}

/** A file that is ready to be sent. */
export interface Given {
  /** Sends it, and removes what was made for that. */
  send<T>(call: (file: { file: string; name: string }) => Promise<T>): Promise<T>;
}

export class Files {
  readonly timeoutMs = FILE_MS;
  readonly #parts: FilesParts;

  constructor(parts: FilesParts) {
    this.#parts = parts;
  }

  /** Keeps the file of a message. Undefined where there is none to be had. Never rejects. */
  async keep(message: string, type: MediaSegment['type']): Promise<MediaSegment | undefined> {
    const { port, client, clock, signal } = this.#parts;
    const file = clock.id();
    try {
      const into = { file, limitBytes: port.media.limitBytes, isPicture: type === 'image' };
      const { name } = await client.call('fetchFile', [message, into], FILE_MS);
      const content = await this.#open(file);
      const stored = await port.media.save(content, { name, signal });
      // What is called a file stays one; a picture may be of a type that browsers do not draw.
      return { ...toMediaSegment(stored), type: type === 'file' ? 'file' : toMediaType(stored.mime) };
    } catch (error) {
      if (!signal.aborted) port.log.warn({ err: toError(error), message, type }, 'a file could not be kept');
      return undefined;
    } finally {
      await rm(this.#toPath(file), { force: true });
    }
  }

  /** Makes a file ready for the puppet; undefined where it cannot be had, and its link has to do. @throws DeliveryError */
  async give(segment: MediaSegment): Promise<Given | undefined> {
    const { port, clock, signal } = this.#parts;
    let id = port.media.idOf(segment.url);
    try {
      id ??= port.media.idOf((await port.media.fetch(segment.url, { signal })).url);
    } catch (error) {
      port.log.warn({ err: toError(error) }, 'a file could not be fetched; its link is sent');
      return undefined;
    }
    const opened = id === undefined ? undefined : await port.media.open(id);
    if (!opened) return undefined;
    const file = clock.id();
    const path = this.#toPath(file);
    try {
      await writeFile(path, opened.stream, { flag: 'wx', mode: 0o600, signal });
    } catch (error) {
      opened.stream.destroy();
      await rm(path, { force: true });
      throw new DeliveryError('failed', 'the file could not be written for the puppet', { cause: error });
    }
    const name = toName(segment, opened.info.mime);
    return {
      async send(call) {
        try {
          return await call({ file, name });
        } finally {
          await rm(path, { force: true });
        }
      },
    };
  }

  /** Nothing but the file itself is opened: the process that made it runs programs of others. */
  async #open(file: string): Promise<AsyncIterable<Uint8Array>> {
    const handle = await open(this.#toPath(file), constants.O_RDONLY | constants.O_NOFOLLOW);
    const info = await handle.stat();
    if (info.isFile()) return handle.createReadStream();
    await handle.close();
    throw new Error('what the puppet made is no file');
  }

  #toPath(file: string): string {
    return join(this.#parts.folder, 'files', file);
  }
}

function toName(segment: MediaSegment, mime: string): string {
  const name = toBareName(segment);
  return /\.[a-z0-9]{1,5}$/i.test(name) ? name : name + (ENDINGS[mime] ?? '');
}
