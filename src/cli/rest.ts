/** The REST face as `start` sees it: which parts of the hub it is handed, and where it is mounted. */
import type { Access } from '../hub/access.ts';
import type { Clock } from '../hub/clock.ts';
import type { ConfigurationService } from '../hub/configuration.ts';
import type { HubEvent } from '../hub/event.ts';
import type { Hub } from '../hub/hub.ts';
import type { Journal } from '../hub/journal.ts';
import type { Log } from '../hub/log.ts';
import type { MediaStore } from '../hub/media.ts';
import type { RoomRef } from '../hub/message.ts';
import type { Authentication } from '../http/authentication.ts';
import type { Routes } from '../http/server.ts';

export interface RestParts {
  hub: Hub;
  hubId: string;
  version: string;
  clock: Clock;
  log: Log;
  journal: Journal;
  access: Access;
  media: MediaStore;
  configuration: ConfigurationService;
  authentication: Authentication;
  settings: { requestsPerMinute: number };
}

interface RestService {
  readonly routes: Routes;
  /** Told of every delivery that was sent, and how long after its message. */
  sent(room: RoomRef, tookMs: number): void;
}

/** Loads the face's code and makes the face. */
export type LoadRest = (parts: RestParts) => Promise<RestService>;

/** The face, mounted when the web server opens; until then what was sent is not counted. */
export class MountedRest {
  readonly #clock: Clock;
  #service: RestService | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  routes(load: LoadRest, parts: RestParts): Routes {
    return async (server, host) => {
      this.#service = await load(parts);
      await this.#service.routes(server, host);
    };
  }

  sent(lane: RoomRef, event: HubEvent): void {
    this.#service?.sent(lane, Math.max(0, this.#clock.now() - event.at));
  }
}
