/**
 * Actions by HTTP: `/onebot/ACTION`, `/onebot/ACCOUNT/ACTION`.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/communication/http.md
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendError } from '../../http/error-pages.ts';
import { RETCODE } from '../../wire/onebot11/retcodes.ts';
import { frameLimitBytes } from './bot-socket.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Door, Entered } from './door.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before a body is read. */
    oneBot?: Entered;
  }
}

/** @param current undefined while the face is off */
export function addHttpApi(
  server: FastifyInstance,
  current: () => Promise<{ door: Door } | undefined>,
  dispatcher: Dispatcher,
): void {
  server.decorateRequest('oneBot');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(body as string));
    } catch (cause) {
      done(withStatus(400, 'the body is no JSON', cause));
    }
  });
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(body as string)));
  });
  server.addContentTypeParser('*', (_, __, done) => {
    done(withStatus(406, 'a body is taken as application/json or application/x-www-form-urlencoded'));
  });
  for (const url of ['/onebot', '/onebot/*']) {
    server.route({
      method: ['GET', 'POST'],
      url,
      bodyLimit: frameLimitBytes,
      async onRequest(request, reply) {
        const face = await current();
        if (!face) return sendError(request, reply, 404);
        const entered = await face.door.enter(request.raw);
        if ('status' in entered) return refuse(reply, entered.status, entered.explanation);
        request.oneBot = entered;
      },
      handler: (request, reply) => act(request, reply, dispatcher),
    });
  }
}

async function act(request: FastifyRequest, reply: FastifyReply, dispatcher: Dispatcher): Promise<unknown> {
  const { bot, rest, query } = request.oneBot!;
  if (rest === '') return refuse(reply, 404, 'name an action, or connect by WebSocket');
  const { access_token: _, ...inAddress } = Object.fromEntries(query);
  const { body } = request;
  if (body !== undefined && body !== null && (typeof body !== 'object' || Array.isArray(body))) {
    return refuse(reply, 400, 'the body has to be an object');
  }
  const answer = await dispatcher.answer({ action: rest, params: { ...inAddress, ...body } }, bot);
  if (answer.retcode === RETCODE.unknownAction) void reply.code(404);
  if (answer.retcode === RETCODE.wrongToken) void reply.code(403);
  return answer;
}

function refuse(reply: FastifyReply, status: number, explanation: string): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="hutong"');
  const retcode = 1000 + status;
  return reply
    .code(status)
    .send({ status: 'failed', retcode, data: null, message: explanation, wording: explanation });
}

function withStatus(statusCode: number, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { statusCode });
}
