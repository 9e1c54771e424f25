/** The service as gRPC calls it: every method, with who may call it and what becomes of errors. */
import type { Metadata, sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { toError } from '../../hub/clock.ts';
import type { Log } from '../../hub/log.ts';
import type { Door, ReadingCall, UnaryCall, Visitor, WritingCall } from './door.ts';
import { Failure, toWireError, type WireError } from './failure.ts';
import type { Handler, Handlers } from './methods/method.ts';
import { createMessage, grpc, puppetService, readMessage, type Fields, type Message } from './protobuf.ts';

export interface ServiceParts {
  door: Door;
  log: Log;
  unary: Handlers;
  /** Those that answer with many messages; resolve when the last was written, with what is to be told behind it. */
  writing: Readonly<
    Record<string, (call: WritingCall, visitor: Visitor) => Promise<Metadata | undefined | void>>
  >;
  /** Those that are asked with many messages. */
  reading: Readonly<Record<string, (call: ReadingCall, visitor: Visitor) => Promise<Fields>>>;
}

export function createService(parts: ServiceParts): UntypedServiceImplementation {
  const { unary, writing, reading } = parts;
  const methods = Object.entries(puppetService).map(([name, { requestStream, responseStream }]) => {
    if (responseStream) return [name, createWriter(name, writing[name], parts)];
    if (requestStream) return [name, createReader(name, reading[name], parts)];
    return [name, createUnary(name, unary[name], parts)];
  });
  return Object.fromEntries(methods) as UntypedServiceImplementation;
}

function createUnary(name: string, handler: Handler | undefined, { door, log }: ServiceParts) {
  return (call: UnaryCall, callback: sendUnaryData<Message>): void => {
    void (async () => {
      try {
        const visitor = await door.visitor(call);
        if (!handler) throw refuse(name);
        callback(null, toResponse(name, await handler(readMessage(call.request), visitor)));
      } catch (error) {
        callback(explain(name, error, log));
      }
    })();
  };
}

function createReader(
  name: string,
  handler: ServiceParts['reading'][string] | undefined,
  { door, log }: ServiceParts,
) {
  return (call: ReadingCall, callback: sendUnaryData<Message>): void => {
    void (async () => {
      try {
        const visitor = await door.visitor(call);
        if (!handler) throw refuse(name);
        callback(null, toResponse(name, await handler(call, visitor)));
      } catch (error) {
        // What is still on its way is of no use.
        call.on('error', () => {});
        call.resume();
        callback(explain(name, error, log));
      }
    })();
  };
}

function createWriter(
  name: string,
  handler: ServiceParts['writing'][string] | undefined,
  { door, log }: ServiceParts,
) {
  return (call: WritingCall): void => {
    call.on('error', () => {
      // The status is sent by it, or the bot has gone; both end what is served.
    });
    void (async () => {
      try {
        const visitor = await door.visitor(call);
        if (!handler) throw refuse(name);
        call.end((await handler(call, visitor)) ?? undefined);
      } catch (error) {
        call.emit('error', explain(name, error, log));
      }
    })();
  };
}

function refuse(name: string): Failure {
  return new Failure('UNIMPLEMENTED', `hutong cannot do ${name} on any network`);
}

function toResponse(name: string, fields: Fields): Message {
  return createMessage(`${name[0]!.toUpperCase()}${name.slice(1)}Response`, fields);
}

function explain(name: string, error: unknown, log: Log): WireError {
  const known = toWireError(error);
  if (known) return known;
  log.error({ err: toError(error), method: name }, 'a call of a Wechaty bot failed');
  return { code: grpc.status.INTERNAL, details: 'the hub made a mistake; its log says which' };
}
