/** What the OneBot face is handed by the composition. */
import type { FaceHost } from '../../http/face.ts';
import type { OneBotFaceConfig } from './config.ts';

export interface OneBotHost extends FaceHost<OneBotFaceConfig> {
  /** This program's own. */
  version: string;
}
