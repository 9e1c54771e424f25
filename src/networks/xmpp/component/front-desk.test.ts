// What people do at the component's own address: register, look, link, by forms and by words, each within their rights.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createFakeToolkit } from '../../../../test/fakes/xmpp-stream.ts';
import { createSystemClock } from '../../../hub/clock.ts';
import { RequestError } from '../../../hub/errors.ts';
import type { LinkDesk, LinkProposal } from '../../../hub/link-desk.ts';
import type { Log } from '../../../hub/log.ts';
import type { AccountStore } from '../../../hub/network.ts';
import type { XmlElement } from '../../../wire/xmpp/element.ts';
import { parseJid } from '../../../wire/xmpp/jid.ts';
import { parseXml } from '../../../wire/xmpp/parse-xml.ts';
import { serialise } from '../../../wire/xmpp/serialise.ts';
import { answerFor } from './answers.ts';
import { FrontDesk } from './front-desk.ts';
import { Registry } from './registry.ts';

const COMPONENT = 'bridge.example.org';
const REGISTER = 'jabber:iq:register';
const COMMANDS = 'http://jabber.org/protocol/commands';
const DISCO_INFO = 'http://jabber.org/protocol/disco#info';
const DISCO_ITEMS = 'http://jabber.org/protocol/disco#items';
const ANN = 'ann@example.org/phone';
const BOSS = 'boss@example.org/desk';
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

function createStore(): AccountStore & { values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    get: async (key) => values.get(key),
    async set(key, value) {
      if (value === undefined) values.delete(key);
      else values.set(key, value);
    },
    list: async (prefix) => [...values].filter(([key]) => key.startsWith(prefix)),
  };
}

interface Asked {
  done: string[];
  problems: string[];
}

function createDesk(asked: Asked): LinkDesk {
  const propose = async (what: string): Promise<LinkProposal> => ({
    difference: [`link ${what}`],
    problems: asked.problems,
    apply: async (by) => void asked.done.push(`${what} by ${by}`),
  });
  return {
    account: 'x',
    links: () => [
      {
        name: 'lobby',
        rooms: [
          {
            room: 'x/lobby@rooms.example.org',
            online: true,
            members: [{ id: '1', name: 'eve\nforged: line' }],
          },
          { room: 'house/lobby', online: false, members: [] },
        ],
      },
    ],
    accounts: () => [
      { id: 'x', kind: 'xmpp', state: { phase: 'online' }, waiting: 0 },
      { id: 'qq', kind: 'onebot', state: { phase: 'waiting', message: 'refused' }, waiting: 3 },
    ],
    rooms: async () => ['house/lobby', 'house/tea'],
    join: async (room, target) => {
      if (target === 'nowhere') throw new RequestError('room-unknown', 'there is no link "nowhere"');
      return propose(`${room} with ${target}`);
    },
    part: async (room, link) => propose(`${room} from ${link ?? 'its link'}`),
  };
}

function setup(store = createStore()) {
  const toolkit = createFakeToolkit({ jid: COMPONENT, needsFrom: true });
  const sent: XmlElement[] = [];
  const asked: Asked = { done: [], problems: [] };
  const send = (stanza: XmlElement): void => void sent.push(stanza);
  const registry = new Registry({
    component: COMPONENT,
    domains: ['example.org'],
    admins: ['boss@example.org'],
    clock: createSystemClock(),
    isRoom: (jid) => jid === 'lobby@rooms.example.org',
    send,
  });
  answerFor(toolkit, {
    component: COMPONENT,
    name: 'hutong',
    nameOf: () => undefined,
    nameOfBare: () => undefined,
  });
  const desk = new FrontDesk(toolkit, {
    component: COMPONENT,
    admins: ['boss@example.org'],
    registry,
    links: createDesk(asked),
    log: silent,
    send,
  });
  const run = (node: string, from: string, inner = '', more = '') =>
    toolkit.stream.ask(`<command xmlns='${COMMANDS}' node='${node}' ${more}>${inner}</command>`, {
      type: 'set',
      from,
    });
  return {
    stream: toolkit.stream,
    registry,
    store,
    sent,
    asked,
    run,
    register: (from: string, content = '') =>
      toolkit.stream.ask(`<query xmlns='${REGISTER}'>${content}</query>`, { type: 'set', from }),
    /** Goes on in a command with a form. */
    fill: (answer: XmlElement, node: string, from: string, values: Record<string, string>) => {
      const id = answer.child('command', COMMANDS)?.attr('sessionid') ?? '';
      const fields = Object.entries(values).map(
        ([name, value]) => `<field var='${name}'><value>${value}</value></field>`,
      );
      const form = `<x xmlns='jabber:x:data' type='submit'>${fields.join('')}</x>`;
      return run(node, from, form, `sessionid='${id}' action='complete'`);
    },
    /** Writes to the component and answers what comes back. */
    async write(from: string, body: string): Promise<XmlElement> {
      const before = sent.length;
      const wire = `<message from='${from}' to='${COMPONENT}' type='chat' id='m'><body>${body}</body></message>`;
      desk.takeMessage(parseXml(wire), parseJid(from));
      while (sent.length === before) await new Promise((resolve) => setImmediate(resolve));
      return sent.at(-1)!;
    },
  };
}

