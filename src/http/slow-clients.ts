/**
 * The watch over clients that send or read so slowly that they only hold a connection. A body may take as long as it
 * likes if it comes at a fair pace, as a large upload does; an answer may wait as long as there is nothing to send.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Cancel, Clock } from '../hub/clock.ts';
import { refuseSocket } from './error-pages.ts';

export interface Pace {
  /** How often it is looked at. */
  lookEveryMs: number;
  /** A body has so long before its pace counts. */
  bodyGraceMs: number;
  /** From then on it has to come at least so fast, on average. */
  bodyBytesPerSecond: number;
  /** How long a client may take nothing of an answer that waits for it. */
  stallMs: number;
  /** How long the rest of a body is read that nobody wants any more, so that its sender reads the answer. */
  lingerMs: number;
}

export const defaultPace: Pace = {
  lookEveryMs: 1_000,
  bodyGraceMs: 20_000,
  bodyBytesPerSecond: 4_096,
  stallMs: 60_000,
  lingerMs: 5_000,
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  socket: Socket;
  /** When the pace of the body began to count, moved on while it is we who do not read. */
  bodySinceMs: number;
  bodyFrom: number;
  takenBytes: number;
  takenAtMs: number;
  answeredAtMs: number | undefined;
}

export class SlowClients {
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #exchanges = new Set<Exchange>();
  #cancel: Cancel | undefined;

  constructor(clock: Clock, pace: Pace) {
    this.#clock = clock;
    this.#pace = pace;
  }

  /** Watches a request and its answer until both are over. */
  watch(request: IncomingMessage, response: ServerResponse): void {
    const nowMs = this.#clock.monotonicMs();
    const { socket } = request;
    const exchange: Exchange = {
      request,
      response,
      socket,
      bodySinceMs: nowMs,
      bodyFrom: socket.bytesRead,
      takenBytes: takenOf(socket),
      takenAtMs: nowMs,
      answeredAtMs: undefined,
    };
    this.#exchanges.add(exchange);
    response.once('close', () => {
      if (request.complete || socket.destroyed) this.#exchanges.delete(exchange);
    });
    this.#cancel ??= this.#clock.after(this.#pace.lookEveryMs, () => this.#look());
  }

  close(): void {
    this.#cancel?.();
    this.#exchanges.clear();
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const exchange of this.#exchanges) {
      if (this.#isOver(exchange)) this.#exchanges.delete(exchange);
      else this.#judge(exchange, nowMs);
    }
    this.#cancel =
      this.#exchanges.size === 0 ? undefined : this.#clock.after(this.#pace.lookEveryMs, () => this.#look());
  }

  #isOver({ request, response, socket }: Exchange): boolean {
    return socket.destroyed || (request.complete && response.writableFinished);
  }

  #judge(exchange: Exchange, nowMs: number): void {
    const { request, response, socket } = exchange;
    const { lookEveryMs, bodyGraceMs, bodyBytesPerSecond, stallMs, lingerMs } = this.#pace;
    const taken = takenOf(socket);
    if (taken !== exchange.takenBytes || socket.writableLength === 0) {
      exchange.takenBytes = taken;
      exchange.takenAtMs = nowMs;
    }
    if (nowMs - exchange.takenAtMs >= stallMs) {
      socket.destroy();
      return;
    }
    if (request.complete) return;
    if (response.writableFinished) {
      exchange.answeredAtMs ??= nowMs;
      if (nowMs - exchange.answeredAtMs >= lingerMs) socket.destroy();
      return;
    }
    if (request.readableLength > 0) exchange.bodySinceMs += lookEveryMs;
    const countedMs = nowMs - exchange.bodySinceMs - bodyGraceMs;
    const wanted = (countedMs / 1000) * bodyBytesPerSecond;
    if (countedMs < 0 || socket.bytesRead - exchange.bodyFrom >= wanted) return;
    if (response.headersSent) socket.destroy();
    else refuseSocket(socket, 408);
  }
}

/** How much the other side has taken so far. */
function takenOf(socket: Socket): number {
  return (socket.bytesWritten ?? 0) - socket.writableLength;
}
