import assert from 'node:assert/strict';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { DeliveryError } from '../../hub/errors.ts';
import { xml, type XmlElement } from '../../wire/xmpp/element.ts';
import { IqTimeout, XmppError } from '../../wire/xmpp/errors.ts';
import { parseJid } from '../../wire/xmpp/jid.ts';
import { toErrorElement, type StanzaErrorDetails } from '../../wire/xmpp/stanza-error.ts';
import type { Connection } from './connection.ts';
import { DirectSends, type DirectSendsParts } from './direct-sends.ts';
import { OwnTokens } from './echoes.ts';

const GONE: StanzaErrorDetails = { condition: 'gone', type: 'cancel', text: '' };

interface Asked {
  to: string | undefined;
  collect: ((message: XmlElement) => boolean) | undefined;
  answered: PromiseWithResolvers<XmlElement>;
}

/** A stream that acknowledges everything, and answers questions when the test says so. */
function createStage(more: Partial<DirectSendsParts> = {}) {
  let nowMs = 0;
  const clock = { ...createSystemClock(), monotonicMs: () => nowMs };
  const port = new FakePort();
  const over = new AbortController();
  const sent: XmlElement[] = [];
  const asked: Asked[] = [];
  const stream = {
    async sendAcked(stanza: XmlElement) {
      sent.push(stanza);
    },
    iq(request: XmlElement, options: { collect?: (message: XmlElement) => boolean }) {
      const answered = Promise.withResolvers<XmlElement>();
      asked.push({ to: request.attr('to'), collect: options.collect, answered });
      return answered.promise;
    },
  };
  const connection = { port, stream, signal: over.signal } as unknown as Connection;
  const sends = new DirectSends({ account: parseJid('hub@x'), clock, tokens: new OwnTokens(), ...more });
  return {
    port,
    sent,
    asked,
    sends,
    pass: (ms: number) => (nowMs += ms),
    say: (token: string, to = 'ann@x') =>
      sends.send(
        token,
        xml('message', { to, id: token, type: 'chat' }, xml('body', {}, 'hi')),
        connection,
        to,
      ),
  };
}

const bounce = (id: string, from: string, details = GONE) =>
  xml('message', { from, id, type: 'error' }, toErrorElement(details));
const turn = () => new Promise((resolve) => setImmediate(resolve));
const isRefusal = (error: unknown) => error instanceof DeliveryError && error.outcome === 'failed';

test('what is said in one turn to one address is asked about once, and has arrived when that is answered', async () => {
  const { say, sent, asked } = createStage();
  const saying = Promise.all([say('one'), say('two'), say('three', 'bea@x')]);
  await turn();
  assert.deepEqual([sent.length, asked.map(({ to }) => to)], [3, ['ann@x', 'bea@x']]);
  for (const { answered } of asked) answered.resolve(xml('iq'));
  assert.deepEqual(await saying, [{ native: 'one' }, { native: 'two' }, { native: 'three' }]);
});

test('what comes back before the answer was refused, and the rest was not', async () => {
  const { say, asked } = createStage();
  const [one, two] = [say('one'), say('two')];
  await turn();
  assert.equal(asked[0]?.collect?.(bounce('one', 'ann@x')), true);
  asked[0]?.answered.resolve(xml('iq'));
  await assert.rejects(one, isRefusal);
  assert.deepEqual(await two, { native: 'two' });
});

test('nobody but the recipient, their server or our own can refuse', async () => {
  const { say, asked } = createStage();
  const one = say('one');
  await turn();
  for (const from of ['eve@x', 'eve@y/z', 'y', 'hub@y']) {
    assert.equal(asked[0]?.collect?.(bounce('one', from)), false, from);
  }
  assert.equal(asked[0]?.collect?.(bounce('other', 'ann@x')), false);
  asked[0]?.answered.reject(new XmppError('xmpp-closed', 'any answer will do'));
  assert.deepEqual(await one, { native: 'one' });
  const two = say('two', 'room@c/ann');
  await turn();
  assert.equal(asked[1]?.collect?.(bounce('two', 'room@c/eve')), false, 'another one in the room');
  assert.equal(asked[1]?.collect?.(bounce('two', 'room@c/ann')), true);
  asked[1]?.answered.resolve(xml('iq'));
  await assert.rejects(two, isRefusal);
});

test('what comes back late is told, once, and goes out again when it is tried again', async () => {
  const { say, asked, sends, sent } = createStage();
  const one = say('one');
  await turn();
  asked[0]?.answered.resolve(xml('iq'));
  await one;
  const bounced = sends.bounce(bounce('one', 'ann@x'));
  assert.deepEqual([bounced.outcome, bounced.outcome === 'late' && bounced.room], ['late', 'ann@x']);
  void say('one');
  await turn();
  assert.equal(sent.length, 2);
});

test('an address that does not answer is not waited for each time', async () => {
  const { say, asked, pass } = createStage();
  const one = say('one');
  await turn();
  asked[0]?.answered.reject(new IqTimeout(xml('iq'), 5000));
  await one;
  assert.deepEqual(await say('two'), { native: 'two' });
  assert.equal(asked.length, 1);
  pass(3_600_000);
  void say('three');
  await turn();
  assert.equal(asked.length, 2);
});

test('who is not available is tried again, unless the account is told that they never will be', async () => {
  const blocked: StanzaErrorDetails = { condition: 'service-unavailable', type: 'cancel', text: '' };
  for (const unavailableLasts of [false, true]) {
    const { say, asked } = createStage({ unavailableLasts });
    const one = say('one');
    await turn();
    asked[0]?.collect?.(bounce('one', 'ann@x', blocked));
    await assert.rejects(one, { permanent: unavailableLasts });
  }
});
