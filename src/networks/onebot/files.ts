/**
 * Files between QQ and the media store. QQ's addresses open for some hours only, so what comes is kept at once; paths of
 * the implementation's machine mean nothing here and are never opened.
 */
import { toError, type Clock } from '../../hub/clock.ts';
import { toMediaSegment, toMediaType } from '../../hub/media.ts';
import type { MediaSegment } from '../../hub/message.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import type { FileData } from './convert.ts';
import { orAborted } from './waiting.ts';

/** How long what was said waits for its file; then the address stands in for it. */
const FETCH_WAIT_MS = 20_000;
const BASE64 = 'base64://';

export interface FilesParts {
  port: AccountPort;
  client: OneBotClient;
  clock: Clock;
  signal: AbortSignal;
  /** Files up to this size go out within the message; larger ones as a link. */
  inlineBytes: number;
}

export class Files {
  readonly #parts: FilesParts;

  constructor(parts: FilesParts) {
    this.#parts = parts;
  }

  /** Keeps a file that came. Never rejects; undefined where it cannot be had. */
  async keep(type: MediaSegment['type'], data: FileData): Promise<MediaSegment | undefined> {
    const { port, clock, signal } = this.#parts;
    const waiting = new AbortController();
    const both = AbortSignal.any([signal, waiting.signal]);
    const cancel = clock.after(FETCH_WAIT_MS, () => waiting.abort(new Error('it took too long')));
    try {
      return (await orAborted(this.#keep(type, data, both), both)) ?? this.#asLink(type, data);
    } catch (error) {
      port.log.warn({ err: toError(error), type }, 'a file could not be kept');
      return this.#asLink(type, data);
    } finally {
      cancel();
      waiting.abort(new Error('it is over'));
    }
  }

  /** How the implementation gets a file that is to be sent. */
  async give(segment: MediaSegment): Promise<string> {
    const { port, inlineBytes } = this.#parts;
    const id = port.media.idOf(segment.url);
    const info = id === undefined ? undefined : await port.media.find(id);
    if (id === undefined || !info || info.sizeBytes > inlineBytes) return segment.url;
    const opened = await port.media.open(id);
    if (!opened) return segment.url;
    return BASE64 + Buffer.concat(await Array.fromAsync(opened.stream)).toString('base64');
  }

  async #keep(
    type: MediaSegment['type'],
    data: FileData,
    signal: AbortSignal,
  ): Promise<MediaSegment | undefined> {
    const { port } = this.#parts;
    const name = toName(data);
    const about = { signal, ...(name !== undefined && { name }) };
    const known = [data.url, data.file].find(isWeb);
    // Voice comes as silk, which nothing plays; the implementation can make something else of it.
    const address =
      type === 'audio' ? await this.#askForVoice(data, known) : (known ?? (await this.#ask(type, data)));
    if (address === undefined) return undefined;
    const stored = isWeb(address)
      ? await port.media.fetch(address, about)
      : await port.media.save(toBytes(address), about);
    const segment = toMediaSegment(stored);
    // What QQ calls a picture may be of a type that browsers do not draw; what it calls a file stays one.
    const shown = type === 'file' ? 'file' : toMediaType(stored.mime);
    // It comes in brackets, as people are shown it.
    const summary = data.summary?.replace(/^\[(.*)\]$/, '$1');
    const alt = type === 'image' && summary ? { alt: summary } : {};
    return { ...segment, type: shown, ...alt, ...(name !== undefined && { name }) };
  }

  async #askForVoice(data: FileData, known: string | undefined): Promise<string | undefined> {
    try {
      return (await this.#ask('audio', data)) ?? known;
    } catch (error) {
      if (known === undefined) throw error;
      // It cannot make anything of it: the file as it is.
      return known;
    }
  }

  /** Some files come by an id or name only: the implementation is asked for what opens them. */
  async #ask(type: MediaSegment['type'], data: FileData): Promise<string | undefined> {
    const { client } = this.#parts;
    const file = data.file_id ?? data.file ?? '';
    if (file === '') return undefined;
    const inline = [data.file, data.url].find((given) => given?.startsWith(BASE64));
    if (inline !== undefined) return inline;
    const answer =
      type === 'audio'
        ? await client.call('get_record', { file: data.file ?? file, out_format: 'mp3' })
        : type === 'image'
          ? await client.call('get_image', { file: data.file ?? file })
          : await client.call('get_file', { file, file_id: file });
    if (isWeb(answer.url)) return answer.url;
    if (isWeb(answer.file)) return answer.file;
    return answer.base64 === '' ? undefined : BASE64 + answer.base64.replace(/^base64:\/\//, '');
  }

  #asLink(type: MediaSegment['type'], data: FileData): MediaSegment | undefined {
    const url = [data.url, data.file].find(isWeb);
    if (url === undefined) return undefined;
    const name = toName(data);
    return { type, url, ...(name !== undefined && { name }) };
  }
}

function isWeb(address: string | undefined): address is string {
  return address !== undefined && /^https?:\/\//i.test(address);
}

async function* toBytes(inline: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(inline.slice(BASE64.length), 'base64');
}

/** A name that people know it by; an address or path is none. */
function toName({ name, file }: FileData): string | undefined {
  if (name) return name;
  const isName = file !== undefined && file.length <= 255 && !/[/\\:]/.test(file);
  return isName ? file : undefined;
}
