/** The links as one account may change them: each change is checked to be about a room of its own. */
import type {
  ConfigurationChange,
  ConfigurationOperation,
  ConfigurationService,
  WrittenSettings,
} from './configuration.ts';
import { RequestError } from './errors.ts';
import type { AccountStatus } from './face.ts';
import type { LinkDesk, LinkedRooms, LinkProposal } from './link-desk.ts';
import type { Link } from './links.ts';
import { splitRoomRef, toRoomRef, type AccountId, type RoomRef } from './message.ts';
import type { Neighbourhood } from './network.ts';

export interface AccountLinksParts {
  account: AccountId;
  configuration: ConfigurationService;
  links(): readonly Link[];
  accounts(): AccountStatus[];
  rooms(account: AccountId): Promise<{ room: RoomRef }[]>;
  people(room: RoomRef): Neighbourhood;
}

/** Longest name of a link; the configuration takes no longer one. */
const nameLimit = 100;
/** What a number behind a name takes of that. */
const numberLength = 10;

export class AccountLinks implements LinkDesk {
  readonly #parts: AccountLinksParts;

  constructor(parts: AccountLinksParts) {
    this.#parts = parts;
  }

  get account(): AccountId {
    return this.#parts.account;
  }

  links(): LinkedRooms[] {
    return this.#own().map(({ name, rooms }) => ({
      name,
      rooms: rooms.map((room) => this.#parts.people(room)),
    }));
  }

  accounts(): ReturnType<LinkDesk['accounts']> {
    return this.#parts.accounts().map(({ id, kind, state, waiting }) => ({ id, kind, state, waiting }));
  }

  async rooms(): Promise<RoomRef[]> {
    const others = this.#parts.accounts().filter(({ id }) => id !== this.#parts.account);
    const rooms = await Promise.all(
      // An account that cannot tell its rooms now has none to offer.
      others.map(async ({ id }) => this.#parts.rooms(id).catch(() => [])),
    );
    return rooms.flat().map(({ room }) => room);
  }

  async join(room: string, target: string): Promise<LinkProposal> {
    const own = toRoomRef(this.#parts.account, room);
    if (!target.includes('/')) {
      const link = await this.#writtenLink(target);
      const rooms = [...link.rooms, escape(own)];
      return this.#propose({ do: 'replace-link', name: escape(target), link: { ...link.written, rooms } });
    }
    if (splitRoomRef(target as RoomRef).account === this.#parts.account) {
      throw new RequestError('not-allowed', `${target} is not of another account`);
    }
    const name = this.#freeName(room);
    return this.#propose({ do: 'add-link', link: { name: escape(name), rooms: [own, target].map(escape) } });
  }

  async part(room: string, name?: string): Promise<LinkProposal> {
    const own = toRoomRef(this.#parts.account, room);
    const holding = this.#own().filter((each) => each.rooms.includes(own));
    const link = name === undefined ? holding[0] : holding.find((each) => each.name === name);
    if (!link) {
      const where = name === undefined ? 'any link' : `a link "${name}"`;
      throw new RequestError('room-unknown', `${room} is not in ${where}`);
    }
    if (name === undefined && holding.length > 1) {
      const names = holding.map((each) => each.name).join(', ');
      throw new RequestError('not-allowed', `${room} is in several links: say which of ${names}`);
    }
    if (link.rooms.length <= 2) return this.#propose({ do: 'remove-link', name: escape(link.name) });
    const index = link.rooms.indexOf(own);
    if (link.direction !== 'both' && index === 0) {
      throw new RequestError(
        'not-allowed',
        `${room} is the room that the direction of "${link.name}" is about: edit hutong.yaml`,
      );
    }
    const { written, rooms } = await this.#writtenLink(link.name);
    // What runs and what is written have the same rooms in the same order, or the change is refused for other reasons.
    return this.#propose({
      do: 'replace-link',
      name: escape(link.name),
      link: { ...written, rooms: rooms.toSpliced(index, 1) },
    });
  }

  #own(): Link[] {
    const { account } = this.#parts;
    return this.#parts
      .links()
      .filter(({ rooms }) => rooms.some((room) => splitRoomRef(room).account === account));
  }

  async #writtenLink(name: string): Promise<{ written: WrittenSettings; rooms: unknown[] }> {
    const { links } = await this.#parts.configuration.read();
    const written = links.find((each) => each['name'] === escape(name));
    const rooms = written?.['rooms'];
    if (!written || !Array.isArray(rooms)) {
      throw new RequestError(
        'room-unknown',
        `there is no link "${name}", and a room is written account/room`,
      );
    }
    return { written, rooms };
  }

  async #propose(operation: ConfigurationOperation): Promise<LinkProposal> {
    const { configuration } = this.#parts;
    const change: ConfigurationChange = { operations: [operation] };
    const { version, difference, problems } = await configuration.propose(change);
    return {
      difference: difference.map(({ text }) => text),
      problems: problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
      async apply(by) {
        await configuration.apply(change, version, by);
      },
    };
  }

  /** A new link is called like the room; where another is, a number is put behind. */
  #freeName(room: string): string {
    const taken = new Set(this.#parts.links().map(({ name }) => name));
    const base = room.slice(0, nameLimit - numberLength);
    for (let number = 1; ; number++) {
      const name = number === 1 ? base : `${base} ${number}`;
      if (!taken.has(name)) return name;
    }
  }
}

/** What a person typed names no variable of the environment. */
function escape(text: string): string {
  return text.replaceAll('${', () => '$${');
}
