import assert from 'node:assert/strict';
import test from 'node:test';
import { xml, type XmlElement } from './element.ts';
import { IqTable } from './iq.ts';
import { Responder, type ResponderOptions } from './responder.ts';

const request = xml(
  'iq',
  { type: 'get', id: '1', from: 'ann@example.org/a', to: 'bot@example.org' },
  xml('q', { xmlns: 'urn:q' }),
);

function createResponder(given: Partial<ResponderOptions> = {}) {
  const sent: XmlElement[] = [];
  const logged: string[] = [];
  const log = (_level: string, event: string) => void logged.push(event);
  const iqs = new IqTable(log);
  iqs.handle('urn:q', () => xml('q', { xmlns: 'urn:q' }));
  const send = async (answer: XmlElement) => void sent.push(answer);
  const responder = new Responder({ program: {}, iqs, log, send, manyAddresses: false, ...given });
  return { sent, logged, responder };
}

const addresses = ([answer]: readonly XmlElement[]) => [answer?.attr('from'), answer?.attr('to')];

test('a request is answered by its handler, under the address that was asked where there are many', async () => {
  const client = createResponder();
  await client.responder.answer(request);
  assert.deepEqual(addresses(client.sent), [undefined, 'ann@example.org/a']);
  const component = createResponder({ manyAddresses: true });
  await component.responder.answer(request);
  assert.deepEqual(addresses(component.sent), ['bot@example.org', 'ann@example.org/a']);
});

test('what the program takes is left to it, and when it fails the handlers are asked', async () => {
  const taking = createResponder({ program: { onRequest: async () => true } });
  await taking.responder.answer(request);
  assert.deepEqual(taking.sent, []);
  const failing = createResponder({
    program: {
      async onRequest() {
        throw new Error('broken');
      },
    },
  });
  await failing.responder.answer(request);
  assert.equal(failing.sent[0]?.attr('type'), 'result');
  assert.deepEqual(failing.logged, ['iq-handler-failed']);
});

test('a refusal says to ask again later, and one that cannot be sent is no failure', async () => {
  const { sent, responder } = createResponder();
  await responder.refuse(request);
  assert.equal(sent[0]?.child('error')?.attr('type'), 'wait');
  const cut = createResponder({
    async send() {
      throw new Error('no stream');
    },
  });
  await cut.responder.refuse(request);
  assert.deepEqual(cut.logged, ['iq-refused', 'iq-answer-not-sent']);
});
