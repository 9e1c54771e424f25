/**
 * The implementation connects to us. It may use one WebSocket for all, or one for calls and one for events. A second
 * one of a sort ends the run: the first is dead more often than not, and the implementation comes again.
 */
import { orAborted } from './waiting.ts';
import { OneBotError } from '../../wire/onebot11/errors.ts';
import { ReverseServer, type ReverseConnection } from '../../wire/onebot11/reverse.ts';
import { OneBotSocket } from '../../wire/onebot11/socket.ts';
import { toSocketOptions, type Transport, type TransportParts } from './transport.ts';

export async function openReverse(parts: TransportParts): Promise<Transport> {
  const { config, port, signal } = parts;
  const server = new ReverseServer(config.token);
  const sockets: OneBotSocket[] = [];
  const roles = new Set<string>();
  const calls = Promise.withResolvers<OneBotSocket>();
  const events = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<Error>();
  let selfId: number | undefined;
  let isOver = false;

  const take = ({ webSocket, role, selfId: comes }: ReverseConnection) => {
    const taken = role === 'Universal' ? ['API', 'Event'] : [role];
    const isOther = selfId !== undefined && comes !== undefined && comes !== selfId;
    if (isOver || signal.aborted || isOther) {
      webSocket.resume();
      return webSocket.close(1008, isOther ? 'another account' : 'later');
    }
    const socket = new OneBotSocket(webSocket, toSocketOptions(parts));
    sockets.push(socket);
    void socket.closed.then((error) => {
      // Who comes from now on is for the next run.
      isOver = true;
      closed.resolve(error);
    });
    if (taken.some((one) => roles.has(one))) {
      return closed.resolve(new OneBotError('onebot-closed', 'the implementation has connected once more'));
    }
    selfId ??= comes;
    for (const one of taken) roles.add(one);
    if (roles.has('API') && taken.includes('API')) calls.resolve(socket);
    if (roles.has('Event')) events.resolve();
  };

  const close = async () => {
    isOver = true;
    await Promise.all(sockets.map((socket) => socket[Symbol.asyncDispose]()));
  };
  port.http.serve({
    async upgrade(request, socket, head) {
      const connection = await server.take(request, socket, head);
      if (connection) take(connection);
      else port.log.warn({}, 'somebody who came in as the implementation was refused: compare the token');
    },
  });
  port.state({ phase: 'waiting', message: 'waits for the implementation to connect to /in/ACCOUNT/' });
  // While nobody is there nothing can be silent.
  const ended = closed.promise.then((error) => Promise.reject(error));
  try {
    const both = Promise.all([calls.promise, events.promise]).then(([socket]) => socket);
    const client = await orAborted(Promise.race([both, ended]), signal);
    return {
      client,
      closed: closed.promise,
      pause: (isPaused) => {
        for (const socket of sockets)
          if (isPaused) socket.pause();
          else socket.resume();
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  } finally {
    ended.catch(() => {
      // It is told by `closed`.
    });
  }
}
