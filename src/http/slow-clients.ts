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
  /** How long a client may take nothing of what waits for it. */
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

/** How much of what it is sent a client has taken. */
interface Taking {
  bytes: number;
  /** When that last grew, or nothing waited. */
  atMs: number;
}

/** A body that is on its way. */
interface Body {
  request: IncomingMessage;
  response: ServerResponse;
  /** Of its own: a request that is destroyed before all of it came has none any more. */
  socket: Socket;
  /** When its pace began to count, moved on while it is we who do not read. */
  sinceMs: number;
  /** How many bytes its connection had read before. */
  from: number;
  answeredAtMs: number | undefined;
}

export class SlowClients {
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #connections = new Map<Socket, Taking>();
  readonly #bodies = new Set<Body>();
  #cancel: Cancel | undefined;

  constructor(clock: Clock, pace: Pace) {
    this.#clock = clock;
    this.#pace = pace;
  }

  /** Watches what a connection takes, whatever it is used for, until it is closed. */
  watchConnection(socket: Socket): void {
    this.#connections.set(socket, { bytes: takenOf(socket), atMs: this.#clock.monotonicMs() });
    socket.once('close', () => this.#connections.delete(socket));
    this.#cancel ??= this.#clock.after(this.#pace.lookEveryMs, () => this.#look());
  }

  /** Watches a request's body until all of it is there; nothing where there is none. */
  watchBody(request: IncomingMessage, response: ServerResponse): void {
    const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
    if (length === '0' && coding === undefined) return;
    this.#bodies.add({
      request,
      response,
      socket: request.socket,
      sinceMs: this.#clock.monotonicMs(),
      from: request.socket.bytesRead,
      answeredAtMs: undefined,
    });
  }

  close(): void {
    this.#cancel?.();
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [socket, taking] of this.#connections) this.#judgeTaking(socket, taking, nowMs);
    for (const body of this.#bodies) {
      if (body.request.complete || body.socket.destroyed) this.#bodies.delete(body);
      else this.#judgeBody(body, nowMs);
    }
    this.#cancel =
      this.#connections.size === 0
        ? undefined
        : this.#clock.after(this.#pace.lookEveryMs, () => this.#look());
  }

  #judgeTaking(socket: Socket, taking: Taking, nowMs: number): void {
    const bytes = takenOf(socket);
    if (bytes !== taking.bytes || socket.writableLength === 0) {
      taking.bytes = bytes;
      taking.atMs = nowMs;
    } else if (nowMs - taking.atMs >= this.#pace.stallMs) {
      socket.destroy();
    }
  }

  #judgeBody(body: Body, nowMs: number): void {
    const { request, response, socket } = body;
    const { lookEveryMs, bodyGraceMs, bodyBytesPerSecond, lingerMs } = this.#pace;
    if (response.writableFinished) {
      body.answeredAtMs ??= nowMs;
      if (nowMs - body.answeredAtMs >= lingerMs) socket.destroy();
      return;
    }
    if (request.readableLength > 0) body.sinceMs += lookEveryMs;
    const countedMs = nowMs - body.sinceMs - bodyGraceMs;
    const wantedBytes = (countedMs / 1000) * bodyBytesPerSecond;
    if (countedMs < 0 || socket.bytesRead - body.from >= wantedBytes) return;
    if (response.headersSent) socket.destroy();
    else refuseSocket(socket, 408);
  }
}

/** How much the other side has taken so far. */
function takenOf(socket: Socket): number {
  return socket.bytesWritten - socket.writableLength;
}
