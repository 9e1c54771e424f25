/**
 * One call of a bot, which may outlive the hub that it was first made of. The stream of events goes on with the next hub,
 * where the last one stopped. Any other call is made again as long as the bot was given nothing of an answer and its request
 * is short enough to be kept; the hub knows by its id whether it was done before. A short answer is given when it is whole:
 * a bot that got the beginning of one asks no more, and would miss the message that it asked for. The others end with
 * UNAVAILABLE: whether they were done is not known.
 */
import { randomUUID } from 'node:crypto';
import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { METADATA, PRIVATE_PREFIX } from './agreement.ts';
import { MarkedMessages } from './mark.ts';

const eventPath = '/wechaty.Puppet/Event';
/** Of a request; longer ones are not made again. Of an answer; what is longer is given as it comes. */
const keptLimitBytes = 64 * 1024;
/** How often a call is made: one that ends every hub must not end them for ever. */
const tryLimit = 3;
/** @see https://grpc.io/docs/guides/status-codes/ */
const UNAVAILABLE = '14';

export interface CallOptions {
  /** It waits for another hub than this. */
  readonly onLost: (call: Call, session: ClientHttp2Session) => void;
}

export class Call {
  readonly #bot: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #options: CallOptions;
  readonly #id = randomUUID();
  /** Only of the stream of events. */
  readonly #events: MarkedMessages | undefined;
  #hub: ClientHttp2Stream | undefined;
  #tries = 0;
  /** What was read of the request; undefined where it was too much. */
  #kept: Buffer[] | undefined = [];
  #keptBytes = 0;
  #isAsked = false;

  constructor(bot: ServerHttp2Stream, headers: IncomingHttpHeaders, options: CallOptions) {
    this.#bot = bot;
    this.#headers = headers;
    this.#options = options;
    this.#events = headers[':path'] === eventPath ? new MarkedMessages() : undefined;
    bot.once('close', () => this.#hub?.close(constants.NGHTTP2_CANCEL));
  }

  /** Makes it of a hub, from its beginning. */
  make(session: ClientHttp2Session): void {
    if (this.#isOver) return;
    const isFirst = this.#tries === 0;
    this.#tries += 1;
    const told = this.#events?.last;
    const hub = session.request({
      ...withoutPrivate(this.#headers),
      [METADATA.call]: this.#id,
      ...(told !== undefined && { [METADATA.told]: told }),
    });
    this.#hub = hub;
    this.#listen(hub, session);
    for (const piece of this.#kept ?? []) hub.write(piece);
    if (this.#isAsked) hub.end();
    else if (isFirst) this.#read();
    else this.#bot.resume();
  }

  /** Ends it with UNAVAILABLE. */
  refuse(details: string): void {
    if (this.#isOver) return;
    this.#hub = undefined;
    const status = { 'grpc-status': UNAVAILABLE, 'grpc-message': details };
    if (this.#bot.headersSent) return this.#end(status);
    const type = { ':status': 200, 'content-type': 'application/grpc+proto' };
    this.#bot.respond({ ...type, ...status }, { endStream: true });
    this.#leave();
  }

  get #isOver(): boolean {
    return this.#bot.destroyed || this.#bot.closed || this.#bot.writableEnded;
  }

  #read(): void {
    const bot = this.#bot;
    bot.on('data', (piece: Buffer) => {
      this.#keptBytes += piece.length;
      if (this.#keptBytes > keptLimitBytes) this.#kept = undefined;
      else this.#kept?.push(piece);
      if (this.#hub?.writable && !this.#hub.write(piece)) bot.pause();
    });
    bot.on('end', () => {
      this.#isAsked = true;
      this.#hub?.end();
    });
  }

  #listen(hub: ClientHttp2Stream, session: ClientHttp2Session): void {
    const bot = this.#bot;
    const ifStill = <Values extends unknown[]>(act: (...values: Values) => void) => {
      return (...values: Values) => {
        if (this.#hub === hub && !this.#isOver) act(...values);
      };
    };
    const lose = () => this.#lose(session);
    /** What of this hub's answer the bot was not given yet. */
    let held: { headers: IncomingHttpHeaders; pieces: Buffer[]; bytes: number } | undefined;
    const give = () => {
      if (!held) return;
      const { headers, pieces } = held;
      held = undefined;
      bot.respond(withoutPrivate(headers), { waitForTrailers: true });
      for (const piece of pieces) bot.write(piece);
    };
    const end = (status: IncomingHttpHeaders) => {
      this.#hub = undefined;
      if (!this.#isAsked) hub.close(constants.NGHTTP2_CANCEL);
      if (this.#events && METADATA.hold in status) return lose();
      give();
      this.#end(withoutPrivate(status));
    };
    let trailers: IncomingHttpHeaders | undefined;
    hub.on('error', () => {
      // It is closed then, which is listened to.
    });
    hub.on('drain', () => bot.resume());
    hub.on(
      'response',
      ifStill((headers: IncomingHttpHeaders, flags: number) => {
        const isAll = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
        if (isAll && bot.headersSent) return end(headers);
        if (bot.headersSent) return;
        if (isAll) {
          bot.respond(withoutPrivate(headers), { endStream: true });
          return this.#leave();
        }
        held = { headers, pieces: [], bytes: 0 };
        if (this.#events) give();
      }),
    );
    hub.on(
      'data',
      ifStill((piece: Buffer) => {
        if (held) {
          held.pieces.push(piece);
          held.bytes += piece.length;
          if (held.bytes > keptLimitBytes) give();
          return;
        }
        const passed = this.#events ? this.#events.take(piece) : piece;
        if (passed.length === 0 || bot.write(passed)) return;
        hub.pause();
        bot.once('drain', () => hub.resume());
      }),
    );
    hub.on('trailers', (headers) => {
      trailers = headers;
    });
    hub.on(
      'end',
      ifStill(() => trailers && end(trailers)),
    );
    hub.on(
      'close',
      ifStill(() => {
        const isHubGone =
          session.closed || session.destroyed || hub.rstCode === constants.NGHTTP2_REFUSED_STREAM;
        if (isHubGone) lose();
        else bot.close(hub.rstCode);
      }),
    );
  }

  #lose(session: ClientHttp2Session): void {
    this.#hub = undefined;
    this.#events?.cut();
    const isUnanswered = !this.#bot.headersSent && this.#tries < tryLimit;
    if (!this.#kept || (!this.#events && !isUnanswered)) {
      return this.refuse('the hub ended meanwhile; whether this was done is not known');
    }
    this.#bot.pause();
    this.#options.onLost(this, session);
  }

  /** With trailers, after what was answered. */
  #end(trailers: OutgoingHttpHeaders): void {
    const bot = this.#bot;
    const sent = Object.entries(trailers).filter(([name]) => !name.startsWith(':'));
    bot.once('wantTrailers', () => {
      bot.sendTrailers(Object.fromEntries(sent));
      this.#leave();
    });
    bot.end();
  }

  /** All was answered; what is still on its way is of no use. @see RFC 9113, section 8.1 */
  #leave(): void {
    this.#bot.resume();
    if (!this.#isAsked) setImmediate(() => this.#bot.close(constants.NGHTTP2_NO_ERROR));
  }
}

function withoutPrivate(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith(PRIVATE_PREFIX));
  return Object.fromEntries(kept);
}
