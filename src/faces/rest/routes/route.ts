/** What every group of routes is handed. */
import type { Cursors } from '../cursor.ts';
import type { RestHost, RestServer } from '../host.ts';
import type { Consumers } from '../following/consumers.ts';
import type { Follower } from '../following/start.ts';
import type { Streams } from '../following/streams.ts';
import type { Tail } from '../../../hub/tail.ts';
import type { FigureKeeper } from '../metrics.ts';
import type { Sight } from '../sight.ts';
import type { UpgradeRequests } from '../upgrade.ts';
import type { WireContext } from '../wire-event.ts';

export interface RestContext extends WireContext {
  readonly host: RestHost;
  readonly cursors: Cursors;
  readonly tail: Tail;
  readonly consumers: Consumers;
  readonly follower: Follower;
  readonly sight: Sight;
  readonly streams: Streams;
  readonly upgrades: UpgradeRequests;
  readonly figures: FigureKeeper;
}

/** Adds routes to the server, under `/v1`. */
export type AddRoutes = (server: RestServer, context: RestContext) => void;
