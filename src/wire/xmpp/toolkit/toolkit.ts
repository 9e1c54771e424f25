// The toolkit over a stream: typed stanzas in and out, requests one can await, handlers, plugins. It knows nothing of
// how the stream came to be, and whatever a handler does, the stream lives on.
import { toDiscoAnswer, type DiscoInfo } from '../disco.ts';
import type { XmlElement } from '../element.ts';
import { XmppError } from '../errors.ts';
import { toAnswerError, UNKNOWN_FAILURE } from '../iq.ts';
import type { Jid } from '../jid.ts';
import type { Matcher, RootOf } from '../matcher/matcher.ts';
import { stanzaPath } from '../matcher/stanza-path.ts';
import { NS } from '../namespaces.ts';
import type { LogFunction } from '../log.ts';
import { DEFAULT_TIMEOUTS } from '../session-options.ts';
import { toErrorElement } from '../stanza-error.ts';
import { toStanza, type AnyStanza } from '../stanza/any-stanza.ts';
import type { Init } from '../stanza/definition.ts';
import { Iq } from '../stanza/iq.ts';
import { Message, Presence } from '../stanza/message.ts';
import type { RootStanza, SendOptions, StanzaSender } from '../stanza/root.ts';
import { Stanza } from '../stanza/stanza.ts';
import { FeatureSet } from './features.ts';
import { HandlerTable, type HandlerEntry } from './handlers.ts';
import { createIqFactory, type IqFactory } from './iq-factory.ts';
import { PluginManager } from './plugins.ts';
import { OpenRequests } from './requests.ts';
import type { Stream, StreamEvents } from './stream.ts';
import { collect, waitFor, type Collector } from './waiting.ts';

/** Settings of a toolkit; all have defaults. */
export interface ToolkitOptions {
  /** How long requests and `waitFor` wait that do not say otherwise. Default 120 s. */
  readonly iqTimeoutMs?: number;
  /** What is told to who asks with disco#info; plugins add features. Default: a client of type `bot`. */
  readonly disco?: DiscoInfo;
  /** The stream is a component's: answers name the address they come from. Default false. */
  readonly needsFrom?: boolean;
  /** Handlers at work at once; more make the stream wait. Default 1000. */
  readonly runningHandlers?: number;
  /** Settings of plugins by name, also of those that come as dependencies. */
  readonly pluginConfig?: Readonly<Record<string, object>>;
  readonly log?: LogFunction;
}

/** How a handler is registered. */
export interface HandlerOptions {
  /** For logs. */
  readonly name?: string;
  /** Only for the first stanza that matches. Default false. */
  readonly once?: boolean;
  /** Takes the handler away when aborted. */
  readonly signal?: AbortSignal;
}

/**
 * Gets a stanza. Where it is a request, what is returned is sent as the content of the result (an IQ as it is), and
 * what is thrown as an error; see {@link StanzaErrorReply}.
 */
export type StanzaHandler<S extends Stanza> = (stanza: S) => HandlerResult | Promise<HandlerResult>;

// oxlint-disable-next-line typescript/no-invalid-void-type -- a handler that returns nothing is the usual one
export type HandlerResult = Stanza | XmlElement | undefined | void;

const RUNNING_HANDLERS_LIMIT = 1000;
const COLLECTED_STANZAS_LIMIT = 10_000;
/** setTimeout takes no more. */
const TIMER_LIMIT_MS = 2 ** 31 - 1;

/**
 * The toolkit of one stream; made by {@link createToolkit} or {@link createClient}.
 *
 * @example
 * ```ts
 * client.on('iq@type=get/custom_xep', (iq) => Custom.create({ data: `you said ${iq.custom_xep.data ?? ''}` }));
 * const answer = await client.iq.get({ to: 'bea@example.org/phone', payload: Custom.create({ data: 'x' }) }).send();
 * answer.custom_xep.data;
 * ```
 */
