// One XML stream on one socket: elements in, text out. It joins what is written in one turn of the event loop into
// one write, reads elements one by one while the stream is negotiated and hands them on afterwards, and turns every
// way a stream can end into one typed error.
import type { Socket } from 'node:net';
import { within } from './deadline.ts';
import { xml, type XmlElement } from './element.ts';
import { StreamError, XmlRefusedError, XmppError } from './errors.ts';
import { NS } from './namespaces.ts';
import { StreamParser, type ParserLimits, type StreamDialect } from './parse.ts';
import { escapeAttribute, serialise } from './serialise.ts';

/** Text waiting for the end of the turn is written at once when it grows beyond this. */
const JOINED_WRITE_CHARACTERS = 64 * 1024;

/**
 * Elements that arrive before anybody asks for them: those that come in one read with the answer to a resumption. More
 * is no well-behaved server.
 */
const BACKLOG_LIMIT = 16_384;

/** Where elements go once the stream is negotiated. */
export type ElementSink = (element: XmlElement, sizeBytes: number) => void;

export class Transport {
  readonly socket: Socket;
  /** Resolves with why the stream ended. Never rejects. */
  readonly ended: Promise<XmppError>;
  /** Called before joined text goes out, to add to it: acknowledgement requests. */
  beforeFlush: (() => string) | undefined;
  readonly #limits: Partial<ParserLimits>;
  readonly #dialect: StreamDialect;
  readonly #resolveEnded: (reason: XmppError) => void;
  #parser: StreamParser;
  #end: XmppError | undefined;
  #backlog: { element: XmlElement; sizeBytes: number }[] = [];
  #sink: ElementSink | undefined;
  #waiter: PromiseWithResolvers<XmlElement> | undefined;
  #header: PromiseWithResolvers<XmlElement> | undefined;
  #joined = '';
  #flushScheduled = false;
  #closing = false;
  readonly #onData = (chunk: Buffer): void => this.#parser.feed(chunk);
  readonly #onError = (error: Error): void => {
    this.#fail(
      new XmppError('xmpp-connection-lost', `the connection broke: ${error.message}`, { cause: error }),
    );
  };
  readonly #onClose = (): void => {
    this.#fail(new XmppError('xmpp-connection-lost', 'the server closed the connection without a goodbye'));
  };

  constructor(socket: Socket, limits: Partial<ParserLimits>, dialect: StreamDialect = {}) {
    this.socket = socket;
    this.#limits = limits;
    this.#dialect = dialect;
    const ended = Promise.withResolvers<XmppError>();
    this.ended = ended.promise;
    this.#resolveEnded = ended.resolve;
    this.#parser = this.#createParser();
    socket.on('data', this.#onData);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    socket.on('end', this.#onClose);
  }

  /** Why the stream ended; undefined while it lives. */
  get end(): XmppError | undefined {
    return this.#end;
  }

  /** More is written than the socket takes at the moment. */
  get congested(): boolean {
    return this.socket.writableNeedDrain;
  }

  /**
   * Opens the stream, or opens it anew after the login, and resolves with the features the server offers.
   *
   * @throws XmppError
   */
  async open(domain: string, limitMs: number, signal: AbortSignal): Promise<XmlElement> {
    const what = `the server of ${domain} opening the stream`;
    await within(this.#openStream(domain, 'version="1.0" xml:lang="en"'), limitMs, what, signal);
    const features = await this.next(limitMs, what, signal);
    if (!features.is('features', NS.stream)) throw unexpected(features, 'the stream features');
    return features;
  }

  /**
   * Opens the stream as a component and resolves with the server's header.
   *
   * @throws XmppError
   * @see XEP-0114 §3
   */
  openComponent(domain: string, limitMs: number, signal: AbortSignal): Promise<XmlElement> {
    return within(this.#openStream(domain, ''), limitMs, `the server opening a stream for ${domain}`, signal);
  }

  /**
   * The next element, while no sink takes them.
   *
   * @param what says what is waited for, for the error
   * @throws XmppError why the stream ended, `xmpp-timeout`, `xmpp-closed`
   */
  next(limitMs: number, what: string, signal: AbortSignal): Promise<XmlElement> {
    const waiting = this.#backlog.shift();
    if (waiting !== undefined) return Promise.resolve(waiting.element);
    if (this.#end !== undefined) return Promise.reject(this.#end);
    this.#waiter = Promise.withResolvers();
    return within(this.#waiter.promise, limitMs, what, signal);
  }

  /** From here on elements go to the sink; those that waited go first. */
  deliverTo(sink: ElementSink): void {
    this.#sink = sink;
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const { element, sizeBytes } of backlog) sink(element, sizeBytes);
  }

  /** Writes XML with the other text of this turn. What is written to an ended stream is dropped; `ended` told why. */
  write(text: string): void {
    if (this.#end !== undefined || this.#closing) return;
    this.#joined += text;
    if (this.#joined.length > JOINED_WRITE_CHARACTERS) this.flush();
    else if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      setImmediate(() => {
        this.#flushScheduled = false;
        this.flush();
      });
    }
  }

  writeElement(element: XmlElement): void {
    this.write(serialise(element));
  }

  /** Writes what is joined so far now. */
  flush(): void {
    if (this.#end !== undefined || this.#joined === '') return;
    const text = this.beforeFlush === undefined ? this.#joined : this.#joined + this.beforeFlush();
    this.#joined = '';
    this.socket.write(text);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /**
   * Lets go of the socket so that TLS can be put on it.
   *
   * @throws XmppError `xmpp-protocol-violation` where the server sent more in the clear: whoever injects text before
   *   the handshake must not have it read as if it came after (CVE-2011-0411)
   */
  release(): Socket {
    if (this.#end !== undefined) throw this.#end;
    this.#parser.stop();
    this.#detach();
    if (this.#backlog.length > 0 || this.socket.readableLength > 0) {
      this.socket.destroy();
      throw new XmppError(
        'xmpp-protocol-violation',
        'the server sent something between agreeing to TLS and starting it',
      );
    }
    return this.socket;
  }

  /** Says goodbye, waits at most `limitMs` for the server's, and closes. Never rejects. */
  async close(limitMs: number): Promise<void> {
    if (this.#end !== undefined) return;
    this.write('</stream:stream>');
    this.flush();
    this.#closing = true;
    const timer = setTimeout(() => this.destroy(new XmppError('xmpp-closed', 'closed')), limitMs);
    await this.ended;
    clearTimeout(timer);
  }

  /** Cuts the connection, for this reason. */
  destroy(reason: XmppError): void {
    this.#fail(reason);
  }

  #openStream(domain: string, attributes: string): Promise<XmlElement> {
    this.#parser.stop();
    this.#parser = this.#createParser();
    this.#header = Promise.withResolvers();
    // The caller's wait is what observes a failure; it may begin after the failure.
    this.#header.promise.catch(() => {});
    this.write(
      `<?xml version='1.0'?><stream:stream to="${escapeAttribute(domain)}" ${attributes} ` +
        `xmlns="${this.#dialect.contentNs ?? NS.client}" xmlns:stream="${NS.stream}">`,
    );
    if (this.#end !== undefined) this.#header.reject(this.#end);
    return this.#header.promise;
  }

  #createParser(): StreamParser {
    return new StreamParser(
      {
        onHeader: (header) => {
          if (!header.is('stream', NS.stream)) {
            this.#fail(unexpected(header, 'a stream header'));
            return;
          }
          this.#header?.resolve(header);
        },
        onElement: (element, sizeBytes) => this.#receive(element, sizeBytes),
        onEnd: () => {
          this.#goodbye();
          this.#fail(new XmppError('xmpp-stream-closed', 'the server ended the stream'));
        },
        onError: (error) => {
          this.#refuse(error);
        },
      },
      this.#limits,
      this.#dialect,
    );
  }

  #receive(element: XmlElement, sizeBytes: number): void {
    if (element.is('error', NS.stream)) {
      this.#goodbye();
      const condition = element
        .elements()
        .find((child) => child.ns === NS.streamError && child.name !== 'text');
      this.#fail(
        new StreamError(
          condition?.name ?? 'undefined-condition',
          element.childText('text', NS.streamError) ?? '',
        ),
      );
      return;
    }
    if (this.#sink !== undefined) {
      this.#sink(element, sizeBytes);
    } else if (this.#waiter !== undefined) {
      this.#waiter.resolve(element);
      this.#waiter = undefined;
    } else if (this.#backlog.length < BACKLOG_LIMIT) {
      this.#backlog.push({ element, sizeBytes });
    } else {
      this.#fail(
        new XmppError('xmpp-protocol-violation', 'the server sends stanzas before the login is done'),
      );
    }
  }

  /** Tells the server what was wrong with its XML before the connection is cut. */
  #refuse(error: XmlRefusedError): void {
    if (this.#end !== undefined) return;
    this.#joined += `<stream:error>${serialise(xml(error.condition, { xmlns: NS.streamError }))}</stream:error>`;
    this.#goodbye();
    this.#fail(error);
  }

  #goodbye(): void {
    if (this.#closing || this.#end !== undefined) return;
    this.#joined += '</stream:stream>';
    this.flush();
  }

  #fail(reason: XmppError): void {
    if (this.#end !== undefined) return;
    this.#end =
      this.#closing && reason.code !== 'xmpp-closed'
        ? new XmppError('xmpp-closed', 'closed', { cause: reason })
        : reason;
    this.#parser.stop();
    this.#detach();
    // What is under way in the socket (a goodbye) is sent, then it is closed; a dead peer is not waited for.
    this.socket.end();
    if (
      reason.code === 'xmpp-stream-closed' ||
      reason instanceof StreamError ||
      reason instanceof XmlRefusedError
    ) {
      const timer = setTimeout(() => this.socket.destroy(), LINGER_MS);
      timer.unref();
      this.socket.once('close', () => clearTimeout(timer));
      this.socket.resume();
    } else {
      this.socket.destroy();
    }
    this.#waiter?.reject(this.#end);
    this.#waiter = undefined;
    this.#header?.reject(this.#end);
    this.#resolveEnded(this.#end);
  }

  #detach(): void {
    this.socket
      .off('data', this.#onData)
      .off('error', this.#onError)
      .off('close', this.#onClose)
      .off('end', this.#onClose);
    // The stream is over or another owner takes the socket: a late error of the old one tells nothing new.
    if (this.#end !== undefined) this.socket.on('error', () => {});
  }
}

/** How long the last bytes of a stream may take to leave. */
const LINGER_MS = 1000;

/** The error for an element that the protocol does not have at this place. */
export function unexpected(element: XmlElement, expected: string): XmppError {
  return new XmppError(
    'xmpp-protocol-violation',
    `the server sent <${element.name} xmlns="${element.ns}"/> where ${expected} should be`,
  );
}
