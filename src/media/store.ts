/**
 * The media store on a folder. Files are known by their content, so the same bytes are kept once; see `folder.ts` for
 * how they lie there, `cleaning.ts` for which go.
 */
import { open as openFile, rm } from 'node:fs/promises';
import { toError, type Cancel } from '../hub/clock.ts';
import { MediaError } from '../hub/errors.ts';
import {
  mediaIdPattern,
  toMediaPath,
  toMediaUrl,
  type ByteRange,
  type MediaAbout,
  type MediaInfo,
  type MediaStore,
  type OpenMedia,
  type StoredMedia,
} from '../hub/media.ts';
import type { AccountId } from '../hub/message.ts';
import { RecentMap } from '../hub/recent-map.ts';
import { toRemove } from './cleaning.ts';
import { toContentType } from './content-type.ts';
import { toMediaError } from './errors.ts';
import type { MediaFetching } from './fetching.ts';
import { nameOfUrl, toFileName } from './file-name.ts';
import { MediaFolder, type KeptFile } from './folder.ts';
import { tooLarge, writeIncoming } from './incoming.ts';
import { InTurn } from './in-turn.ts';
import type { MediaStoreOptions } from './settings.ts';

/** How exactly it is known when a file was last of use. */
const useStepMs = 10 * 60_000;
const cleanEveryMs = 60 * 60_000;
const knownLimit = 1000;

export class FolderMediaStore implements MediaStore, AsyncDisposable {
  readonly limitBytes: number;
  readonly #options: MediaStoreOptions;
  readonly #folder: MediaFolder;
  readonly #turns = new InTurn();
  /** What was read of the files that are asked for; whether they are there is looked at each time. */
  readonly #known = new RecentMap<MediaInfo>(knownLimit);
  /** Of all files as the last cleaning found them, and of those saved since. */
  #keptBytes = 0;
  #cleaning: Promise<void> = Promise.resolve();
  #fetching: Promise<MediaFetching> | undefined;
  #timer: Cancel | undefined;
  #closed = false;

  private constructor(options: MediaStoreOptions, folder: MediaFolder) {
    this.#options = options;
    this.#folder = folder;
    this.limitBytes = options.settings.fileLimitBytes;
  }

  /** @throws MediaError when the folder cannot be used */
  static async open(options: MediaStoreOptions): Promise<FolderMediaStore> {
    try {
      const store = new FolderMediaStore(options, await MediaFolder.open(options.folder));
      store.#cleanLater(0);
      return store;
    } catch (error) {
      throw toMediaError(error, `the media folder ${options.folder} cannot be used`);
    }
  }

  async save(content: AsyncIterable<Uint8Array>, about: MediaAbout = {}): Promise<StoredMedia> {
    const incoming = this.#folder.newIncoming();
    const limitBytes = Math.min(about.limitBytes ?? Infinity, this.limitBytes);
    try {
      const written = await writeIncoming(incoming, content, limitBytes, about.signal);
      const { sizeBytes, sha256, head } = written;
      const { mime, extension } = await toContentType(head, head.byteLength === sizeBytes);
      const id = this.#folder.toId(sha256);
      const info: MediaInfo = { id, mime, sizeBytes, sha256: sha256.toString('hex') };
      const isNew = await this.#turns.run(id, () => this.#take(incoming, info));
      if (isNew) this.#grow(sizeBytes);
      const name = toFileName(about.name, extension);
      return { ...info, name, url: toMediaUrl(id, name) };
    } catch (error) {
      about.signal?.throwIfAborted();
      throw toMediaError(error, 'a file could not be kept');
    } finally {
      await rm(incoming, { force: true });
    }
  }

  async fetch(url: string, about: MediaAbout & { account?: AccountId } = {}): Promise<StoredMedia> {
    const known = await this.#findOwn(url, about);
    if (known) return known;
    const limitBytes = Math.min(about.limitBytes ?? Infinity, this.limitBytes);
    const fetching = await (this.#fetching ??= this.#loadFetching());
    const { content, name, leave } = await fetching.fetch(url, limitBytes, about);
    try {
      return await this.save(content, { ...about, ...(name !== undefined && { name: about.name ?? name }) });
    } finally {
      // A disk that is full refuses before anything is read.
      leave();
    }
  }

  async find(id: string): Promise<MediaInfo | undefined> {
    if (!mediaIdPattern.test(id)) return undefined;
    try {
      return await this.#turns.run(id, () => this.#findNow(id));
    } catch (error) {
      throw toMediaError(error, 'a file cannot be read');
    }
  }

  async open(id: string, range?: ByteRange): Promise<OpenMedia | undefined> {
    if (!mediaIdPattern.test(id)) return undefined;
    try {
      // Once it is open it can be read to its end, even if it is removed meanwhile.
      return await this.#turns.run(id, async () => {
        const info = await this.#findNow(id);
        if (info === undefined) return undefined;
        const file = await openFile(this.#folder.pathOf(id));
        return { info, stream: file.createReadStream({ ...range, highWaterMark: 64 * 1024 }) };
      });
    } catch (error) {
      throw toMediaError(error, 'a file cannot be read');
    }
  }

