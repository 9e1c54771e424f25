/** How the implementation is reached, of three ways: behind this all are the same. */
import { connectOneBot } from '../../wire/onebot11/connect.ts';
import { openHttp } from './http-transport.ts';
import { openReverse } from './reverse-transport.ts';
import { toSocketOptions, type Transport, type TransportParts } from './transport.ts';

/** @throws OneBotError, or the signal's reason */
export async function openTransport(parts: TransportParts): Promise<Transport> {
  const { config, signal } = parts;
  if (config.http) return openHttp(parts, config.http);
  if (config.reverse) return openReverse(parts);
  const socket = await connectOneBot({
    ...toSocketOptions(parts),
    url: config.url ?? '',
    token: config.token,
    signal,
  });
  return {
    client: socket,
    closed: socket.closed,
    pause: (isPaused) => (isPaused ? socket.pause() : socket.resume()),
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}
