/**
 * The pictures of who is talking. Presences tell a picture's hash; the picture itself is asked for when its owner says
 * something for the first time, once for each hash, beside everything else: no message waits for it, and the first one
 * goes without.
 */
import type { Clock } from '../../hub/clock.ts';
import { toMediaType } from '../../hub/media.ts';
import type { Avatar } from '../../hub/message.ts';
import type { AccountPort, AccountStore } from '../../hub/network.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import {
  AVATAR_LIMIT_BYTES,
  fetchPublishedPhoto,
  fetchVCardPhoto,
  readAvatarHash,
  toAvatarId,
} from '../../wire/xmpp/avatar.ts';
import type { XmlElement } from '../../wire/xmpp/element.ts';
import { toJid } from '../../wire/xmpp/jid.ts';
import type { Connection } from './connection.ts';
import { FewAtOnce } from './few-at-once.ts';

/** People whose picture's hash is remembered. */
const PEOPLE_LIMIT = 10_000;
/** Pictures remembered, through restarts too. */
const PICTURES_LIMIT = 1000;
/** Pictures asked for at once, and those that wait for it. */
const FETCHES_LIMIT = 4;
const LINE_LIMIT = 100;
const FETCH_TIMEOUT_MS = 20_000;
/** How long a picture that could not be had is not asked for again. */
const FAILURE_MS = 60 * 60_000;
/** How often it is looked whether somebody who tells no hash has a new picture. */
const UNTOLD_MS = 24 * 60 * 60_000;
/** How often it is looked whether the store still has a picture, which also tells it that it is of use. */
const CHECK_MS = 60 * 60_000;
const KEY_PREFIX = 'avatar/';

/** A picture that is kept. */
interface Picture {
  readonly avatar: Avatar;
  /** When it was last seen in the store, by the clock's `now`; undefined: not by this process. */
  checkedAt: number | undefined;
}

/** Where a picture is to be had. */
interface Source {
  jid: string;
  /** Undefined where nobody told it. */
  hash: string | undefined;
  /** Somebody's own address, not an occupant's. */
  isPerson: boolean;
}

