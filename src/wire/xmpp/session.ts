// One account's XMPP session: it logs in, lives across several TCP connections so that XEP-0198 can resume it, and
// hands stanzas both ways. It makes one attempt at a time and never retries by itself: when and how often to try
// again is the owner's decision, made in one place for every network.
import { AnswerLine } from './answering.ts';
import { within } from './deadline.ts';
import { answerBasics, DEFAULT_DISCO } from './disco.ts';
import { isStanza, xml, type XmlElement } from './element.ts';
import { XmlRefusedError, XmppError } from './errors.ts';
import {
  bindResource,
  enableStreamManagement,
  parseCount,
  requestResume,
  type ResumeToken,
  type StepOptions,
} from './establish.ts';
import { InboundQueue, type InboundTask } from './inbound.ts';
import { IqTable, type IqHandler, type IqRequestOptions } from './iq.ts';
import { parseJid, type Jid } from './jid.ts';
import type { LogFunction } from './log.ts';
import { logInAnywhere } from './log-in-anywhere.ts';
import { NS } from './namespaces.ts';
import { OutboundQueue, type Outcome } from './outbound.ts';
import { resolveServers } from './resolve.ts';
import { Responder } from './responder.ts';
import { serialise } from './serialise.ts';
import {
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  type Connected,
  type ServerAddress,
  type SessionLimits,
  type SessionTimeouts,
  type StreamEnd,
  type XmppSessionOptions,
} from './session-options.ts';
import { SessionStream } from './session-stream.ts';
import type { Transport } from './transport.ts';

/** While an answer is awaited, reading goes on until this many times the limits, or a handler could wait for ever. */
const HARD_LIMIT_FACTOR = 4;

/** The server gets at least this long for its goodbye. */
const MIN_GOODBYE_MS = 100;

/**
 * A session. The owner calls `connect`, awaits `ended`, and calls `connect` again for as long as it likes.
 *
 * @see RFC 6120, XEP-0198
 */
export class XmppSession {
  /** The account's bare address. */
  readonly account: Jid;
  readonly #options: XmppSessionOptions;
  readonly #resource: string;
  readonly #limits: SessionLimits;
  readonly #timeouts: SessionTimeouts;
  readonly #log: LogFunction;
  readonly #outbound: OutboundQueue;
  readonly #inbound: InboundQueue;
  readonly #iqs: IqTable;
  readonly #answers: AnswerLine;
  #stream: SessionStream | undefined;
  #token: ResumeToken | undefined;
  #jid: Jid | undefined;
  #sentLimitBytes: number;
  #connecting = false;
  /** As `onReading` was told. */
  #isReading = true;
  #ended: Promise<StreamEnd> | undefined;
  #lastEnd = new XmppError('xmpp-not-connected', 'never connected');

