/**
 * The house: rooms that need no account anywhere. Its own people are its users; what is said elsewhere is shown to
 * them. It is a network like any other, only that its server is this process.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../hub/clock.ts';
import type { AccountId, User } from '../../hub/message.ts';
import type { AccountPort, Network, NetworkKind, Receipt } from '../../hub/network.ts';
import { createActions, houseCarries, houseLimits, shownLimit } from './actions.ts';
import { houseConfig, type HouseConfig, toRoomKey } from './config.ts';
import { House, toRoomNames } from './house.ts';
import { readPrivateRoom } from './private-room.ts';
import { RecentMap } from '../../hub/recent-map.ts';
import { TelnetDoor } from './telnet-door.ts';
import { WebDoor } from './web-door.ts';

/** What the house takes from outside. */
export interface HouseNeeds {
  clock: Clock;
}

/** The kind `house`; see `houseConfig` for its settings. */
export function createHouseNetwork({ clock }: HouseNeeds): NetworkKind<HouseConfig> {
  return {
    kind: 'house',
    config: houseConfig,
    open: (id, config) => new HouseNetwork(id, config, clock),
    update: (network, config) => network instanceof HouseNetwork && network.update(config),
  };
}

class HouseNetwork implements Network {
  readonly #id: AccountId;
  #config: HouseConfig;
  #house: House | undefined;
  readonly #clock: Clock;
  readonly #shown = new RecentMap<Receipt>(shownLimit);

  constructor(id: AccountId, config: HouseConfig, clock: Clock) {
    this.#id = id;
    this.#config = config;
    this.#clock = clock;
  }

  parseRoom(name: string): string {
    const { rooms } = this.#config;
    const room = rooms.find((each) => toRoomKey(each) === toRoomKey(name));
    if (room === undefined) throw new Error(`There is no room ${name} in ${this.#id}; ${toRoomNames(rooms)}`);
    return room;
  }

  /** More rooms are opened while people talk; anything else takes a new start, since people or doors would go. */
  update(config: HouseConfig): boolean {
    const { rooms, historyLines: _, ...rest } = this.#config;
    const { rooms: nextRooms, historyLines: __, ...nextRest } = config;
    if (!isDeepStrictEqual(rest, nextRest) || rooms.some((room) => !nextRooms.includes(room))) return false;
    this.#config = config;
    this.#house?.update(config.rooms, config.historyLines);
    return true;
  }

  async run(port: AccountPort, signal: AbortSignal): Promise<void> {
    // No person has this id: theirs are made by the clock.
    const self: User = { id: this.#id, name: this.#config.name };
    const house = new House({
      account: this.#id,
      name: this.#config.name,
      roomNames: this.#config.rooms,
      historyLines: this.#config.historyLines,
      self,
      port,
      clock: this.#clock,
    });
    this.#house = house;
    const doors = this.#config.telnet.map((door) => new TelnetDoor(house, door));
    const web = this.#config.web && new WebDoor(house, this.#config.web);
    try {
      for (const door of doors) await door.open();
      port.online({
        self,
        actions: createActions(house, this.#shown),
        limits: houseLimits,
        carries: houseCarries,
        // A room's id is its name as configured: under another it would have a history and links of its own.
        lacksRoom: (room) =>
          house.findRoom(room)?.name === room || readPrivateRoom(room)
            ? undefined
            : `the house has no room ${room}; ${house.roomNames()}`,
      });
      if (web) web.open();
      const open = doors.map((door) => door.description);
      const message =
        [...open, ...(web ? [`web at /in/${this.#id}/web`] : [])].join(', ') || 'no door is open';
      port.state({ phase: 'online', message });
      port.log.info({ account: this.#id }, message);
      await aborted(signal);
    } finally {
      house.beginToStop();
      await Promise.all([...doors, ...(web ? [web] : [])].map((door) => door.close()));
      await house.settled();
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