export class Avatars {
  readonly #clock: Clock;
  /** By full address, and by bare one for who told none. '' for no picture. */
  readonly #hashes = new RecentMap<string>(PEOPLE_LIMIT);
  readonly #pictures = new Map<string, Picture>();
  /** What is not to be asked for before a time, by the clock's `monotonicMs`: hashes, and addresses that tell none. */
  readonly #notBefore = new RecentMap<number>(PEOPLE_LIMIT);
  readonly #busy = new Set<string>();
  readonly #work = new FewAtOnce(FETCHES_LIMIT, LINE_LIMIT);
  #connection: Connection | undefined;
  #isRead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A run begins. */
  attach(connection: Connection): void {
    this.#connection = connection;
    if (this.#isRead) return;
    this.#isRead = true;
    this.#read(connection.port.store).catch((error: unknown) => {
      // They are fetched again.
      connection.port.log.debug({ err: error }, 'which pictures are kept could not be read');
    });
  }

  /** The run is over. */
  detach(): void {
    this.#connection = undefined;
  }

  /** Takes in what a presence tells. */
  notice(presence: XmlElement): void {
    const from = presence.attr('from');
    const hash = presence.attr('type') === undefined ? readAvatarHash(presence) : undefined;
    if (from !== undefined && hash !== undefined) this.#hashes.set(from, hash);
  }

  /** The picture of an occupant of a room, as far as it is here. */
  ofOccupant(jid: string): Avatar | undefined {
    const hash = this.#hashes.get(jid);
    return hash === undefined || hash === '' ? undefined : this.#find({ jid, hash, isPerson: false });
  }

  /** The picture of somebody who writes to us alone, as far as it is here. @param jid full */
  ofPerson(jid: string): Avatar | undefined {
    const bare = toJid(jid)?.bare.toString();
    if (bare === undefined) return undefined;
    const told = this.#hashes.get(jid);
    if (told !== undefined)
      return told === '' ? undefined : this.#find({ jid: bare, hash: told, isPerson: true });
    if ((this.#notBefore.get(bare) ?? 0) <= this.#clock.monotonicMs()) {
      this.#fetch({ jid: bare, hash: undefined, isPerson: true });
    }
    const found = this.#hashes.get(bare);
    return found === undefined || found === ''
      ? undefined
      : this.#find({ jid: bare, hash: found, isPerson: true });
  }

  #find(source: Source & { hash: string }): Avatar | undefined {
    const picture = this.#pictures.get(source.hash);
    if (!picture) {
      if ((this.#notBefore.get(source.hash) ?? 0) <= this.#clock.monotonicMs()) this.#fetch(source);
      return undefined;
    }
    const { checkedAt } = picture;
    const isDue = checkedAt === undefined || this.#clock.now() - checkedAt > CHECK_MS;
    if (isDue) this.#check(source.hash, picture);
    return checkedAt === undefined ? undefined : picture.avatar;
  }

  /** Begins to fetch a picture, if there is not too much to do. */
  #fetch(source: Source): void {
    const key = source.hash ?? source.jid;
    const connection = this.#connection;
    if (!connection || this.#busy.has(key)) return;
    const begun = this.#work.run(async () => {
      let isKept = false;
      try {
        isKept = await this.#keep(source, connection);
      } catch (error) {
        // Whoever it is goes without a picture for a while.
        connection.port.log.debug({ jid: source.jid, err: error }, 'a picture could not be had');
      }
      const pauseMs = source.hash === undefined ? UNTOLD_MS : isKept ? 0 : FAILURE_MS;
      // A run that ends has nothing to say about the picture.
      if (!connection.signal.aborted) this.#notBefore.set(key, this.#clock.monotonicMs() + pauseMs);
      this.#busy.delete(key);
    });
    if (begun) this.#busy.add(key);
  }

  /** Whether the picture is what it was told to be, and kept. */
  async #keep({ jid, hash, isPerson }: Source, { stream, port, signal }: Connection): Promise<boolean> {
    if (signal.aborted) return false;
    const options = { timeoutMs: FETCH_TIMEOUT_MS, signal };
    let data = await fetchVCardPhoto(stream, jid, options);
    if (isPerson && (!data || (hash !== undefined && toAvatarId(data) !== hash))) {
      data = await fetchPublishedPhoto(stream, jid, options);
    }
    const id = data && toAvatarId(data);
    if (hash === undefined) this.#hashes.set(jid, id ?? '');
    if (!data || id === undefined || (hash !== undefined && id !== hash)) return false;
    if (this.#pictures.has(id)) return true;
    const about = { name: 'avatar', limitBytes: AVATAR_LIMIT_BYTES, signal };
    const { url, mime, sha256 } = await port.media.save(toPieces(data), about);
    if (toMediaType(mime) !== 'image' || signal.aborted) return false;
    await this.#remember(id, { url, mime, sha256 }, port);
    return true;
  }

  async #remember(id: string, avatar: Avatar, { store }: AccountPort): Promise<void> {
    this.#pictures.set(id, { avatar, checkedAt: this.#clock.now() });
    await store.set(KEY_PREFIX + id, JSON.stringify({ ...avatar, at: this.#clock.now() }));
    const [oldest] = this.#pictures.keys();
    if (this.#pictures.size <= PICTURES_LIMIT || oldest === undefined) return;
    this.#pictures.delete(oldest);
    await store.set(KEY_PREFIX + oldest, undefined);
  }

  /** Looks whether the store still has a picture. */
  #check(id: string, picture: Picture): void {
    const port = this.#connection?.port;
    const mediaId = port?.media.idOf(picture.avatar.url);
    if (!port || mediaId === undefined || this.#busy.has(id)) return;
    const begun = this.#work.run(async () => {
      try {
        if (await port.media.find(mediaId)) {
          picture.checkedAt = this.#clock.now();
          return;
        }
        this.#pictures.delete(id);
        await port.store.set(KEY_PREFIX + id, undefined);
      } catch (error) {
        // It is looked for again.
        port.log.debug({ err: error }, 'it could not be seen whether a picture is still kept');
      } finally {
        this.#busy.delete(id);
      }
    });
    if (begun) this.#busy.add(id);
  }

  async #read(store: AccountStore): Promise<void> {
    const kept = (await store.list(KEY_PREFIX))
      .map(([key, value]): [string, Avatar & { at: number }] => [
        key.slice(KEY_PREFIX.length),
        JSON.parse(value) as Avatar & { at: number },
      ])
      .toSorted(([, a], [, b]) => a.at - b.at);
    for (const [id, { url, mime, sha256 }] of kept) {
      // Whether the store still has it is looked when it is first used.
      if (!this.#pictures.has(id))
        this.#pictures.set(id, { avatar: { url, mime, sha256 }, checkedAt: undefined });
    }
  }
}

async function* toPieces(data: Uint8Array): AsyncIterable<Uint8Array> {
  yield data;
}
