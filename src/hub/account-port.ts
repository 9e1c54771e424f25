/**
 * What the hub hands one run of a network. Every call is refused when the run is over: one that was abandoned must not move
 * a cursor, nor say anything.
 */
import type { Clock } from './clock.ts';
import type { HubEvent, NetworkEvent } from './event.ts';
import type { LinkDesk } from './link-desk.ts';
import type { Log } from './log.ts';
import type { MediaStore } from './media.ts';
import type { AccountId } from './message.ts';
import type {
  AccountPort,
  AccountState,
  AccountStore,
  LoginStep,
  MountedRoutes,
  Neighbourhood,
  Network,
  ReturnedSend,
  Session,
} from './network.ts';
import type { TranscriptEntry } from './transcript.ts';

/** What an account's runs reach of the hub. */
export interface AccountHost {
  readonly clock: Clock;
  /** Names the account in every entry. */
  readonly log: Log;
  readonly store: AccountStore;
  readonly media: MediaStore;
  /** The hub's data folder. */
  readonly folder?: string;
  open(): Network;
  /** How the account does may have changed: its state, its session or its login step. */
  changed(): void;
  online(session: Session): void;
  offline(): void;
  receive(event: NetworkEvent): Promise<void>;
  returned(back: ReturnedSend): Promise<void>;
  rooms(): readonly string[];
  history(room: string, limit: number): Promise<HubEvent[]>;
  transcript(room: string, limit: number, before: string | undefined): Promise<TranscriptEntry[]>;
  neighbours(room: string): Promise<Neighbourhood[]>;
  readonly links?: LinkDesk;
}

/** A run, as its port tells it what the network does. */
export interface PortRun {
  /** Throws an `AccountError` when the run is over. */
  checkLive(): void;
  /** As `checkLive`; and the network was heard from. */
  heard(): void;
  online(session: Session): void;
  state(state: AccountState): void;
  alive(): void;
  prompt(step: LoginStep | undefined): void;
  serve(routes: MountedRoutes): void;
  watchRooms(watcher: (rooms: readonly string[]) => void): void;
}

export function createAccountPort(id: AccountId, host: AccountHost, run: PortRun): AccountPort {
  return {
    log: host.log,
    store: toStore(host.store, run),
    media: toMedia(id, host.media, run),
    ...(host.folder !== undefined && { folder: host.folder }),
    http: {
      serve: (routes) => {
        run.checkLive();
        run.serve(routes);
      },
    },
    online: (session) => {
      run.heard();
      run.online(session);
    },
    receive: async (event) => {
      run.heard();
      await host.receive(event);
    },
    returned: async (back) => {
      run.heard();
      await host.returned(back);
    },
    state: (state) => {
      run.heard();
      run.state(state);
    },
    alive: () => {
      run.heard();
      run.alive();
    },
    prompt: (step) => {
      run.heard();
      run.prompt(step);
    },
    watchRooms: (watcher) => {
      run.heard();
      run.watchRooms(watcher);
    },
    history: async (room, limit) => {
      run.checkLive();
      return host.history(room, limit);
    },
    transcript: async (room, limit, before) => {
      run.checkLive();
      return host.transcript(room, limit, before);
    },
    neighbours: async (room) => {
      run.checkLive();
      return host.neighbours(room);
    },
    ...(host.links && { links: toLinks(host.links, run) }),
  };
}

type Live = Pick<PortRun, 'checkLive'>;

function toLinks(desk: LinkDesk, run: Live): LinkDesk {
  return {
    account: desk.account,
    links: () => desk.links(),
    accounts: () => desk.accounts(),
    rooms: () => desk.rooms(),
    join: async (room, target) => {
      run.checkLive();
      return desk.join(room, target);
    },
    part: async (room, link) => {
      run.checkLive();
      return desk.part(room, link);
    },
  };
}

function toMedia(account: AccountId, media: MediaStore, run: Live): MediaStore {
  return {
    limitBytes: media.limitBytes,
    save: async (content, about) => {
      run.checkLive();
      return media.save(content, about);
    },
    fetch: async (url, about) => {
      run.checkLive();
      return media.fetch(url, { ...about, account });
    },
    find: (id) => media.find(id),
    open: (id, range) => media.open(id, range),
    idOf: (url) => media.idOf(url),
    resolve: (url) => media.resolve(url),
  };
}

function toStore(store: AccountStore, run: Live): AccountStore {
  return {
    get: async (key) => {
      run.checkLive();
      return store.get(key);
    },
    set: async (key, value) => {
      run.checkLive();
      await store.set(key, value);
    },
    list: async (prefix) => {
      run.checkLive();
      return store.list(prefix);
    },
  };
}
