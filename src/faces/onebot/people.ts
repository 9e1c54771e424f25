/** Who is who for a bot: its own account is itself, in whatever room and under whatever name. */
import type { HubAccess } from '../../hub/face.ts';
import type { HubEvent } from '../../hub/event.ts';
import { splitRoomRef, type AccountId, type RoomRef, type User } from '../../hub/message.ts';
import type { Numbers } from './numbers.ts';

/** The self that a bot has connected to. */
export interface Self {
  account: AccountId | undefined;
  selfId: number;
}

export class People {
  readonly #hub: Pick<HubAccess, 'accounts'>;
  readonly #numbers: Numbers;
  /** The own user of each account, as it was last known. */
  readonly #selves = new Map<AccountId, User>();

  constructor(hub: Pick<HubAccess, 'accounts'>, numbers: Numbers) {
    this.#hub = hub;
    this.#numbers = numbers;
  }

  /** The account's own user; undefined while it has never been online. */
  selfOf(account: AccountId): User | undefined {
    const self = this.#hub.accounts().find(({ id }) => id === account)?.self;
    if (self) this.#selves.set(account, self);
    return self ?? this.#selves.get(account);
  }

  /** Whether the room's own account said or did it, by hand or for a program. */
  isOwn(event: HubEvent): boolean {
    if (event.postedBy !== undefined) return true;
    const who = 'sender' in event ? event.sender : 'actor' in event ? event.actor : undefined;
    return who !== undefined && who.id === this.selfOf(splitRoomRef(event.room).account)?.id;
  }

  /** The number of somebody in a room, for this self. */
  async number(room: RoomRef, user: User, { account: own, selfId }: Self): Promise<number> {
    const { account } = splitRoomRef(room);
    const isSelf = user.id === this.selfOf(account)?.id;
    if (isSelf && (own === undefined || own === account)) return selfId;
    return isSelf ? this.#numbers.self(account) : this.#numbers.user(account, user);
  }
}