  idOf(url: string): string | undefined {
    const path = toMediaPath(url) ?? this.#pathOfLink(url);
    const id = path?.split('/', 1)[0] ?? '';
    return mediaIdPattern.test(id) ? id : undefined;
  }

  resolve(url: string): string {
    const path = toMediaPath(url);
    return path === undefined ? url : `${this.#options.baseUrl()}/media/${path}`;
  }

  /** Removes what is too old or too much. Resolves when it has; never rejects. */
  clean(): Promise<void> {
    this.#cleaning = this.#cleaning.then(async () => {
      if (this.#closed) return;
      this.#timer?.();
      try {
        await this.#cleanNow();
      } catch (error) {
        this.#options.log.error({ err: toError(error) }, 'old media files could not be removed');
      }
      if (!this.#closed) this.#cleanLater(cleanEveryMs);
    });
    return this.#cleaning;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#timer?.();
    await this.#cleaning;
    await (await this.#fetching)?.[Symbol.asyncDispose]();
  }

  /** Loaded when it is needed: the HTTP client costs some 30 MiB, and many a hub fetches nothing. */
  async #loadFetching(): Promise<MediaFetching> {
    const { MediaFetching } = await import('./fetching.ts');
    return new MediaFetching(this.#options);
  }

  #pathOfLink(url: string): string | undefined {
    const base = `${this.#options.baseUrl()}/media/`;
    return url.startsWith(base) ? url.slice(base.length) : undefined;
  }

  async #findOwn(url: string, { name, limitBytes = Infinity }: MediaAbout): Promise<StoredMedia | undefined> {
    const id = this.idOf(url);
    if (id === undefined) return undefined;
    const info = await this.find(id);
    if (info === undefined) throw new MediaError('media-unreachable', 'the file is not kept any more');
    if (info.sizeBytes > limitBytes) throw tooLarge(limitBytes);
    const ownName = toFileName(name ?? nameOfUrl(new URL(url)), 'bin');
    return { ...info, name: ownName, url: toMediaUrl(id, ownName) };
  }

  /** Whether it is new. */
  async #take(incoming: string, info: MediaInfo): Promise<boolean> {
    const isNew = (await this.#findNow(info.id)) === undefined;
    if (isNew) await this.#folder.take(incoming, info);
    await this.#folder.touch(info.id, this.#options.clock.now());
    return isNew;
  }

  /** In its turn. */
  async #findNow(id: string): Promise<MediaInfo | undefined> {
    const kept = await this.#folder.find(id);
    const info = kept && (this.#known.get(id) ?? (await this.#folder.read(id)));
    if (kept === undefined || info === undefined || info.sizeBytes !== kept.sizeBytes) return undefined;
    this.#known.set(id, info);
    const now = this.#options.clock.now();
    if (now - kept.usedAt > useStepMs) await this.#folder.touch(id, now);
    return info;
  }

  #grow(bytes: number): void {
    this.#keptBytes += bytes;
    if (this.#keptBytes > this.#options.settings.totalLimitBytes) void this.clean();
  }

  #cleanLater(delayMs: number): void {
    this.#timer?.();
    this.#timer = this.#options.clock.after(delayMs, () => void this.clean());
  }

  async #cleanNow(): Promise<void> {
    const { settings, clock, log, inUse } = this.#options;
    const files: KeptFile[] = [];
    for await (const id of this.#folder.ids()) {
      const file = await this.#turns.run(id, () => this.#whole(id));
      if (file) files.push(file);
      if (this.#closed) return;
    }
    this.#keptBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const now = clock.now();
    // Most of the time there is nothing to do, and the journal need not be asked.
    if (toRemove(files, new Set(), settings, now).length === 0) return;
    const doomed = toRemove(files, (await inUse?.()) ?? new Set(), settings, now);
    for (const file of doomed) {
      const removed = await this.#turns.run(file.id, () => this.#removeUnused(file));
      if (removed) this.#keptBytes -= file.sizeBytes;
    }
    if (doomed.length > 0) log.info({ files: doomed.length }, 'old media files were removed');
  }

  /** The file, if all of it is there; what is left of another is removed. */
  async #whole(id: string): Promise<KeptFile | undefined> {
    const file = await this.#folder.find(id);
    if (file && (await this.#folder.read(id))) return file;
    await this.#folder.remove(id);
    return undefined;
  }

  /** It stays if it was of use since it was looked at. */
  async #removeUnused({ id, usedAt }: KeptFile): Promise<boolean> {
    const file = await this.#folder.find(id);
    if (file === undefined || file.usedAt > usedAt) return false;
    await this.#folder.remove(id);
    return true;
  }
}
