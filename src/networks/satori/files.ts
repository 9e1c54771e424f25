/** Files between the server and the media store. What comes is kept at once: addresses of platforms open for some time. */
import { toError, type Clock } from '../../hub/clock.ts';
import { toMediaSegment, toMediaType, type StoredMedia } from '../../hub/media.ts';
import type { MediaSegment, Segment } from '../../hub/message.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { HttpClient } from '../../wire/http/client.ts';
import type { ApiClient } from '../../wire/satori/api-client.ts';
import type { FilePart } from '../../wire/satori/content.ts';

/** How long what was said waits for its file; then the address stands in for it. */
const FETCH_WAIT_MS = 20_000;

export interface FilesParts {
  port: AccountPort;
  http: HttpClient;
  client: ApiClient;
  clock: Clock;
  signal: AbortSignal;
  /** Of the server. */
  url: string;
  /** Beginnings of addresses that only the server can open. */
  proxyUrls: readonly string[];
  /** Whether the server takes files. */
  canUpload: boolean;
}

export class Files {
  readonly #parts: FilesParts;

  constructor(parts: FilesParts) {
    this.#parts = parts;
  }

  /** Keeps a file that came. Never rejects. */
  async keep(part: FilePart): Promise<Segment> {
    const { port, clock, signal } = this.#parts;
    const waiting = new AbortController();
    const both = AbortSignal.any([signal, waiting.signal]);
    const cancel = clock.after(FETCH_WAIT_MS, () => waiting.abort(new Error('it took too long')));
    try {
      const stored = await this.#keep(part, both);
      // What is called a file stays one; a picture may be of a type that browsers do not draw.
      const type = part.type === 'file' ? 'file' : toMediaType(stored.mime);
      return { ...toMediaSegment(stored), type, ...(part.alt !== undefined && { alt: part.alt }) };
    } catch (error) {
      if (!signal.aborted)
        port.log.warn({ err: toError(error), type: part.type }, 'a file could not be kept');
      return /^https?:/i.test(part.url)
        ? part
        : { type: 'text', text: `[${part.alt ?? part.name ?? part.type}]` };
    } finally {
      cancel();
      waiting.abort(new Error('it is over'));
    }
  }

  /** How the server gets a file that is to be sent: it is given the file, or where it takes none its link. */
  async give(segment: MediaSegment): Promise<string> {
    const { port, client, canUpload } = this.#parts;
    const id = port.media.idOf(segment.url);
    const opened = canUpload && id !== undefined ? await port.media.open(id) : undefined;
    if (!opened) return segment.url;
    try {
      return await client.upload(opened.stream, { name: segment.name ?? 'file', mime: opened.info.mime });
    } catch (error) {
      port.log.warn({ err: toError(error) }, 'the server did not take a file; it is given the link');
      return segment.url;
    } finally {
      opened.stream.destroy();
    }
  }

  async #keep({ url, name }: FilePart, signal: AbortSignal): Promise<StoredMedia> {
    const { port, http, client } = this.#parts;
    const about = { signal, ...(name !== undefined && { name }) };
    if (url.startsWith('data:')) return port.media.save(toBytes(url), about);
    const own = this.#toOwn(url);
    if (own === undefined) return port.media.fetch(url, about);
    const response = await http.request(own, {
      headers: client.headers(),
      limitBytes: port.media.limitBytes,
      deadlineMs: FETCH_WAIT_MS,
      signal,
    });
    if (response.status === 200) return port.media.save(response.body, about);
    response.leave();
    throw new Error(`the server answered ${response.status}`);
  }

  /** An address on the server itself, by which it opens this one; undefined where anybody can. */
  #toOwn(url: string): string | undefined {
    const { url: server, proxyUrls } = this.#parts;
    if (url.startsWith('internal:') || proxyUrls.some((start) => url.startsWith(start))) {
      return `${server}/v1/proxy/${url}`;
    }
    return URL.parse(url)?.origin === new URL(server).origin ? url : undefined;
  }
}

/** @see RFC 2397 */
async function* toBytes(url: string): AsyncGenerator<Uint8Array, void, undefined> {
  const comma = url.indexOf(',');
  const data = url.slice(comma + 1);
  yield /;base64$/i.test(url.slice(0, comma))
    ? Buffer.from(data, 'base64')
    : Buffer.from(decodeURIComponent(data));
}
