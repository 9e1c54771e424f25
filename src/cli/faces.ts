/** The faces as `start` sees them: which parts of the hub they are handed. */
import type { Configuration } from '../config/configuration.ts';
import { isLoopback } from '../hub/address.ts';
import type { FaceHost, WebFace } from '../http/face.ts';
import type { Routes } from '../http/server.ts';

export interface FaceParts extends Omit<
  FaceHost<unknown>,
  'onLoopback' | 'url' | 'requestsPerMinute' | 'settings' | 'noteListening'
> {
  /** Of the web server, as it was started. */
  http: Configuration['http'];
  /** The configuration as it is now. */
  readonly current: () => Pick<Configuration, 'faces'>;
  /** The kinds of those whose own listeners do not listen; kept by the faces. */
  shut: Set<string>;
}

/** What all faces serve, those that are off too: each is switched on and off by an edit of the configuration. */
export function faceRoutes(faces: readonly WebFace<unknown>[], parts: FaceParts): readonly Routes[] {
  const { http, current, shut, ...common } = parts;
  const { listen, url, requestsPerMinute } = http;
  return faces.map((face) =>
    face.open({
      ...common,
      onLoopback: isLoopback(listen.host),
      ...(url === undefined ? {} : { url }),
      requestsPerMinute,
      settings: () => current().faces.get(face.kind),
      noteListening(listens) {
        if (listens) shut.delete(face.kind);
        else shut.add(face.kind);
      },
    }),
  );
}