  /** @throws XmppError `xmpp-jid-malformed` */
  constructor(options: XmppSessionOptions) {
    const jid = parseJid(options.jid);
    if (jid.local === '' && options.establish === undefined) {
      throw new XmppError(
        'xmpp-jid-malformed',
        `"${options.jid}" is no account: nothing stands before an "@"`,
      );
    }
    this.account = jid.bare;
    this.#options = options;
    this.#resource = options.resource ?? jid.resource;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#sentLimitBytes = this.#limits.sentStanzaBytes;
    this.#log = options.log ?? (() => {});
    this.#outbound = new OutboundQueue(
      { stanzas: this.#limits.unacknowledgedStanzas, bytes: this.#limits.unacknowledgedBytes },
      {
        write: (text, awaited) => this.#write(text, awaited),
        full: () => this.#stream?.management?.askOnce(),
      },
    );
    this.#inbound = new InboundQueue({
      failed: (error) => this.#handlerFailed(error),
      drained: () => {
        this.#stream?.resume();
        this.#setReading(true);
      },
      counted: (count) => this.#stream?.management?.counted(count),
    });
    this.#iqs = new IqTable(this.#log);
    this.#answers = new AnswerLine(
      new Responder({
        program: options,
        iqs: this.#iqs,
        log: this.#log,
        manyAddresses: options.establish !== undefined,
        send: (answer) => this.#enqueue(answer),
      }),
    );
    answerBasics(this.#iqs, options.disco ?? DEFAULT_DISCO);
  }

  /** The full address while a stream is open or can be resumed. */
  get jid(): Jid | undefined {
    return this.#jid;
  }

  /** A stream is open. */
  get connected(): boolean {
    return this.#stream !== undefined;
  }

  /** Stanzas sent or waiting that the server has not acknowledged. */
  get unacknowledged(): number {
    return this.#outbound.length;
  }

  /**
   * Makes one attempt: address, TCP, TLS, login, then resume or bind. Aborting the signal ends the attempt; once
   * connected it has no further effect. Before anything else it waits for the handler that is still at work.
   *
   * @throws XmppError with any code of the way to a stream; `terminal` where retrying cannot help
   */
  async connect(signal: AbortSignal): Promise<Connected> {
    if (this.#stream !== undefined || this.#connecting)
      throw new Error('connect() while a connection is open');
    this.#connecting = true;
    try {
      return await this.#connect(signal);
    } catch (error) {
      if (error instanceof XmppError) this.#lastEnd = error;
      throw error;
    } finally {
      this.#connecting = false;
    }
  }

  /** Resolves when the connection that `connect` last made has ended. Never rejects; never resolves before there was one. */
  get ended(): Promise<StreamEnd> {
    return this.#ended ?? new Promise(() => {});
  }

  /**
   * Sends a stanza, in order with the others; its id is the caller's business. Resolves when it has a place in the
   * bounded queue: at once, or when there is room. While a resumable session is away it is kept and sent after the
   * resume.
   *
   * @throws XmppError `xmpp-not-connected` (not sent), `xmpp-stanza-too-large`, `xmpp-element-invalid`
   */
  async send(stanza: XmlElement): Promise<void> {
    return this.#enqueue(stanza);
  }

  /**
   * Like `send`, but resolves when the server acknowledged the stanza (as soon as it is written where the server has no
   * XEP-0198).
   *
   * @throws XmppError `xmpp-not-connected` (surely not sent), `xmpp-outcome-unknown` (the stream was lost for good
   *   with the stanza under way), `xmpp-stanza-too-large`, `xmpp-element-invalid`
   */
  sendAcked(stanza: XmlElement): Promise<void> {
    return new Promise((resolve, reject) => {
      // A refusal of the queue tells the outcome too; the first of the two counts and they say the same.
      this.#enqueue(stanza, { acknowledged: resolve, lost: reject }).catch(reject);
    });
  }

  /**
   * Sends an IQ request and resolves with the result. The id is made here. An answer counts on arrival, before the
   * messages ahead of it went through `onStanza`, so that a handler may await an IQ; see `collect` for results that
   * come as messages before the answer (MAM).
   *
   * @throws IqError, IqTimeout, XmppError `xmpp-not-connected`, `xmpp-outcome-unknown`, `xmpp-closed`
   */
  iq(request: XmlElement, options: IqRequestOptions = {}): Promise<XmlElement> {
    return this.#iqs.request(request, options.timeoutMs ?? this.#timeouts.iqMs, options, (stanza) =>
      this.#enqueue(stanza),
    );
  }

  /**
   * Answers IQ requests of one namespace, in place of whoever did before. Handlers run as requests arrive, beside
   * `onStanza`.
   *
   * @returns takes the handler away
   */
  onIq(namespace: string, handler: IqHandler): () => void {
    return this.#iqs.handle(namespace, handler);
  }

  /**
   * Ends the session: waits, for a bounded time, until the server acknowledged what was sent, says goodbye and
   * closes. What was never acknowledged rejects as `sendAcked` says. Never rejects.
   */
  async close(): Promise<void> {
    const stream = this.#stream;
    this.#token = undefined;
    if (stream !== undefined) {
      const deadlineMs = performance.now() + this.#timeouts.closeMs;
      await this.#whenAcknowledged(stream, this.#timeouts.closeMs);
      stream.management?.tell();
      await stream.transport.close(Math.max(deadlineMs - performance.now(), MIN_GOODBYE_MS));
    }
    this.#abandon(new XmppError('xmpp-closed', 'the session was closed'));
  }

  /** Cuts the connection without a goodbye, so that the session can be resumed. */
  drop(): void {
    this.#stream?.transport.destroy(new XmppError('xmpp-closed', 'the connection was cut'));
  }

  async #connect(signal: AbortSignal): Promise<Connected> {
    const steps: StepOptions = { stepMs: this.#timeouts.stepMs, signal };
    await within(
      this.#inbound.whenIdle(),
      steps.stepMs,
      'handling what the last connection received',
      signal,
    );
    const { establish } = this.#options;
    return establish === undefined ? this.#connectClient(steps) : this.#connectBy(establish, steps);
  }

  async #connectBy(
    establish: (steps: StepOptions) => Promise<Transport>,
    steps: StepOptions,
  ): Promise<Connected> {
    const transport = await establish(steps);
    const jid = parseJid(this.#options.jid);
    this.#jid = jid;
    this.#begin(transport, false);
    return { resumed: false, jid };
  }

  /** Logs in, then resumes the session or begins a new one. */
  async #connectClient(steps: StepOptions): Promise<Connected> {
    const { transport, features } = await logInAnywhere(await this.#findServers(steps), {
      ...steps,
      domain: this.account.domain,
      ca: this.#options.ca,
      username: this.account.local,
      password: this.#options.password,
      limits: { stanzaBytes: this.#limits.stanzaBytes, depth: this.#limits.depth },
      log: this.#log,
    });
    this.#sentLimitBytes =
      parseCount(features.child('limits', NS.streamLimits)?.childText('max-bytes')) ??
      this.#limits.sentStanzaBytes;
    try {
      const canManage = features.child('sm', NS.streamManagement) !== undefined;
      const token = this.#token;
      if (token !== undefined && canManage && (await this.#resume(transport, token, steps))) {
        return { resumed: true, jid: token.jid };
      }
      this.#abandon(this.#lastEnd);
      const jid = await bindResource(transport, this.#resource, steps);
      const id = canManage ? await enableStreamManagement(transport, steps) : undefined;
      this.#outbound.restartCount();
      this.#inbound.restartCount();
      this.#jid = jid;
      this.#token = id === undefined || id === '' ? undefined : { id, jid };
      this.#log('info', 'bound', { jid: jid.toString(), resumable: this.#token !== undefined });
      this.#begin(transport, id !== undefined);
      return { resumed: false, jid };
    } catch (error) {
      transport.destroy(
        error instanceof XmppError ? error : new XmppError('xmpp-closed', 'connecting failed'),
      );
      throw error;
    }
  }

  async #findServers({ stepMs, signal }: StepOptions): Promise<readonly ServerAddress[]> {
    const { server } = this.#options;
    if (server !== undefined) return [server];
    const { domain } = this.account;
    return within(resolveServers(domain), stepMs, `looking up the servers of ${domain}`, signal);
  }

  async #resume(transport: Transport, token: ResumeToken, steps: StepOptions): Promise<boolean> {
    const returning = this.#inbound.prepareReturn();
    const answer = await requestResume(transport, token, this.#inbound.handled, steps);
    if (answer.resumed) {
      returning();
      this.#log('info', 'resumed', { jid: token.jid.toString(), unacknowledged: this.#outbound.length });
      this.#begin(transport, true, answer.h);
      return true;
    }
    this.#log('info', 'resume-refused', { unacknowledged: this.#outbound.length });
    // The server forgot the session, but may still tell how far it had come.
    if (answer.h !== undefined) this.#outbound.acknowledge(answer.h);
    return false;
  }

  #begin(transport: Transport, managed: boolean, resumedAt?: number): void {
    const stream = new SessionStream({
      transport,
      managed,
      inbound: this.#inbound,
      timeouts: this.#timeouts,
      ping: () => this.#ping(),
      drained: () => this.#settleUnmanaged(stream),
    });
    this.#stream = stream;
    this.#ended = transport.ended.then((reason) => this.#lost(stream, reason));
    if (resumedAt !== undefined) this.#guard(stream, () => this.#outbound.resume(resumedAt));
    transport.deliverTo((element, sizeBytes) => this.#receive(stream, element, sizeBytes));
  }

  #lost(stream: SessionStream, reason: XmppError): StreamEnd {
    stream.stop();
    this.#lastEnd = reason;
    if (this.#stream === stream) {
      this.#stream = undefined;
      this.#setReading(true);
    }
    // What the server refused to have read, and what a stanza too large made us refuse, would only come again.
    if (reason instanceof XmlRefusedError || reason.code === 'xmpp-conflict') this.#token = undefined;
    const resumable = this.#token !== undefined;
    if (!resumable) this.#abandon(reason);
    this.#log(reason.code === 'xmpp-closed' ? 'debug' : 'info', 'ended', {
      code: reason.code,
      reason: reason.message,
      resumable,
    });
    return { reason, resumable };
  }

  /** The session is over: whoever waits for an outcome is told. */
  #abandon(reason: XmppError): void {
    const wasBound = this.#jid !== undefined;
    this.#token = undefined;
    this.#jid = undefined;
    if (wasBound) this.#options.onLost?.(reason);
    this.#outbound.abandon(reason);
    this.#iqs.rejectAll(
      reason.code === 'xmpp-closed'
        ? reason
        : new XmppError('xmpp-outcome-unknown', `no answer: the stream was lost (${reason.message})`, {
            cause: reason,
          }),
    );
  }

  async #enqueue(stanza: XmlElement, outcome?: Outcome): Promise<void> {
    if (this.#stream === undefined && this.#token === undefined) {
      throw new XmppError('xmpp-not-connected', `not sent: there is no stream (${this.#lastEnd.message})`);
    }
    const text = serialise(this.#toSigned(stanza));
    // A server that gets more ends the stream, and would do so again after every resume. The exact count is needed
    // only near the limit: a UTF-16 unit is at most three bytes.
    const limitBytes = this.#sentLimitBytes;
    if (text.length * 3 > limitBytes && Buffer.byteLength(text) > limitBytes) {
      throw new XmppError(
        'xmpp-stanza-too-large',
        `not sent: the server takes stanzas of at most ${limitBytes} bytes`,
      );
    }
    return this.#outbound.add(text, outcome);
  }

  /** A component says itself who sends: its server knows only that it is one of its addresses. */
  #toSigned(stanza: XmlElement): XmlElement {
    if (this.#options.establish === undefined || stanza.attr('from') !== undefined) return stanza;
    return stanza.with({ from: this.#options.jid });
  }

  #write(text: string, awaited: boolean): boolean {
    const stream = this.#stream;
    if (stream === undefined || !stream.write(text, awaited)) return false;
    if (stream.management === undefined) queueMicrotask(() => this.#settleUnmanaged(stream));
    return true;
  }

  /** Without XEP-0198 the best that is known of a stanza is that the socket took it. */
  #settleUnmanaged(stream: SessionStream): void {
    if (stream.management !== undefined || this.#stream !== stream) return;
    this.#outbound.acknowledgeWritten();
    this.#outbound.writeWaiting();
  }

  #receive(stream: SessionStream, element: XmlElement, sizeBytes: number): void {
    stream.heard();
    this.#options.onActivity?.();
    if (isStanza(element)) {
      this.#inbound.add(this.#toTask(element), sizeBytes);
      this.#limitReading(stream);
    } else if (element.ns === NS.streamManagement) {
      this.#manage(stream, element);
    }
  }

  /** Decides on arrival who gets a stanza. */
  #toTask(stanza: XmlElement): InboundTask {
    if (stanza.name === 'message') {
      if (this.#iqs.collect(stanza)) return undefined;
    } else if (stanza.name === 'iq') {
      const type = stanza.attr('type');
      if (type === 'get' || type === 'set') return this.#answers.add(stanza);
      if (this.#iqs.settle(stanza, this.#jid ?? this.account)) return undefined;
    }
    return () => this.#options.onStanza(stanza);
  }

  #manage(stream: SessionStream, element: XmlElement): void {
    const { management } = stream;
    if (management === undefined) return;
    if (element.name === 'r') {
      management.requested();
    } else if (element.name === 'a') {
      const h = parseCount(element.attr('h'));
      if (h === undefined) return;
      management.answered();
      this.#guard(stream, () => this.#outbound.acknowledge(h));
      if (this.#outbound.written > 0) management.askIfDue();
    }
  }

  #ping(): void {
    this.iq(xml('iq', { type: 'get', to: this.account.domain }, xml('ping', { xmlns: NS.ping }))).catch(
      () => {
        // Even an error is a sign of life, and without any the watch ends the connection.
      },
    );
  }

  /** Stops reading while too much waits for the handler. An answer somebody awaits may be behind it: then later. */
  #limitReading(stream: SessionStream): void {
    if (stream.paused) return;
    const { unhandledStanzas, unhandledBytes } = this.#limits;
    const factor = this.#iqs.size > 0 ? HARD_LIMIT_FACTOR : 1;
    const { length, queuedBytes } = this.#inbound;
    if (length > unhandledStanzas * factor || queuedBytes > unhandledBytes * factor) {
      stream.pause();
      this.#setReading(false);
    }
  }

  #setReading(isReading: boolean): void {
    if (this.#isReading === isReading) return;
    this.#isReading = isReading;
    this.#options.onReading?.(isReading);
  }

  #handlerFailed(error: unknown): void {
    this.#log('error', 'handler-failed', { error });
    this.#stream?.transport.destroy(
      new XmppError(
        'xmpp-handler-failed',
        'a stanza could not be taken; the connection ends so that it comes again',
        {
          cause: error,
        },
      ),
    );
  }

  /** A count that cannot be right ends the stream, and the session: what was lost cannot be known any more. */
  #guard(stream: SessionStream, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof XmppError)) throw error;
      this.#token = undefined;
      stream.transport.destroy(error);
    }
  }

  /** Waits until everything sent is acknowledged, the stream ended, or the time is over. */
  async #whenAcknowledged(stream: SessionStream, limitMs: number): Promise<void> {
    if (this.#outbound.length === 0) return;
    const acknowledged = this.#outbound.whenEmpty();
    stream.management?.askOnce();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([acknowledged, stream.transport.ended, late]);
    clearTimeout(timer);
  }
}
