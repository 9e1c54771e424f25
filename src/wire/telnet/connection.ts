/**
 * One client of the line protocol. Its lines are read no faster than they are handled and flood control lets them,
 * by leaving bytes in the kernel, never by dropping a line. A client that does not read what it is sent is given
 * up, rather than all of it kept in memory.
 */
import type { Socket } from 'node:net';
import type { Broadcast } from './broadcast.ts';
import type { EncodingName } from './encoding.ts';
import { LineSplitter } from './line-splitter.ts';
import { TelnetFilter } from './negotiation.ts';
import type { OutputTurn } from './output.ts';
import type { Timers } from './timers.ts';
import { type FloodLimits, TokenBucket } from './token-bucket.ts';
import { ConnectionWriter } from './writer.ts';

export interface ConnectionLimits {
  /** The longest line read, its end not counted. */
  lineBytes: number;
  /** How much may wait for a client that does not read; beyond it the client is given up. */
  backlogBytes: number;
  /** How fast lines are read; a token is a line, or each `floodTokenBytes` begun of a long one. Missing is no limit. */
  flood?: FloodLimits;
}

/** What is told about a client, one call at a time, in order. None may throw or reject. */
export interface ConnectionHandler {
  /** A line, without its end. A promise holds back the lines after it until it is settled. */
  line(text: string): Promise<void> | undefined;
  /** A line over the limit, or one that is not in the connection's encoding, was left out. */
  unreadable(line: { reason: 'too-long' } | { reason: 'not-decodable'; bytes: Buffer }): void;
  /** Nothing was typed for the time set by `setIdleLimit`; told once each time. */
  idle(): void;
  /** The client does not read and will be given up. Answers the last words to it. */
  tooSlow(): string;
  /**
   * No line comes any more: the client closed its side, the connection broke, or `end` was called. Told once, last.
   * Call `end` when all that was read is answered.
   */
  closed(): void;
}

/** Of a long line, each of so many bytes begun counts as a line of its own for flood control. */
const floodTokenBytes = 16_384;
/** How long the last words may take to reach a client before the socket is destroyed. */
const lingerMs = 5000;
/** Time until the first probe of a silent client, so that a broken connection is noticed. */
const keepAliveMs = 60_000;

export class TelnetConnection {
  readonly #socket: Socket;
  readonly #timers: Timers;
  readonly #writer: ConnectionWriter;
  readonly #filter: TelnetFilter;
  readonly #splitter: LineSplitter;
  readonly #bucket: TokenBucket | undefined;
  #handler: ConnectionHandler | undefined;

  /** A line is being handled that holds back the next ones. */
  #held = false;
  /** Set while flood control holds lines back; calls that off. */
  #cancelWait: (() => void) | undefined;
  #paused = false;
  /** All that the client will ever send has been read. */
  #inputOver = false;
  /** Ended from this side: nothing more is handled or written. */
  #ending = false;
  #closedTold = false;
  #heardAtMs: number;
  #cancelIdle: (() => void) | undefined;

