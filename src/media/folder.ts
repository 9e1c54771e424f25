/**
 * The files on disk. `ab/ID` holds the bytes, `ab/ID.json` what is known of them, written before, so that a file is
 * there only when it is whole; `incoming/` holds what is still being written and is emptied at the start. When a file
 * was last of use is its time of change.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MediaInfo } from '../hub/media.ts';
import { mediaIdPattern } from '../hub/media.ts';

const privateFileMode = 0o600;
const privateFolderMode = 0o700;
const keyBytes = 32;
const idBytes = 20;

/** A file as the cleaner sees it. */
export interface KeptFile {
  id: string;
  sizeBytes: number;
  /** Milliseconds since the epoch. */
  usedAt: number;
}

export class MediaFolder {
  readonly #path: string;
  readonly #key: Buffer;

  private constructor(path: string, key: Buffer) {
    this.#path = path;
    this.#key = key;
  }

  /** Makes what is missing and removes what a crash has left half written. */
  static async open(path: string): Promise<MediaFolder> {
    const incoming = join(path, 'incoming');
    await rm(incoming, { recursive: true, force: true });
    await mkdir(incoming, { recursive: true, mode: privateFolderMode });
    return new MediaFolder(path, await readKey(join(path, 'key')));
  }

  /**
   * The id of these bytes: the same for the same bytes, and, as it takes the folder's key, not to be made up by who
   * has the bytes and wants to know whether others have them too.
   */
  toId(sha256: Buffer): string {
    return createHmac('sha256', this.#key)
      .update(sha256)
      .digest('hex')
      .slice(0, idBytes * 2);
  }

  /** Where something can be written before it has an id. */
  newIncoming(): string {
    return join(this.#path, 'incoming', randomBytes(12).toString('hex'));
  }

  /** What is known of a file; undefined where there is none. */
  async read(id: string): Promise<MediaInfo | undefined> {
    try {
      return JSON.parse(await readFile(this.#infoPath(id), 'utf8')) as MediaInfo;
    } catch (error) {
      // Not written whole by a crash of the machine: the bytes are then as good as not there.
      if (isMissing(error) || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  /** Whether there is such a file, and when it was last of use. */
  async find(id: string): Promise<KeptFile | undefined> {
    try {
      const { size, mtimeMs } = await stat(this.pathOf(id));
      return { id, sizeBytes: size, usedAt: mtimeMs };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Takes in what was written to `incoming`. It is there after a power cut when this has resolved. */
  async take(incoming: string, info: MediaInfo): Promise<void> {
    const path = this.pathOf(info.id);
    const folder = dirname(path);
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const incomingInfo = this.newIncoming();
    await writeDurably(incomingInfo, JSON.stringify(info));
    await rename(incomingInfo, this.#infoPath(info.id));
    await rename(incoming, path);
    await syncFolder(folder);
    await syncFolder(this.#path);
  }

  async touch(id: string, at: number): Promise<void> {
    const seconds = at / 1000;
    await utimes(this.pathOf(id), seconds, seconds);
  }

  /** The bytes first: if a crash comes between, what is known of no bytes is found by `ids` and removed the next time. */
  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true });
    await rm(this.#infoPath(id), { force: true });
  }

  /** The ids of all that is there, whole or not. */
  async *ids(): AsyncGenerator<string> {
    for (const part of await readdir(this.#path)) {
      if (!/^[0-9a-f]{2}$/.test(part)) continue;
      const names = await readdir(join(this.#path, part));
      const ids = new Set(names.map((name) => name.replace(/\.json$/, '')));
      for (const id of ids) if (mediaIdPattern.test(id)) yield id;
    }
  }

  /** @param id of the right form: whoever hands it in has checked it */
  pathOf(id: string): string {
    return join(this.#path, id.slice(0, 2), id);
  }

  #infoPath(id: string): string {
    return `${this.pathOf(id)}.json`;
  }
}

async function readKey(path: string): Promise<Buffer> {
  try {
    const key = await readFile(path);
    if (key.byteLength === keyBytes) return key;
    throw new Error(`${path} is no key of the media store: it has ${key.byteLength} bytes, not ${keyBytes}`);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const made = randomBytes(keyBytes);
  const incoming = `${path}.new`;
  await writeDurably(incoming, made);
  await rename(incoming, path);
  await syncFolder(dirname(path));
  return made;
}

async function writeDurably(path: string, content: string | Buffer): Promise<void> {
  await using file = await open(path, 'w', privateFileMode);
  await file.writeFile(content);
  await file.sync();
}

/** A name is durable when its folder is. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
