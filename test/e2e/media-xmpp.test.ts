/**
 * Pictures between the hub's store and XMPP, with Prosody's own place for files: a kept file is uploaded there and shown by
 * a link that any client opens, in order with what is said around it; and what clients show so arrives as a picture.
 */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import test, { after, before, describe } from 'node:test';
import { Access } from '../../src/hub/access.ts';
import { toMediaSegment } from '../../src/hub/media.ts';
import { textBody, type Segment } from '../../src/hub/message.ts';
import type { FolderMediaStore } from '../../src/media/store.ts';
import type { XmlElement } from '../../src/wire/xmpp/element.ts';
import { OOB_NS, toOob } from '../../src/wire/xmpp/shared-files.ts';
import { samples } from '../fakes/media-samples.ts';
import { connectLines } from '../fakes/line-client.ts';
import { createMediaStore, megabyte, type TemporaryMediaStore } from '../fakes/media-store.ts';
import { HubHome } from '../servers/hub-process.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';
import { COMPONENT, ComponentBridge, person } from './xmpp-component-peer.ts';
import { Bridge, clock, PASSWORD, Peer, USERS } from './xmpp-peer.ts';

const LIMIT_BYTES = 2 * megabyte;
const uploads = { fileLimitBytes: LIMIT_BYTES };

/** A kept picture as the hub hands it over to be sent: with the link that opens it at the hub. */
async function keep(store: FolderMediaStore, content: Uint8Array, name: string): Promise<Segment> {
  const stored = await store.save(Readable.from([content]), { name });
  return { ...toMediaSegment(stored), url: store.resolve(stored.url) };
}

async function send(bridge: Bridge, room: string, body: readonly Segment[], more = {}) {
  const { actions } = await bridge.online();
  return actions.send({ room, token: bridge.token(), body, at: clock.now(), hops: ['hub0001'], ...more });
}

/** What this nick says in the room, from the message of this number on. */
async function heard(peer: Peer, room: string, nick: string, index: number): Promise<XmlElement> {
  await peer.untilHeard(room, nick, index + 1);
  const said = peer.stanzas.filter(
    (stanza) => stanza.attr('from') === `${room}/${nick}` && stanza.childText('body') !== undefined,
  );
  return said[index]!;
}

function fileOf(stanza: XmlElement): string | undefined {
  return stanza.child('x', OOB_NS)?.childText('url');
}

describe('with Prosody’s place for files', { skip: skipProsody }, () => {
  let server: XmppServer;
  let media: TemporaryMediaStore;
  let rooms = 0;
  const newRoom = () => `files${(rooms += 1)}@${server.mucDomain}`;
  before(async () => {
    server = await startProsody({ users: USERS, component: COMPONENT, uploads });
    media = await createMediaStore();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await media[Symbol.asyncDispose]();
  });

  test('a kept picture is uploaded, shown by its address alone, and keeps its place among what is said', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    bridge.port.media = media.store;
    await bridge.inside(room);
    assert.deepEqual((await bridge.online()).carries, ['reply', 'image', 'audio', 'video', 'file']);

    const picture = await keep(media.store, samples.png, '照片.png');
    await Promise.all([
      send(bridge, room, textBody('before')),
      send(bridge, room, [picture]),
      send(bridge, room, textBody('after')),
      send(bridge, room, [picture]),
    ]);
    const shown = await heard(ann, room, 'hutong', 1);
    const link = fileOf(shown) ?? '';
    assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/file_share\//);
    assert.deepEqual(await ann.untilHeard(room, 'hutong', 4), ['before', link, 'after', link]);
    const opened = await fetch(link);
    assert.equal(opened.status, 200);
    assert.equal(opened.headers.get('content-type'), 'image/png');
    assert.deepEqual(Buffer.from(await opened.arrayBuffer()), samples.png);
  });

  test('a file that is too large for the server goes as the hub’s own link, one from elsewhere as it is', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    bridge.port.media = media.store;
    await bridge.inside(room);

    const large = await keep(media.store, Buffer.alloc(LIMIT_BYTES + 1, 1), 'large.bin');
    const foreign: Segment = { type: 'image', url: 'https://h.example/cat.png' };
    const none: Segment = { type: 'image', url: '', name: 'lost.png' };
    for (const segment of [large, foreign, none]) await send(bridge, room, [segment]);
    const own = 'url' in large ? large.url : '';
    assert.deepEqual(await ann.untilHeard(room, 'hutong', 3), [own, foreign.url, '[lost.png]']);
    const shown = await Promise.all([0, 1, 2].map((index) => heard(ann, room, 'hutong', index)));
    assert.deepEqual(shown.map(fileOf), [own, foreign.url, undefined]);
  });

  test('a file of some megabytes goes up as a stream', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    bridge.port.media = media.store;
    await bridge.inside(room);
    const content = Buffer.alloc(LIMIT_BYTES, 'some bytes ');
    await send(bridge, room, [await keep(media.store, content, 'large.txt')]);
    const link = fileOf(await heard(ann, room, 'hutong', 0)) ?? '';
    assert.match(link, /file_share/);
    assert.deepEqual(Buffer.from(await (await fetch(link)).arrayBuffer()), content);
  });

  test('a puppet shows a picture as its own, and an edit may put another in its place', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new ComponentBridge(server, { rooms: [room] });
    bridge.port.media = media.store;
    await bridge.inside(room);
    const author = person('bob');
    const { native = '' } = await bridge.speak(room, author, '', {
      body: [await keep(media.store, samples.png, 'a.png')],
    });
    const first = await heard(ann, room, 'bob', 0);
    assert.match(fileOf(first) ?? '', /file_share.*a\.png$/);
    assert.equal(first.childText('body'), fileOf(first));

    const { actions } = await bridge.online();
    const body = [await keep(media.store, samples.gif, 'b.gif')];
    await actions.edit?.({ ...bridge.message(room, author, ''), body, target: native });
    const second = await heard(ann, room, 'bob', 1);
    assert.match(fileOf(second) ?? '', /file_share.*b\.gif$/);
    assert.equal(second.child('replace', 'urn:xmpp:message-correct:0')?.attr('id'), first.attr('id'));
  });

  test('a picture that a client shows by its link arrives as one', async () => {
    const room = newRoom();
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    await bridge.inside(room);
    const url = 'https://upload.example.org/1/cat.png';
    await ann.say(room, url, toOob(url));
    await ann.say(room, url);
    await bridge.told(room, 2);
    const bodies = bridge.port.of('message').map((event) => event.body);
    assert.deepEqual(bodies, [[{ type: 'image', url, name: 'cat.png' }], textBody(url)]);
  });
});