export class Toolkit<S extends Stream = Stream> implements StanzaSender {
  readonly stream: S;
  /** Makes IQs. */
  readonly iq: IqFactory;
  readonly plugins: PluginManager;
  readonly features = new FeatureSet();
  /** How long requests and `waitFor` wait that do not say otherwise, in milliseconds. May be set at any time. */
  iqTimeoutMs: number;
  readonly needsFrom: boolean;
  readonly #handlers: HandlerTable;
  readonly #requests = new OpenRequests();
  readonly #log: LogFunction;
  readonly #limitRunning: number;
  #running = 0;
  #waiting: (() => void)[] = [];

  /** Use {@link createToolkit}. */
  constructor(open: (events: StreamEvents) => S, options: ToolkitOptions = {}) {
    this.#log = options.log ?? (() => {});
    this.iqTimeoutMs = options.iqTimeoutMs ?? DEFAULT_TIMEOUTS.iqMs;
    this.needsFrom = options.needsFrom ?? false;
    this.#limitRunning = options.runningHandlers ?? RUNNING_HANDLERS_LIMIT;
    this.#handlers = new HandlerTable(this.#log);
    this.iq = createIqFactory(this);
    this.plugins = new PluginManager(this, options.pluginConfig ?? {}, this.#log);
    this.stream = open({
      onStanza: (stanza) => this.#receive(stanza),
      onRequest: (request) => this.#answer(request),
      onLost: (reason) => this.#handlers.lose(reason),
    });
    this.stream.onIq(NS.discoInfo, (request) => toDiscoAnswer(request, this.features.toInfo(options.disco)));
  }

  /** The own full address while there is a session. */
  get jid(): Jid | undefined {
    return this.stream.jid;
  }

  /** Handlers, waiters and collectors that are registered. */
  get handlers(): number {
    return this.#handlers.size;
  }

  /**
   * Calls a handler for every stanza that matches; a string is a stanza path. All handlers that match are started in
   * the order in which they were registered. Where the stanza is a request, the first answer counts: a stanza that a
   * handler returns, `iq.reply().send()`, or an error thrown; when all handlers are done and none has answered, the
   * request counts as unhandled. To answer later, resolve later.
   *
   * @returns takes the handler away
   */
  on<const Path extends string>(
    path: Path,
    handler: StanzaHandler<RootOf<Path>>,
    options?: HandlerOptions,
  ): () => void;
  on<T extends Stanza>(matcher: Matcher<T>, handler: StanzaHandler<T>, options?: HandlerOptions): () => void;
  on(
    matcher: Matcher<Stanza> | string,
    handler: StanzaHandler<never>,
    { name, once = false, signal }: HandlerOptions = {},
  ): () => void {
    const test: Matcher<Stanza> = typeof matcher === 'string' ? stanzaPath(matcher) : matcher;
    if (signal?.aborted === true) return () => {};
    const entry: HandlerEntry = {
      matcher: test,
      name: name ?? test.description,
      once,
      takes: false,
      run: (stanza) => {
        if (once) signal?.removeEventListener('abort', remove);
        return handler(stanza as never);
      },
    };
    const take = this.#handlers.add(entry);
    const remove = (): void => {
      signal?.removeEventListener('abort', remove);
      take();
    };
    signal?.addEventListener('abort', remove, { once: true });
    return remove;
  }

  /** Like `on`, for the first stanza that matches only. */
  once<const Path extends string>(
    path: Path,
    handler: StanzaHandler<RootOf<Path>>,
    options?: HandlerOptions,
  ): () => void;
  once<T extends Stanza>(
    matcher: Matcher<T>,
    handler: StanzaHandler<T>,
    options?: HandlerOptions,
  ): () => void;
  once(
    matcher: Matcher<Stanza> | string,
    handler: StanzaHandler<never>,
    options: HandlerOptions = {},
  ): () => void {
    const test: Matcher<Stanza> = typeof matcher === 'string' ? stanzaPath(matcher) : matcher;
    return this.on(test, handler as StanzaHandler<Stanza>, { ...options, once: true });
  }

  /**
   * The next stanza that matches. Where it is a request, answering it is the caller's.
   *
   * @throws XmppError `xmpp-timeout`, `xmpp-closed`, `xmpp-connection-lost`
   */
  waitFor<const Path extends string>(
    path: Path,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<RootOf<Path>>;
  waitFor<T extends Stanza>(
    matcher: Matcher<T>,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<T>;
  waitFor(
    matcher: Matcher<Stanza> | string,
    { timeoutMs = this.iqTimeoutMs, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<Stanza> {
    const test: Matcher<Stanza> = typeof matcher === 'string' ? stanzaPath(matcher) : matcher;
    return waitFor(this.#handlers, test, { timeoutMs: Math.min(timeoutMs, TIMER_LIMIT_MS), signal });
  }

  /** Gathers every stanza that matches until it is stopped, the session ends, or it has 10,000 (a setting). */
  collect<const Path extends string>(
    path: Path,
    options?: { readonly limitStanzas?: number },
  ): Collector<RootOf<Path>>;
  collect<T extends Stanza>(matcher: Matcher<T>, options?: { readonly limitStanzas?: number }): Collector<T>;
  collect(
    matcher: Matcher<Stanza> | string,
    { limitStanzas = COLLECTED_STANZAS_LIMIT }: { readonly limitStanzas?: number } = {},
  ): Collector<Stanza> {
    const test: Matcher<Stanza> = typeof matcher === 'string' ? stanzaPath(matcher) : matcher;
    return collect(this.#handlers, test, limitStanzas);
  }

  /** A message that knows who sends it: `client.message({ body: 'hello' }, 'bea@example.org').send()`. */
  message(values: Init<Message> = {}, to?: Jid | string): Message {
    const message = Message.create(values).via(this);
    if (to !== undefined) message.to = to;
    return message;
  }

  /** A presence that knows who sends it: `client.presence().send()`. */
  presence(values: Init<Presence> = {}, to?: Jid | string): Presence {
    const presence = Presence.create(values).via(this);
    if (to !== undefined) presence.to = to;
    return presence;
  }

  /** Sends anything, without waiting for an answer. @throws XmppError */
  async send(stanza: RootStanza | XmlElement): Promise<void> {
    if (stanza instanceof Stanza && Iq.is(stanza) && isAnswer(stanza)) await this.sendStanza(stanza);
    else await this.stream.send(stanza instanceof Stanza ? stanza.xml : stanza);
  }

  /** What the `send` of stanzas does. @throws IqError, IqTimeout, XmppError */
  async sendStanza(stanza: Stanza, options: SendOptions = {}): Promise<Stanza | undefined> {
    if (!Iq.is(stanza)) {
      await this.stream.send(stanza.xml);
      return undefined;
    }
    if (stanza.type === 'get' || stanza.type === 'set') return this.#request(stanza, options);
    if (stanza.type === undefined) {
      throw new XmppError('xmpp-value-invalid', 'an IQ is get, set, result or error');
    }
    const fate = this.#requests.answer(stanza);
    this.#log('debug', fate === 'again' ? 'iq-answered-twice' : 'iq-answer', describe(stanza));
    if (fate !== 'again') await this.stream.send(stanza.xml);
    return undefined;
  }

  async #request(iq: Iq, options: SendOptions): Promise<Iq> {
    const timeoutMs = Math.min(options.timeoutMs ?? this.iqTimeoutMs, TIMER_LIMIT_MS);
    this.#log('debug', 'iq-request', { ...describe(iq), timeoutMs });
    try {
      const answer = Iq.wrap(await this.stream.iq(iq.xml, { ...options, timeoutMs })).via(this);
      this.#log('debug', 'iq-result', describe(answer));
      return answer;
    } catch (error) {
      this.#log('debug', 'iq-failed', { ...describe(iq), error });
      throw error;
    }
  }

  async #receive(element: XmlElement): Promise<void> {
    const stanza: AnyStanza = toStanza(element);
    stanza.via(this);
    const entries = this.#handlers.match(stanza);
    if (entries.length === 0) this.#log('debug', 'unmatched', describe(stanza));
    for (const entry of entries) {
      this.#run(entry, stanza)?.catch((error: unknown) => this.#failed(entry, stanza, error));
    }
    // So that a flood of stanzas and slow handlers fill the socket's buffers, not this process.
    while (this.#running >= this.#limitRunning) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async #answer(element: XmlElement): Promise<boolean> {
    const iq = Iq.wrap(element).via(this);
    const entries = this.#handlers.match(iq);
    if (entries.length === 0) {
      this.#log('debug', 'unmatched', describe(iq));
      return false;
    }
    const open = this.#requests.begin(iq);
    let isTaken = false;
    const work = entries.map(async (entry) => {
      const running = this.#run(entry, iq);
      if (running !== undefined && entry.takes) isTaken = true;
      try {
        const result = await running;
        if (result === undefined || entry.takes || open.answered) return;
        await this.sendStanza(result instanceof Stanza && Iq.is(result) ? result : iq.reply(result));
      } catch (error) {
        this.#failed(entry, iq, error);
        if (!open.answered) await this.#sendError(iq, error);
      }
    });
    await Promise.all(work);
    open.end();
    return open.answered || isTaken;
  }

  /** Starts a handler; undefined where it is not there any more. */
  #run(entry: HandlerEntry, stanza: AnyStanza): Promise<HandlerResult> | undefined {
    if (!this.#handlers.claim(entry)) return undefined;
    this.#log('debug', 'handler', { handler: entry.name, ...describe(stanza) });
    this.#running++;
    // An async function, so that what a handler throws at once is told like what it throws later.
    const work = (async () => entry.run(stanza) as HandlerResult)();
    return work.finally(() => {
      this.#running--;
      // All of them: who goes on takes no place, and another handler may never end.
      if (this.#running < this.#limitRunning) for (const goOn of this.#waiting.splice(0)) goOn();
    });
  }

  #failed(entry: HandlerEntry, stanza: AnyStanza, error: unknown): void {
    const level = toAnswerError(error) === undefined ? 'error' : 'debug';
    this.#log(level, 'handler-failed', { handler: entry.name, ...describe(stanza), error });
  }

  async #sendError(request: Iq, error: unknown): Promise<void> {
    const reply = request.reply();
    reply.type = 'error';
    reply.append(toErrorElement(toAnswerError(error) ?? UNKNOWN_FAILURE));
    try {
      await this.sendStanza(reply);
    } catch (failure) {
      // The stream went away meanwhile; whoever asked sees a timeout.
      this.#log('debug', 'iq-answer-not-sent', { ...describe(request), error: failure });
    }
  }
}

/**
 * A toolkit over any stream.
 *
 * @param open makes the stream; it hands what arrives to the events it is given, from then on
 * @example
 * ```ts
 * const bridge = createToolkit(
 *   (events) => createComponent({ domain: 'qq.example.org', secret, server, ...events }),
 *   { needsFrom: true },
 * );
 * ```
 */
export function createToolkit<S extends Stream>(
  open: (events: StreamEvents) => S,
  options?: ToolkitOptions,
): Toolkit<S> {
  return new Toolkit(open, options);
}

function isAnswer(iq: Iq): boolean {
  return iq.type === 'result' || iq.type === 'error';
}

function describe(stanza: AnyStanza): Record<string, unknown> {
  return {
    stanza: stanza.definition.name,
    type: stanza.attr('type'),
    id: stanza.attr('id'),
    from: stanza.attr('from'),
    to: stanza.attr('to'),
  };
}