  constructor(socket: Socket, output: OutputTurn, limits: ConnectionLimits, timers: Timers) {
    this.#socket = socket;
    this.#timers = timers;
    this.#writer = new ConnectionWriter({
      socket,
      output,
      backlogBytes: limits.backlogBytes,
      tooSlow: () => this.end(this.#handler?.tooSlow()),
    });
    this.#filter = new TelnetFilter((bytes) => this.#writer.writeBytes(bytes));
    this.#splitter = new LineSplitter(limits.lineBytes);
    this.#bucket = limits.flood ? new TokenBucket(limits.flood, timers) : undefined;
    this.#heardAtMs = timers.monotonicMs();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveMs);
    socket.on('error', () => {
      // A connection that breaks is one that closes: 'close' follows and is told as such.
    });
  }

  /** Where the client is, for the log. */
  get remoteAddress(): string {
    return `${this.#socket.remoteAddress ?? 'unknown'}:${this.#socket.remotePort ?? 0}`;
  }

  get encoding(): EncodingName {
    return this.#writer.encoding.name;
  }

  /** In which encoding it reads and writes from now on; UTF-8 at first. */
  setEncoding(name: EncodingName): void {
    this.#writer.setEncoding(name);
  }

  /** Begins to read. */
  start(handler: ConnectionHandler): void {
    this.#handler = handler;
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('end', () => this.#finishInput());
    this.#socket.on('close', () => {
      this.#inputOver = true;
      this.#stopWaiting();
      this.#pump();
    });
  }

  /** After so long without a line `idle` is told; `undefined` is never. Begins to count anew. */
  setIdleLimit(limitMs: number | undefined): void {
    this.#cancelIdle?.();
    this.#cancelIdle = undefined;
    this.#heardAtMs = this.#timers.monotonicMs();
    if (limitMs !== undefined && !this.#closedTold) this.#watchIdle(limitMs);
  }

  /** Writes text, whole lines with their ends, to this client alone. */
  write(text: string): void {
    this.#writer.write(text);
  }

  /** Leaves its group and enters another: what the first was shown until now is still shown. */
  enter(group: Broadcast | undefined): void {
    this.#writer.enter(group);
  }

  /** Writes what is pending and these last words, then closes. No line is handled any more. */
  end(lastWords = ''): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#writer.write(lastWords);
    this.#writer.end();
    this.#stopWaiting();
    if (!this.#socket.closed) {
      this.#socket.end();
      const cancel = this.#timers.after(lingerMs, () => this.#socket.destroy());
      this.#socket.once('close', cancel);
      // What the client still sends is read and left, so that its end is seen.
      this.#socket.resume();
    }
    this.#pump();
  }

  #read(chunk: Buffer): void {
    if (this.#ending) return;
    this.#splitter.push(this.#filter.text(chunk));
    this.#pump();
  }

  #finishInput(): void {
    this.#inputOver = true;
    this.#pump();
  }

  /** Handles lines for as long as nothing holds them back; then reads on, or says that there are no more. */
  #pump(): void {
    while (!this.#ending) {
      if (this.#held || this.#cancelWait) break;
      if (!this.#splitter.waiting) break;
      if (this.#mustWait()) break;
      const line = this.#splitter.next();
      if (line !== undefined) this.#handle(line);
    }
    if (this.#ending) return this.#tellClosed();
    const mayRead = !this.#held && !this.#cancelWait;
    if (mayRead && this.#inputOver) return this.#tellClosed();
    if (mayRead === this.#paused) {
      this.#paused = !mayRead;
      if (mayRead) this.#socket.resume();
      else this.#socket.pause();
    }
  }

  #handle(line: Buffer | 'too-long'): void {
    const handler = this.#handler;
    if (!handler) return;
    if (line === 'too-long') {
      this.#bucket?.take(1);
      handler.unreadable({ reason: 'too-long' });
      return;
    }
    this.#bucket?.take(1 + Math.floor(line.length / floodTokenBytes));
    this.#heardAtMs = this.#timers.monotonicMs();
    const text = this.#writer.encoding.decode(line);
    if (text === undefined) {
      handler.unreadable({ reason: 'not-decodable', bytes: line });
      return;
    }
    const settled = handler.line(text);
    if (!settled) return;
    this.#held = true;
    void settled.then(() => {
      this.#held = false;
      this.#pump();
    });
  }

  /** Flood control: whether the next line has to wait. Of a broken connection all that was read is handled now. */
  #mustWait(): boolean {
    if (!this.#bucket || this.#socket.destroyed) return false;
    const waitMs = this.#bucket.waitMs();
    if (waitMs === 0) return false;
    this.#cancelWait = this.#timers.after(waitMs, () => {
      this.#cancelWait = undefined;
      this.#pump();
    });
    return true;
  }

  #stopWaiting(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  #tellClosed(): void {
    if (this.#closedTold) return;
    this.#closedTold = true;
    this.setIdleLimit(undefined);
    this.#handler?.closed();
  }

  #watchIdle(limitMs: number): void {
    const silentMs = this.#timers.monotonicMs() - this.#heardAtMs;
    this.#cancelIdle = this.#timers.after(Math.max(limitMs - silentMs, 1), () => {
      if (this.#timers.monotonicMs() - this.#heardAtMs < limitMs) return this.#watchIdle(limitMs);
      this.#handler?.idle();
    });
  }
}
