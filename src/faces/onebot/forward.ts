/** Bots that connect to us: `/onebot`, `/onebot/ACCOUNT`, and `/api` and `/event` below both. */
import { WebSocketServer, type WebSocket } from 'ws';
import { allows } from '../../hub/access.ts';
import type { Position } from '../../hub/message.ts';
import { refuseSocket } from '../../http/error-pages.ts';
import type { WebHost } from '../../http/server.ts';
import { frameLimitBytes } from './bot-socket.ts';
import type { Door, Entered } from './door.ts';
import { toRole } from './route.ts';
import type { Run } from '../../http/face-switch.ts';
import type { ServedBot } from './called-bot.ts';

/** The face under its present settings. */
export interface OpenFace extends Run {
  door: Door;
  /** Where a bot begins. Called before its WebSocket is open. */
  prepare(entered: Entered): Promise<Position>;
  serve(socket: WebSocket, entered: Entered, begun: Pick<ServedBot, 'role' | 'start' | 'connection'>): void;
}

/** Takes the WebSockets. @param current undefined while the face is off */
export function addForward(web: WebHost, current: () => Promise<OpenFace | undefined>): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: frameLimitBytes,
  });
  for (const path of ['/onebot', '/onebot/']) {
    web.onUpgrade(path, async (request, socket, head) => {
      const face = await current();
      if (!face) return refuseSocket(socket, 404);
      const entered = await face.door.enter(request);
      if ('status' in entered) {
        return refuseSocket(socket, entered.status, { explanation: entered.explanation });
      }
      const role = toRole(entered.rest);
      if (role === undefined) return refuseSocket(socket, 404);
      if (role !== 'api' && !allows(entered.bot.caller, 'read')) {
        return refuseSocket(socket, 403, {
          explanation: 'events need the scope "read"; /api is without them',
        });
      }
      const start = await face.prepare(entered);
      if (socket.destroyed) return;
      sockets.handleUpgrade(request, socket, head, (open) =>
        face.serve(open, entered, { role, start, connection: socket }),
      );
    });
  }
}