function conditionOf(answer: XmlElement): string | undefined {
  return answer.child('error')?.elements()[0]?.name;
}

function notesOf(answer: XmlElement): string[] {
  const command = answer.child('command', COMMANDS);
  return command?.elements('note').map((note) => `${note.attr('type')}: ${note.text()}`) ?? [];
}

function linesOf(answer: XmlElement): string[] | undefined {
  const form = answer.child('command', COMMANDS)?.child('x', 'jabber:x:data');
  return form?.elements('field').flatMap((field) => field.elements('value').map((value) => value.text()));
}

test('who registers is asked for presence, is known after a restart, and is forgotten by taking it back', async () => {
  const hub = setup();
  await hub.registry.open(hub.store);
  const form = await hub.stream.ask(`<query xmlns='${REGISTER}'/>`, { from: ANN });
  assert.match(serialise(form), /<instructions>Nothing has to be filled in/);
  assert.equal((await hub.register(ANN)).attr('type'), 'result');
  assert.deepEqual(
    hub.sent.map((each) => [each.attr('to'), each.attr('type')]),
    [
      ['ann@example.org', 'subscribe'],
      ['ann@example.org', undefined],
    ],
  );
  const later = setup(hub.store);
  await later.registry.open(later.store);
  assert.ok(later.registry.has('ann@example.org'));
  const again = await later.stream.ask(`<query xmlns='${REGISTER}'/>`, { from: ANN });
  assert.ok(again.child('query', REGISTER)?.child('registered'));
  assert.equal((await later.register(ANN, '<remove/>')).attr('type'), 'result');
  assert.deepEqual(
    later.sent.map((each) => each.attr('type')),
    ['unavailable', 'unsubscribe', 'unsubscribed'],
  );
  assert.equal(later.store.values.size, 0);
  assert.equal(conditionOf(await later.register(ANN, '<remove/>')), 'registration-required');
});

test('who takes the component out of their contacts is registered no more', async () => {
  const hub = setup();
  await hub.registry.open(hub.store);
  await hub.register(ANN);
  const presence = parseXml(`<presence from='ann@example.org' to='${COMPONENT}' type='unsubscribe'/>`);
  assert.ok(hub.registry.takePresence(presence, parseJid('ann@example.org')));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!hub.registry.has('ann@example.org'));
});

test('strangers and rooms cannot register; the account’s admins can from anywhere', async () => {
  const hub = setup();
  assert.equal(conditionOf(await hub.register('eve@elsewhere.example/x')), 'not-allowed');
  assert.equal(conditionOf(await hub.register('lobby@rooms.example.org/ann')), 'not-acceptable');
  assert.equal((await hub.register(BOSS)).attr('type'), 'result');
});

test('disco tells what can be done here, to each what they may', async () => {
  const hub = setup();
  const info = await hub.stream.ask(`<query xmlns='${DISCO_INFO}'/>`, { from: ANN });
  const features = info
    .child('query', DISCO_INFO)
    ?.elements('feature')
    .map((feature) => feature.attr('var'));
  for (const feature of [REGISTER, COMMANDS, DISCO_ITEMS, 'vcard-temp', 'urn:xmpp:ping']) {
    assert.ok(features?.includes(feature), feature);
  }
  const puppet = await hub.stream.ask(`<query xmlns='${DISCO_INFO}'/>`, {
    from: ANN,
    to: `qq.1@${COMPONENT}`,
  });
  assert.doesNotMatch(serialise(puppet), /register|commands/);
  const nodes = async (from: string) => {
    const items = await hub.stream.ask(`<query xmlns='${DISCO_ITEMS}' node='${COMMANDS}'/>`, { from });
    return items
      .child('query', DISCO_ITEMS)
      ?.elements('item')
      .map((item) => item.attr('node'));
  };
  assert.deepEqual(await nodes(ANN), []);
  await hub.register(ANN);
  assert.deepEqual(await nodes(ANN), ['rooms', 'who', 'state']);
  assert.deepEqual(await nodes(BOSS), ['rooms', 'who', 'state', 'link', 'unlink']);
  const rooms = await hub.stream.ask(`<query xmlns='${DISCO_ITEMS}'/>`, { from: ANN });
  assert.equal(rooms.child('query', DISCO_ITEMS)?.child('item')?.attr('jid'), 'lobby@rooms.example.org');
});

