/** What the face is handed, and its own version. */
import type { FaceHost } from '../../http/face.ts';
import type { WechatyFaceConfig } from './config.ts';

export interface WechatyHost extends Omit<FaceHost<WechatyFaceConfig>, 'settings'> {
  version: string;
  /** Whether the face has been switched off, and the hub goes on. */
  readonly isOff: () => boolean;
  /** Whether the hub itself ends. */
  readonly isEnding: () => boolean;
}
