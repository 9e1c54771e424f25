/** The seam between the one web server and the faces that are mounted on it. */
import type { Clock } from '../hub/clock.ts';
import type { FaceKind, HubAccess } from '../hub/face.ts';
import type { Journal } from '../hub/journal.ts';
import type { Log } from '../hub/log.ts';
import type { MediaStore } from '../hub/media.ts';
import type { Authentication } from './authentication.ts';
import type { Origins } from './origins.ts';
import type { Routes } from './server.ts';

/** A face whose routes are on the web server. */
export interface WebFace<Config> extends FaceKind<Config> {
  /** Its routes; they are there as long as the hub runs, and answer as if they were not while the face is off. */
  open(host: FaceHost<Config>): Routes;
}

/** What a face is handed by the composition. */
export interface FaceHost<Config> {
  hub: HubAccess;
  /** The data folder. Missing: faces that keep files of their own do without. */
  folder?: string;
  clock: Clock;
  log: Log;
  journal: Pick<Journal, 'head' | 'get' | 'set' | 'list'>;
  media: MediaStore;
  authentication: Pick<Authentication, 'caller' | 'tokenCaller'>;
  origins: Origins;
  /** Whether only this machine itself reaches the web server. */
  onLoopback: boolean;
  /** The address by which browsers reach the hub, where it is configured; no slash at its end. */
  url?: string;
  /** Requests of one token in a minute. */
  requestsPerMinute: number;
  /** The face's settings as they are now; undefined while it is off. */
  readonly settings: () => Config | undefined;
  /** Is told whether the listeners of its own listen; a face that has none says nothing. */
  readonly noteListening: (listens: boolean) => void;
}
