/**
 * Where something is: a room is a channel's id; a private conversation is `direct:USER`, whatever its channel is called,
 * so that it is known before anybody has said anything in it.
 */
import type { AccountPort } from '../../hub/network.ts';
import type { ApiClient } from '../../wire/satori/api-client.ts';
import { CHANNEL_TYPE, channelSchema, type Channel, type User } from '../../wire/satori/resources.ts';

const DIRECT = 'direct:';
const KEY_PREFIX = 'direct/';

export function toDirectRoom(user: string): string {
  return DIRECT + user;
}

/** Who the other one is; undefined where it is no private conversation. */
export function toPeer(room: string): string | undefined {
  return room.startsWith(DIRECT) ? room.slice(DIRECT.length) : undefined;
}

export class Places {
  readonly #port: AccountPort;
  readonly #selfId: string;
  readonly #channels = new Map<string, string>();
  readonly #peers = new Map<string, string>();

  constructor(port: AccountPort, selfId: string) {
    this.#port = port;
    this.#selfId = selfId;
  }

  async open(): Promise<void> {
    for (const [key, channel] of await this.#port.store.list(KEY_PREFIX)) {
      this.#learn(key.slice(KEY_PREFIX.length), channel);
    }
  }

  /** The room of a channel; undefined where nobody knows with whom the account talks there. */
  async roomOf({ id, type }: Channel, user: User | null | undefined): Promise<string | undefined> {
    if (type !== CHANNEL_TYPE.direct) return id;
    const peer = user && user.id !== this.#selfId ? user.id : this.#peers.get(id);
    if (peer === undefined) return undefined;
    await this.#note(peer, id);
    return toDirectRoom(peer);
  }

  /** The channel of a room. @throws SatoriError */
  async channelOf(room: string, client: ApiClient): Promise<string> {
    const peer = toPeer(room);
    if (peer === undefined) return room;
    const known = this.#channels.get(peer);
    if (known !== undefined) return known;
    const { id } = await client.call('user.channel.create', { user_id: peer }, channelSchema);
    await this.#note(peer, id);
    return id;
  }

  async #note(peer: string, channel: string): Promise<void> {
    if (this.#channels.get(peer) === channel) return;
    this.#learn(peer, channel);
    await this.#port.store.set(KEY_PREFIX + peer, channel);
  }

  #learn(peer: string, channel: string): void {
    this.#channels.set(peer, channel);
    this.#peers.set(channel, peer);
  }
}
