/**
 * The pictures that puppets wear, from the media store to what XMPP has of them: a hash in presences, and the bytes in
 * vCards. Nobody waits for a hash: a puppet speaks without a picture until it is known.
 */
import type { Avatar } from '../../../hub/message.ts';
import type { AccountPort } from '../../../hub/network.ts';
import { RecentMap } from '../../../hub/recent-map.ts';
import { toAvatarId } from '../../../wire/xmpp/avatar.ts';
import { FewAtOnce } from '../few-at-once.ts';

/** The largest picture shown, bytes: as base64 it has to fit the 512 KiB that servers take from a component. */
const SHOWN_LIMIT_BYTES = 256 * 1024;
/** Pictures of which the hash is remembered. */
const HASHES_LIMIT = 10_000;
/** Pictures read at once for their hash, and those that wait for it. */
const READS_LIMIT = 2;
const LINE_LIMIT = 200;

/** A picture as a vCard has it. */
export interface VCardPicture {
  readonly mime: string;
  readonly data: Buffer;
}

export class Pictures {
  /** By the sum of the bytes. '' for what cannot be shown. */
  readonly #hashes = new RecentMap<string>(HASHES_LIMIT);
  readonly #work = new FewAtOnce(READS_LIMIT, LINE_LIMIT);
  #port: AccountPort | undefined;

  /** A run begins. */
  attach(port: AccountPort): void {
    this.#port = port;
  }

  /** Tells a picture's hash: at once where it is known, later, or never where it cannot be shown. */
  tell(avatar: Avatar, take: (hash: string) => void): void {
    const known = this.#hashes.get(avatar.sha256);
    if (known !== undefined) {
      if (known !== '') take(known);
      return;
    }
    // With too much to do it is left to this puppet's next word.
    this.#work.run(async () => {
      const picture = await this.read(avatar);
      const hash = picture ? toAvatarId(picture.data) : '';
      this.#hashes.set(avatar.sha256, hash);
      if (hash !== '') take(hash);
    });
  }

  /** The picture itself; undefined where it is too large, or not there (any more). Never rejects. */
  async read({ url }: Avatar): Promise<VCardPicture | undefined> {
    const port = this.#port;
    const id = port?.media.idOf(url);
    if (!port || id === undefined) return undefined;
    try {
      const opened = await port.media.open(id);
      if (!opened) return undefined;
      if (opened.info.sizeBytes > SHOWN_LIMIT_BYTES) {
        opened.stream.destroy();
        return undefined;
      }
      const pieces: Uint8Array[] = [];
      for await (const piece of opened.stream) pieces.push(piece);
      return { mime: opened.info.mime, data: Buffer.concat(pieces) };
    } catch (error) {
      port.log.debug({ err: error }, 'a picture could not be read');
      return undefined;
    }
  }
}
