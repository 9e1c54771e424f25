// A toolkit whose stream ends in the test: what it sends is kept as bytes of the wire, what it shall receive is given as
// such. Requests and their answers go through the table that real sessions use.
import type { XmlElement } from '../../src/wire/xmpp/element.ts';
import { createId, IqTable, type IqHandler, type IqRequestOptions } from '../../src/wire/xmpp/iq.ts';
import { parseJid, type Jid } from '../../src/wire/xmpp/jid.ts';
import { parseXml } from '../../src/wire/xmpp/parse-xml.ts';
import { serialise } from '../../src/wire/xmpp/serialise.ts';
import type { Stream, StreamEvents } from '../../src/wire/xmpp/toolkit/stream.ts';
import { Toolkit, type ToolkitOptions } from '../../src/wire/xmpp/toolkit/toolkit.ts';

const IQ_TIMEOUT_MS = 5000;

/** Answers a request of the toolkit with the content of a result, as XML; undefined leaves it open. */
export type Answering = (request: XmlElement, wire: string) => string | undefined;

/** The stream. */
export class FakeXmppStream implements Stream {
  readonly jid: Jid;
  /** Everything that was sent. */
  readonly sent: string[] = [];
  answer: Answering | undefined;
  readonly #events: StreamEvents;
  readonly #iqs = new IqTable(() => {});
  #wake: (() => void) | undefined;

  constructor(events: StreamEvents, jid: string) {
    this.#events = events;
    this.jid = parseJid(jid);
  }

  async send(stanza: XmlElement): Promise<void> {
    const wire = serialise(stanza);
    this.sent.push(wire);
    this.#wake?.();
    if (stanza.name !== 'iq' || !['get', 'set'].includes(stanza.attr('type') ?? '')) return;
    const content = this.answer?.(parseXml(wire), wire);
    if (content === undefined) return;
    const type = content.startsWith('<error') ? 'error' : 'result';
    const from = stanza.attr('to') === undefined ? '' : ` from='${stanza.attr('to')}'`;
    await this.receive(`<iq type='${type}' id='${stanza.attr('id')}'${from}>${content}</iq>`);
  }

  iq(request: XmlElement, options: IqRequestOptions = {}): Promise<XmlElement> {
    return this.#iqs.request(request, options.timeoutMs ?? IQ_TIMEOUT_MS, options, (made) => this.send(made));
  }

  onIq(namespace: string, handler: IqHandler): () => void {
    return this.#iqs.handle(namespace, handler);
  }

  /** Hands over a stanza, as a session would, and resolves when it was taken. */
  async receive(wire: string): Promise<void> {
    const stanza = parseXml(wire);
    const type = stanza.attr('type');
    if (stanza.name === 'iq' && (type === 'get' || type === 'set')) {
      if (await this.#events.onRequest(stanza)) return;
      await this.send(await this.#iqs.answer(stanza, 'feature-not-implemented'));
      return;
    }
    if (stanza.name === 'iq' && this.#iqs.settle(stanza, this.jid)) return;
    if (stanza.name === 'message' && this.#iqs.collect(stanza)) return;
    await this.#events.onStanza(stanza);
    // Handlers run beside the stream; those without waits of their own are done after this.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** What is sent next, or was since the last call. */
  async next(): Promise<string> {
    while (this.sent.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.sent.shift() as string;
  }

  /** The answer to a request of somebody, given as its content. */
  async ask(content: string, { type = 'get', from = 'bea@example.org/phone', to = String(this.jid) } = {}) {
    const id = createId();
    const before = this.sent.length;
    await this.receive(`<iq type='${type}' id='${id}' from='${from}' to='${to}'>${content}</iq>`);
    const answer = this.sent.slice(before).find((wire) => wire.includes(`id="${id}"`));
    if (answer === undefined) throw new Error('the request was not answered');
    return parseXml(answer);
  }
}

/** A toolkit and the other end of its stream. */
export function createFakeToolkit(
  options: ToolkitOptions & { readonly jid?: string } = {},
): Toolkit<FakeXmppStream> {
  const { jid = 'ann@example.org/desk', ...rest } = options;
  return new Toolkit((events) => new FakeXmppStream(events, jid), { iqTimeoutMs: IQ_TIMEOUT_MS, ...rest });
}
