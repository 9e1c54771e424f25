import assert from 'node:assert/strict';
import test from 'node:test';
import { textBody, type Segment } from '../../hub/message.ts';
import { xml, type XmlElement, type XmlNode } from '../../wire/xmpp/element.ts';
import { toCorrection, toReactions, toRetraction } from '../../wire/xmpp/message-acts.ts';
import { toOob } from '../../wire/xmpp/shared-files.ts';
import { toEvents, type Heard, type Memory } from './convert.ts';
import { toHops } from './hops.ts';
import { SeenReactions } from './reactions.ts';
import { RecentMessages } from './recent.ts';

const room = 'room@conference.example.org';

function createMemory(): Memory {
  return { recent: new RecentMessages(), reactions: new SeenReactions() };
}

function heard(native: string | undefined, nick: string, id: string, ...payload: XmlNode[]): Heard {
  return {
    room,
    message: xml('message', { from: `${room}/${nick}`, type: 'groupchat', id }, ...payload),
    sender: { id: `${room}/${nick}`, name: nick },
    own: false,
    byRoom: nick === '',
    native,
    at: undefined,
    delayed: false,
  };
}

const body = (text: string) => xml('body', {}, text);

test('a message is reported with the room’s id, its lines and its hub marks', () => {
  const hops = toHops(['a', 'b']);
  assert.ok(hops);
  const { events } = toEvents(heard('s1', 'ann', 'o1', body('one\ntwo'), hops), createMemory());
  assert.deepEqual(events, [
    {
      kind: 'message',
      room,
      native: 's1',
      hops: ['a', 'b'],
      sender: { id: `${room}/ann`, name: 'ann' },
      body: textBody('one\ntwo'),
    },
  ]);
});

test('a correction edits the message that its own sender gave that id', () => {
  const memory = createMemory();
  toEvents(heard('s1', 'ann', 'o1', body('frist')), memory);
  const { events } = toEvents(heard('s2', 'ann', 'o2', body('first'), toCorrection('o1')), memory);
  assert.deepEqual(events[0]?.kind === 'edit' && [events[0].target, events[0].native], ['s1', 's2']);
});

test('a correction of somebody else’s message, or of one not known, is a message of its own', () => {
  const memory = createMemory();
  toEvents(heard('s1', 'ann', 'o1', body('mine')), memory);
  for (const target of ['o1', 'nothing']) {
    const { events } = toEvents(heard('s2', 'eve', 'o2', body('forged'), toCorrection(target)), memory);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['message'],
    );
  }
});

test('a removal tells who asks for it; that of a moderator counts only from the room itself', () => {
  const memory = createMemory();
  const [retract] = toRetraction('s1');
  assert.ok(retract);
  const { events } = toEvents(heard('s2', 'ann', 'o2', ...toRetraction('s1')), memory);
  assert.deepEqual(events[0]?.kind === 'recall' && [events[0].target, events[0].moderator], [
    's1',
    undefined,
  ]);

  const moderated = xml(
    'retract',
    { xmlns: 'urn:xmpp:message-retract:1', id: 's1' },
    xml('moderated', { xmlns: 'urn:xmpp:message-moderate:1', by: `${room}/mod` }),
  );
  const real = toEvents(heard('s3', '', 'o3', moderated), memory);
  assert.deepEqual(
    real.events[0]?.kind === 'recall' && [real.events[0].moderator, real.events[0].actor.name],
    [true, 'mod'],
  );
  const forged = toEvents(heard('s4', 'eve', 'o4', moderated), memory);
  assert.deepEqual(forged.events, []);
  assert.match(forged.dropped ?? '', /moderation/);
});

test('reactions are told one change at a time, each with an id of its own', () => {
  const memory = createMemory();
  const react = (native: string, ...emojis: string[]) =>
    toEvents(heard(native, 'ann', native, ...toReactions({ id: 's1', emojis })), memory).events.map(
      (event) => event.kind === 'reaction' && [event.native, event.emoji, event.added],
    );
  assert.deepEqual(react('r1', '👍', '🎉'), [
    ['r1+👍', '👍', true],
    ['r1+🎉', '🎉', true],
  ]);
  assert.deepEqual(react('r2', '🎉'), [['r2-👍', '👍', false]]);
  assert.deepEqual(react('r3', '🎉'), []);
});

test('/me is an action, and only at the very beginning', () => {
  const [action] = toEvents(heard('s1', 'ann', 'o1', body('/me waves')), createMemory()).events;
  assert.deepEqual(action?.kind === 'message' && [action.action, action.body], [true, textBody('waves')]);
  const [plain] = toEvents(heard('s2', 'ann', 'o2', body(' /me waves')), createMemory()).events;
  assert.deepEqual(plain?.kind === 'message' && [plain.action, plain.body], [
    undefined,
    textBody(' /me waves'),
  ]);
});