test('whoever is registered may look, nobody else', async () => {
  const hub = setup();
  assert.equal(conditionOf(await hub.run('rooms', ANN)), 'forbidden');
  await hub.register(ANN);
  assert.deepEqual(linesOf(await hub.run('rooms', ANN)), [
    'lobby: x/lobby@rooms.example.org (1 person) - house/lobby (not connected)',
  ]);
  const states = ['x (xmpp): online', 'qq (onebot): waiting, 3 waiting'];
  assert.deepEqual(linesOf(await hub.run('state', ANN)), states);
  assert.deepEqual(linesOf(await hub.run('state', BOSS)), [states[0], `${states[1]} - refused`]);
  const form = await hub.run('who', ANN);
  assert.deepEqual(linesOf(await hub.fill(form, 'who', ANN, { ROOM: 'lobby@rooms.example.org' })), [
    'x/lobby@rooms.example.org: eve forged: line',
    'house/lobby: not connected',
  ]);
});

test('a room is linked by a form, after the difference was shown, and only by an admin', async () => {
  const hub = setup();
  await hub.register(ANN);
  assert.equal(conditionOf(await hub.run('link', ANN)), 'forbidden');
  const form = await hub.run('link', BOSS);
  const options = form
    .child('command', COMMANDS)
    ?.child('x', 'jabber:x:data')
    ?.elements('field')
    .flatMap((field) => field.elements('option').map((option) => option.attr('label')));
  assert.deepEqual(options, ['house/lobby', 'house/tea', 'lobby']);
  const wrong = await hub.fill(form, 'link', BOSS, { ROOM: 'no room', TARGET: 'house/tea' });
  assert.match(notesOf(wrong).join(), /^error: .*no/);
  const shown = await hub.fill(wrong, 'link', BOSS, { ROOM: 'New@Rooms.example.org', TARGET: 'house/tea' });
  assert.deepEqual(linesOf(shown), ['link new@rooms.example.org with house/tea']);
  assert.deepEqual(hub.asked.done, []);
  const done = await hub.fill(shown, 'link', BOSS, {});
  assert.deepEqual(notesOf(done), ['info: Done: link new@rooms.example.org with house/tea']);
  assert.deepEqual(hub.asked.done, ['new@rooms.example.org with house/tea by boss@example.org']);
});

test('what cannot be linked is told, and the form is there to be corrected', async () => {
  const hub = setup();
  const form = await hub.run('link', BOSS);
  const unknown = await hub.fill(form, 'link', BOSS, { ROOM: 'a@b', 'TARGET-other': 'nowhere' });
  assert.deepEqual(notesOf(unknown), ['error: there is no link "nowhere"']);
  hub.asked.problems = ['links[1].rooms[1]: there is no room loby in house'];
  const wrong = await hub.fill(unknown, 'link', BOSS, { ROOM: 'a@b', 'TARGET-other': 'house/loby' });
  assert.deepEqual(notesOf(wrong), ['error: links[1].rooms[1]: there is no room loby in house']);
  assert.deepEqual(hub.asked.done, []);
});

test('the same commands can be typed, each within one’s rights', async () => {
  const hub = setup();
  const refused = await hub.write(ANN, 'rooms');
  assert.equal(refused.attr('type'), 'error');
  assert.equal(conditionOf(refused), 'registration-required');
  await hub.register(ANN);
  assert.match((await hub.write(ANN, 'rooms')).childText('body') ?? '', /^lobby: x\/lobby@/);
  assert.match((await hub.write(ANN, '/help')).childText('body') ?? '', /rooms .*lists the linked rooms/);
  assert.match(
    (await hub.write(ANN, 'link a@b house/tea')).childText('body') ?? '',
    /^There is no command link/,
  );
  assert.deepEqual(hub.asked.done, []);
  const done = await hub.write(BOSS, 'link a@b house/tea');
  assert.equal(done.childText('body'), 'Done:\nlink a@b with house/tea');
  assert.equal((await hub.write(BOSS, 'unlink a@b')).childText('body'), 'Done:\nlink a@b from its link');
  assert.deepEqual(hub.asked.done, [
    'a@b with house/tea by boss@example.org',
    'a@b from its link by boss@example.org',
  ]);
});
