/**
 * Kept files on the account's own server: who reads XMPP gets them from there, as any client's, and the hub need not be
 * reached from outside. Where the server takes no files, or not this one, the hub's own link stands.
 */
import { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { toError, type Clock } from '../../hub/clock.ts';
import { passing } from '../../hub/garbage.ts';
import type { MediaSegment } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import type { HttpClient } from '../../wire/http/client.ts';
import { findUploadPlace, requestUploadSlot, type UploadPlace } from '../../wire/xmpp/http-upload.ts';
import { readCa } from './client-session.ts';
import type { Connection } from './connection.ts';

const ASK_TIMEOUT_MS = 10_000;
/** How long a file may take to go up. A send gives up before, and finds it done when it is tried again. */
const UPLOAD_TIMEOUT_MS = 10 * 60_000;
/** How long an uploaded file is said again by the same link: servers delete them after some days. */
const REUSE_MS = 60 * 60_000;
const REMEMBERED = 200;

export interface UploadsSettings {
  clock: Clock;
  /** The file of authorities that the account trusts, PEM. */
  caFile: string | undefined;
}

export class Uploads {
  readonly #settings: UploadsSettings;
  readonly #done = new RecentMap<{ link: string; at: number }>(REMEMBERED);
  readonly #underWay = new Map<string, Promise<string>>();
  /** Of the run that it was asked in. */
  #place: { connection: Connection; found: Promise<UploadPlace | undefined> } | undefined;
  #client: Promise<HttpClient> | undefined;

  constructor(settings: UploadsSettings) {
    this.#settings = settings;
  }

  /** Whether a file is one that `link` may have to upload. */
  concerns({ url }: MediaSegment, { port }: Connection): boolean {
    return port.media.idOf(url) !== undefined;
  }

  /** A link for others to get the file by. Never rejects: at worst it is the one that it has. */
  async link(file: MediaSegment, connection: Connection): Promise<string> {
    const id = connection.port.media.idOf(file.url);
    if (id === undefined) return file.url;
    const known = this.#done.get(id);
    if (known && this.#settings.clock.now() - known.at < REUSE_MS) return known.link;
    const uploading = this.#underWay.get(id) ?? this.#start(id, file, connection);
    return uploading;
  }

  #start(id: string, file: MediaSegment, connection: Connection): Promise<string> {
    const uploading = this.#upload(id, file, connection)
      .then((link) => {
        if (link === undefined) return file.url;
        this.#done.set(id, { link, at: this.#settings.clock.now() });
        return link;
      })
      .catch((error: unknown) => {
        const { log } = connection.port;
        log.warn({ err: toError(error) }, 'a file could not be uploaded; the hub’s own link is sent');
        return file.url;
      })
      .finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, uploading);
    return uploading;
  }

  /** The file's address on the server; undefined where it does not take it. */
  async #upload(id: string, file: MediaSegment, connection: Connection): Promise<string | undefined> {
    const { port, stream, signal } = connection;
    const place = await this.#findPlace(connection);
    const info = place && (await port.media.find(id));
    if (!place || !info || info.sizeBytes > (place.limitBytes ?? Infinity)) return undefined;
    const about = { name: file.name ?? 'file', sizeBytes: info.sizeBytes, mediaType: info.mime };
    const slot = await requestUploadSlot(stream, place, about, { timeoutMs: ASK_TIMEOUT_MS, signal });
    const client = await (this.#client ??= this.#createClient());
    const opened = await port.media.open(id);
    if (!opened) return undefined;
    const body = Readable.from(passing(opened.stream), { objectMode: false });
    try {
      const answer = await client.request(slot.putUrl, {
        method: 'PUT',
        headers: {
          ...slot.headers,
          'content-type': info.mime,
          'content-length': String(info.sizeBytes),
        },
        body,
        deadlineMs: UPLOAD_TIMEOUT_MS,
        redirects: 0,
        signal,
      });
      await answer.discard();
      if (answer.status === 200 || answer.status === 201) return slot.getUrl;
      throw new Error(`${answer.url.host} refused it with the status ${answer.status}`);
    } finally {
      body.destroy();
    }
  }

  #findPlace(connection: Connection): Promise<UploadPlace | undefined> {
    if (this.#place?.connection === connection) return this.#place.found;
    const { stream, domain, signal } = connection;
    const found = findUploadPlace(stream, domain, { timeoutMs: ASK_TIMEOUT_MS, signal });
    this.#place = { connection, found };
    found.catch(() => {
      // It is told to who asked; the next file asks again.
      if (this.#place?.found === found) this.#place = undefined;
    });
    return found;
  }

  async #createClient(): Promise<HttpClient> {
    const { caFile } = this.#settings;
    const ca = caFile === undefined ? undefined : await readCa(caFile);
    // Loaded when it is needed: the client costs some 30 MiB.
    const { HttpClient } = await import('../../wire/http/client.ts');
    // The server for files may be another than the one for chat, with a certificate that everybody knows.
    return new HttpClient({ ...(ca !== undefined && { ca: [...rootCertificates, ca].join('\n') }) });
  }
}