test(
  'where the server takes no files the hub’s own link is shown, marked as a file',
  { skip: skipProsody },
  async () => {
    await using server = await startProsody({ users: USERS });
    await using media = await createMediaStore();
    const room = `files@${server.mucDomain}`;
    await using ann = await Peer.connect(server, 'ann', room);
    await using bridge = new Bridge(server, { rooms: [room] });
    bridge.port.media = media.store;
    await bridge.inside(room);
    const picture = await keep(media.store, samples.png, 'a.png');
    await send(bridge, room, [picture]);
    const shown = await heard(ann, room, 'hutong', 0);
    assert.equal(fileOf(shown), 'url' in picture && picture.url);
    assert.equal(shown.childText('body'), fileOf(shown));
  },
);

test(
  'a whole hub: a picture goes from a program through the house to XMPP, and one from XMPP to telnet',
  { skip: skipProsody },
  async () => {
    await using server = await startProsody({ users: USERS, uploads });
    const room = `lobby@${server.mucDomain}`;
    await using ann = await Peer.connect(server, 'ann', room);
    await using home = await HubHome.create(`
http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, name: Hutong, rooms: [lobby], telnet: { listen: "127.0.0.1:0" } }
  jabber:
    network: xmpp
    jid: bridge@${server.domain}
    password: ${PASSWORD}
    nick: hutong
    server: xmpp://${server.host}:${server.port}
    tls: { ca: "${server.caPath}" }
links:
  - { name: lobby, rooms: [house/lobby, "jabber/${room}"] }
`);
    const hub = home.start();
    const base = `http://${await hub.http()}`;
    await using journal = await home.openJournal();
    const token = await new Access(journal).createToken({ name: 'bot', scopes: ['send'], createdAt: 0 });
    const authorization = `Bearer ${token}`;
    await ann.until((stanza) => stanza.name === 'presence' && stanza.attr('from') === `${room}/hutong`);

    const image = new Uint8Array(samples.png);
    const upload = await fetch(`${base}/v1/media?name=a.png`, {
      method: 'POST',
      body: image,
      headers: { authorization },
    });
    const { url } = (await upload.json()) as { url: string };
    const body = [
      { type: 'text', text: 'look' },
      { type: 'image', url, name: 'a.png' },
    ];
    const posted = await fetch(`${base}/v1/messages`, {
      method: 'POST',
      body: JSON.stringify({ room: 'house/lobby', body }),
      headers: { authorization, 'content-type': 'application/json' },
    });
    assert.equal(posted.status, 202);
    const [said = '', link = ''] = await ann.untilHeard(room, 'hutong', 2);
    assert.match(said, /^<[^>]+> look$/);
    assert.equal(fileOf(await heard(ann, room, 'hutong', 1)), link);
    assert.match(link, /file_share/);
    assert.deepEqual(Buffer.from(await (await fetch(link)).arrayBuffer()), samples.png);

    await using telnet = await connectLines(await hub.telnet());
    telnet.send('login tom\r\nsay hello\r\n');
    await telnet.until(/tom: hello/);
    const cat = 'https://upload.example.org/1/cat.png';
    await ann.say(room, cat, toOob(cat));
    const shown = await telnet.until(/cat\.png/);
    assert.match(shown.at(-1) ?? '', /ann.*: \[cat\.png\] https:\/\/upload\.example\.org\/1\/cat\.png/);
  },
);