test('what has no body is not passed on, and it is said why', () => {
  const { events, dropped } = toEvents(heard('s1', 'ann', 'o1'), createMemory());
  assert.deepEqual(events, []);
  assert.match(dropped ?? '', /no body/);
});

test('hub marks of a stranger’s making are bounded', () => {
  const marks = toHops([...Array.from({ length: 100 }, (_, i) => `h${i}`), 'x'.repeat(1000)]);
  assert.ok(marks);
  const { events } = toEvents(heard('s1', 'ann', 'o1', body('x'), marks), createMemory());
  assert.equal(events[0]?.hops?.length, 32);
});

/** What the hub is told that a message with this payload says. */
function bodyOf(...payload: XmlNode[]): readonly Segment[] | undefined {
  const { events } = toEvents(heard('s1', 'ann', 'o1', ...payload), createMemory());
  return events[0]?.kind === 'message' ? events[0].body : undefined;
}

const cat = 'https://upload.example.org/a/%E7%8C%AB.png';

test('a link that shows a file is that file, not its address', () => {
  assert.deepEqual(bodyOf(body(cat), toOob(cat)), [{ type: 'image', url: cat, name: '猫.png' }]);
  const other = 'https://h.example/file';
  assert.deepEqual(bodyOf(body(other), toOob(other)), [{ type: 'file', url: other, name: 'file' }]);
  assert.deepEqual(bodyOf(body(other)), textBody(other));
});

test('words around a file stay, without the line ends that set them apart', () => {
  const image: Segment = { type: 'image', url: cat, name: '猫.png' };
  assert.deepEqual(bodyOf(body(`look:\n${cat}\nnice`), toOob(cat)), [
    ...textBody('look:'),
    image,
    ...textBody('nice'),
  ]);
  assert.deepEqual(bodyOf(body('look'), toOob(cat)), [...textBody('look'), image]);
});

/** What a sender tells of a file. */
function about(xmlns: string): XmlElement {
  return xml(
    'file',
    { xmlns },
    xml('media-type', {}, 'audio/ogg'),
    xml('name', {}, 'song.ogg'),
    xml('size', {}, '1234'),
    xml('desc', {}, 'a song'),
  );
}

test('what is told of a file goes with it, in either way that it may be told', () => {
  const described = {
    type: 'audio',
    url: 'https://h.example/1',
    name: 'song.ogg',
    mime: 'audio/ogg',
    sizeBytes: 1234,
    alt: 'a song',
  };
  const sharing = xml(
    'file-sharing',
    { xmlns: 'urn:xmpp:sfs:0' },
    about('urn:xmpp:file:metadata:0'),
    xml(
      'sources',
      { xmlns: 'urn:xmpp:sfs:0' },
      xml('url-data', { xmlns: 'http://jabber.org/protocol/url-data', target: 'xmpp:x@y' }),
      xml('url-data', { xmlns: 'http://jabber.org/protocol/url-data', target: described.url }),
    ),
  );
  assert.deepEqual(bodyOf(sharing), [described]);
  assert.deepEqual(bodyOf(body(described.url), sharing, toOob(described.url)), [described]);
  const reference = xml(
    'reference',
    { xmlns: 'urn:xmpp:reference:0', type: 'data' },
    xml(
      'media-sharing',
      { xmlns: 'urn:xmpp:sims:1' },
      about('urn:xmpp:jingle:apps:file-transfer:5'),
      xml(
        'sources',
        { xmlns: 'urn:xmpp:sims:1' },
        xml('reference', { xmlns: 'urn:xmpp:reference:0', type: 'data', uri: described.url }),
      ),
    ),
  );
  assert.deepEqual(bodyOf(body(described.url), reference), [described]);
});

test('an address that is none of the web shows no file, and a picture that can run something is a file', () => {
  for (const url of ['javascript:alert(1)', 'file:///etc/passwd', 'aesgcm://h/x#y', 'no address', '']) {
    assert.deepEqual(bodyOf(body('hi'), toOob(url)), textBody('hi'), url);
  }
  const svg = 'https://h.example/x.svg';
  assert.equal(bodyOf(body(svg), toOob(svg))?.[0]?.type, 'file');
});

test('a correction may put a file in place of the words', () => {
  const memory = createMemory();
  toEvents(heard('s1', 'ann', 'o1', body('wait')), memory);
  const { events } = toEvents(heard('s2', 'ann', 'o2', body(cat), toOob(cat), toCorrection('o1')), memory);
  assert.deepEqual(events[0]?.kind === 'edit' && events[0].body, [
    { type: 'image', url: cat, name: '猫.png' },
  ]);
});
