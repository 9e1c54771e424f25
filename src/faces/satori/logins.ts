/** Every account is a login: its network's kind is the platform, its own user there is the login's. */
import { allows, type Scope } from '../../hub/access.ts';
import type { HubEvent } from '../../hub/event.ts';
import type { AccountStatus, HubAccess } from '../../hub/face.ts';
import { splitRoomRef, type AccountId, type RoomRef, type User } from '../../hub/message.ts';
import type { AccountState } from '../../hub/network.ts';
import type { Caller } from '../../http/authentication.ts';
import { STATUS } from '../../wire/satori/resources.ts';

/** What tells who may do what; without it: the owner of the hub. */
export type Rights = Pick<Caller, 'scopes' | 'account' | 'rooms'>;

export interface WireLogin {
  sn: number;
  adapter: string;
  platform: string;
  user: WireUser;
  status: number;
  features: string[];
}

export interface WireUser {
  id: string;
  name: string;
  is_bot?: boolean;
}

const statusOf: Readonly<Record<AccountState['phase'], number>> = {
  online: STATUS.online,
  connecting: STATUS.connect,
  login: STATUS.connect,
  waiting: STATUS.reconnect,
  failed: STATUS.disconnect,
  stopped: STATUS.offline,
};

/** What any account can do here, and what of it depends on its network. */
const always = ['message.create', 'message.get', 'message.list', 'channel.get', 'channel.list', 'login.get'];
const shown = ['guild.get', 'guild.list', 'reaction.list', 'upload.create'];
const dependent: Readonly<Record<string, readonly string[]>> = {
  edit: ['message.update'],
  recall: ['message.delete'],
  react: ['reaction.create', 'reaction.delete'],
  direct: ['user.channel.create'],
  answer: ['friend.approve', 'guild.approve', 'guild.member.approve'],
  members: ['guild.member.get', 'guild.member.list', 'user.get'],
};

export class Logins {
  readonly #hub: Pick<HubAccess, 'accounts'>;
  /** The own user of each account, as it was last known. */
  readonly #selves = new Map<AccountId, User>();

  constructor(hub: Pick<HubAccess, 'accounts'>) {
    this.#hub = hub;
  }

  /** The account's own user; where it has never been online, it is called as the account. */
  selfOf(account: AccountId): User {
    const self = this.#hub.accounts().find(({ id }) => id === account)?.self;
    if (self) this.#selves.set(account, self);
    return self ?? this.#selves.get(account) ?? { id: account, name: account };
  }

  /** Those that somebody may see, and whose user is known. */
  of(rights: Rights): WireLogin[] {
    return this.#seen(rights)
      .filter(({ id, self }) => self !== undefined || this.#selves.has(id))
      .map((status) => this.toWire(status));
  }

  /** The account of a login; an account's id stands for its user, too. */
  find(platform: string | undefined, userId: string | undefined, rights: Rights): AccountStatus | undefined {
    const seen = this.#seen(rights).filter(({ kind }) => platform === undefined || kind === platform);
    if (userId === undefined) return seen.length === 1 ? seen[0] : undefined;
    return seen.find(({ id }) => this.selfOf(id).id === userId) ?? seen.find(({ id }) => id === userId);
  }

  toWire({ id, kind, state, capabilities }: AccountStatus): WireLogin {
    const more = capabilities.flatMap((capability) => dependent[capability] ?? []);
    return {
      sn: 0,
      adapter: 'hutong',
      platform: kind,
      user: this.selfUser(id),
      status: statusOf[state.phase],
      features: [...always, ...shown, ...more],
    };
  }

  /** What every event carries of its login. An event has come from somebody who is online, whatever followed. */
  ofEvent(room: RoomRef): Pick<WireLogin, 'sn' | 'adapter' | 'platform' | 'user' | 'status'> {
    const { account } = splitRoomRef(room);
    const platform = this.#hub.accounts().find(({ id }) => id === account)?.kind ?? account;
    return { sn: 0, adapter: 'hutong', platform, user: this.selfUser(account), status: STATUS.online };
  }

  selfUser(account: AccountId): WireUser {
    const { id, name } = this.selfOf(account);
    return { id, name, is_bot: true };
  }

  /** Whether the room's own account said or did it, by hand or for a program. */
  isOwn(event: HubEvent): boolean {
    if (event.postedBy !== undefined) return true;
    const who = 'sender' in event ? event.sender : 'actor' in event ? event.actor : undefined;
    return who !== undefined && who.id === this.selfOf(splitRoomRef(event.room).account).id;
  }

  #seen(rights: Rights): AccountStatus[] {
    return this.#hub.accounts().filter(({ id }) => mayBe(rights, id));
  }
}

/** Whether a token may be this account at all. */
function mayBe({ account, rooms }: Rights, id: AccountId): boolean {
  const hasRooms = rooms?.some((room) => splitRoomRef(room).account === id) ?? true;
  return hasRooms && (account === undefined || account === id);
}

export function mayIn(rights: Rights, scope: Scope, room: RoomRef): boolean {
  return allows(rights, scope, splitRoomRef(room).account, room);
}
