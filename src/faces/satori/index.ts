/**
 * The Satori face: every account as a login, for every framework that speaks Satori v1, at `/satori/v1/…`.
 *
 * @see https://satori.chat/zh-CN/protocol/
 */
import type { WebFace } from '../../http/face.ts';
import { satoriFaceConfig, type SatoriFaceConfig } from './config.ts';

export function createSatoriFace(): WebFace<SatoriFaceConfig> {
  return {
    kind: 'satori',
    config: satoriFaceConfig,
    open: (host) => async (server, web) => {
      // Only a hub that runs needs what is behind it.
      const { addRoutes } = await import('./routes.ts');
      addRoutes(server, web, host);
    },
  };
}
