// The toolkit over a stream that is no connection at all: two of them, each the other's peer. It is the whole contract
// between the toolkit and what carries it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { isStanza, xml, type XmlElement } from '../element.ts';
import { XmppError } from '../errors.ts';
import { IqTable } from '../iq.ts';
import { parseJid, type Jid } from '../jid.ts';
import { parseXml } from '../parse-xml.ts';
import { serialise } from '../serialise.ts';
import { StanzaErrorReply } from '../stanza-error.ts';
import { createToolkit } from './toolkit.ts';
import type { Stream, StreamEvents } from './stream.ts';

/** One end of a loopback; what is sent goes through XML. */
class LoopbackStream implements Stream {
  readonly jid: Jid;
  readonly #events: StreamEvents;
  readonly #iqs = new IqTable(() => {});
  other: LoopbackStream | undefined;

  constructor(jid: string, events: StreamEvents) {
    this.jid = parseJid(jid);
    this.#events = events;
  }

  async send(stanza: XmlElement): Promise<void> {
    const from = stanza.attr('from') ?? this.jid.toString();
    const text = serialise(stanza.with({ from }));
    queueMicrotask(() => void this.other?.receive(parseXml(text)));
  }

  iq(request: XmlElement, options: { timeoutMs?: number } = {}): Promise<XmlElement> {
    return this.#iqs.request(request, options.timeoutMs ?? 1000, options, (stanza) => this.send(stanza));
  }

  onIq(...parameters: Parameters<IqTable['handle']>): () => void {
    return this.#iqs.handle(...parameters);
  }

  lose(): void {
    this.#events.onLost(new XmppError('xmpp-connection-lost', 'the loop broke'));
  }

  async receive(stanza: XmlElement): Promise<void> {
    assert.ok(isStanza(stanza));
    const type = stanza.attr('type');
    if (stanza.name !== 'iq') return this.#events.onStanza(stanza);
    if (type === 'get' || type === 'set') {
      if (!(await this.#events.onRequest(stanza)))
        await this.send(await this.#iqs.answer(stanza, 'service-unavailable'));
    } else if (!this.#iqs.settle(stanza, this.jid)) {
      await this.#events.onStanza(stanza);
    }
  }
}

function createPair() {
  const ann = createToolkit((events) => new LoopbackStream('ann@x/a', events));
  const bridge = createToolkit((events) => new LoopbackStream('bridge.x', events), { needsFrom: true });
  ann.stream.other = bridge.stream;
  bridge.stream.other = ann.stream;
  return { ann, bridge };
}

test('two toolkits ask and answer each other over any stream', async () => {
  const { ann, bridge } = createPair();
  bridge.on('iq@type=get', (iq) => xml('you', { xmlns: 'urn:you', are: iq.attr('from') }));
  ann.on('iq@type=set', () => {
    throw new StanzaErrorReply('forbidden', 'auth');
  });
  const answer = await ann.iq.query('urn:q', { to: 'bridge.x' }).send();
  assert.equal(answer.payload[0]?.attr('are'), 'ann@x/a');
  await assert.rejects(bridge.iq.set({ to: 'ann@x/a', query: 'urn:q' }).send(), { condition: 'forbidden' });
});

test('where the stream needs it, an answer says who it is from', async () => {
  const { ann, bridge } = createPair();
  bridge.on('iq', (iq) => iq.reply());
  const answer = await ann.iq.query('urn:q', { to: 'puppet@bridge.x/qq' }).send();
  assert.equal(answer.from?.toString(), 'puppet@bridge.x/qq');
});

test('what nobody handles is left to the stream', async () => {
  const { ann } = createPair();
  await assert.rejects(ann.iq.query('urn:q', { to: 'bridge.x' }).send(), {
    condition: 'service-unavailable',
  });
});

test('disco#info tells the features of the moment', async () => {
  const { ann, bridge } = createPair();
  const ask = async () => {
    const info = await ann.iq.query('http://jabber.org/protocol/disco#info', { to: 'bridge.x' }).send();
    return info.payload[0]?.elements('feature').map((feature) => feature.attr('var'));
  };
  const remove = bridge.features.add('urn:x');
  assert.ok((await ask())?.includes('urn:x'));
  remove();
  remove();
  assert.ok(!(await ask())?.includes('urn:x'));
});

test('a lost stream ends waiters and collectors, not handlers', async () => {
  const { ann } = createPair();
  ann.on('message', () => {});
  ann.collect('message');
  const waiting = assert.rejects(ann.waitFor('message'), { code: 'xmpp-connection-lost' });
  ann.stream.lose();
  await waiting;
  assert.equal(ann.handlers, 1);
});

test('waiting ends in time, by the clock', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { ann } = createPair();
  ann.iqTimeoutMs = 60_000;
  const waiting = assert.rejects(ann.waitFor('message'), { code: 'xmpp-timeout' });
  t.mock.timers.tick(60_000);
  await waiting;
  assert.equal(ann.handlers, 0);
});

test('when many stanzas come at once, one handler that never ends holds back none of those that others make place for', async () => {
  const ends: (() => void)[] = [];
  let events: StreamEvents | undefined;
  const toolkit = createToolkit(
    (given) => {
      events = given;
      return new LoopbackStream('ann@x/a', given);
    },
    { runningHandlers: 2 },
  );
  toolkit.on('message', () => new Promise<void>((resolve) => ends.push(resolve)));
  const taken = Array.from({ length: 5 }, async () =>
    events?.onStanza(xml('message', {}, xml('body', {}, 'hi'))),
  );
  while (ends.length < taken.length) await turn();
  // The first one never ends.
  for (const end of ends.slice(1)) {
    end();
    await turn();
  }
  await Promise.all(taken);
});

function turn(): Promise<unknown> {
  return new Promise((resolve) => setImmediate(resolve));
}
