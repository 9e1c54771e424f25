/** Bots that connect to us: `/onebot`, `/onebot/ACCOUNT`, and `/api` and `/event` below both. */
import { WebSocketServer, type WebSocket } from 'ws';
import { allows } from '../../hub/access.ts';
import type { Position } from '../../hub/message.ts';
import { refuseSocket } from '../../http/error-pages.ts';
import type { WebHost } from '../../http/server.ts';
import { frameLimitBytes } from './bot-socket.ts';
import type { Door, Entered } from './door.ts';
import { toRole, type Role } from './route.ts';

/** What becomes of bots that come in. */
export interface ForwardHost {
  /** Called before the WebSocket is open. */
  prepare(entered: Entered): Promise<Position>;
  serve(socket: WebSocket, entered: Entered, role: Role, start: Position): void;
}

/** Takes the WebSockets. */
export function addForward(web: WebHost, door: Door, host: ForwardHost): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: frameLimitBytes,
  });
  for (const path of ['/onebot', '/onebot/']) {
    web.onUpgrade(path, async (request, socket, head) => {
      const entered = await door.enter(request);
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
      const start = await host.prepare(entered);
      if (socket.destroyed) return;
      sockets.handleUpgrade(request, socket, head, (open) => host.serve(open, entered, role, start));
    });
  }
}
