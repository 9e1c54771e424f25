/**
 * Pictures of people against real servers: what XMPP people look like reaches the hub, what others look like is shown
 * by their puppets, and no message waits for either.
 */
import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import type { Avatar } from '../../src/hub/message.ts';
import { FolderMediaStore } from '../../src/media/store.ts';
import { toAvatarId, toAvatarUpdate, toVCardPhoto } from '../../src/wire/xmpp/avatar.ts';
import { AddressGuard } from '../../src/wire/http/address-guard.ts';
import { xml } from '../../src/wire/xmpp/element.ts';
import { toSubscription } from '../../src/wire/xmpp/roster.ts';
import { samples } from '../fakes/media-samples.ts';
import { FakePort } from '../fakes/port.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer, XmppServerOptions } from '../servers/xmpp-server.ts';
import { COMPONENT, ComponentBridge, person } from './xmpp-component-peer.ts';
import { Bridge, clock, Peer, USERS } from './xmpp-peer.ts';

const programs: [
  name: string,
  skip: string | false,
  start: (options: XmppServerOptions) => Promise<XmppServer>,
][] = [
  ['Prosody', skipProsody, startProsody],
  ['ejabberd', skipEjabberd, (options) => startEjabberd({ ...options, modules: ['mod_vcard'] })],
];

const picture = Buffer.from(samples.png);
const log = { debug() {}, info() {}, warn() {}, error() {} };

for (const [name, skip, start] of programs) {
  describe(`pictures with ${name}`, { skip }, () => {
    let server: XmppServer;
    let rooms = 0;
    const newRoom = () => `room${(rooms += 1)}@${server.mucDomain}`;
    before(async () => {
      server = await start({ users: USERS, component: COMPONENT });
    });
    after(() => server[Symbol.asyncDispose]());

    test('somebody’s picture comes with their second message, and the same one is fetched once', async () => {
      await using media = await openMedia();
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await publish(ann, picture);
      await show(ann, room, 'ann', toAvatarId(picture));
      await using bridge = new Bridge(server, { rooms: [room], port: media.port });
      await bridge.inside(room);
      const avatar = await sayUntilSeen(ann, room, bridge);
      assert.deepEqual([avatar.mime, media.saved], ['image/png', 1]);
      assert.deepEqual(await media.read(avatar.url), picture);
      assert.equal(bridge.port.of('message')[0]?.sender.avatar, undefined, 'the first one did not wait');

      await bridge[Symbol.asyncDispose]();
      await using second = new Bridge(server, { port: media.port });
      await second.inside(room);
      media.port.events.splice(0);
      assert.deepEqual(await sayUntilSeen(ann, room, second), avatar);
      assert.equal(media.saved, 1, 'after a restart it is still known');
    });

    test('somebody who writes for the first time gets a picture, too', async () => {
      await using media = await openMedia();
      await using ann = await Peer.connect(server, 'ann');
      await publish(ann, picture);
      await using bridge = new Bridge(server, { port: media.port });
      await bridge.online();
      for (let count = 1; ; count += 1) {
        await ann.session.send(
          xml(
            'message',
            { to: 'bridge@localhost', type: 'chat', id: clock.id() },
            xml('body', {}, `hi ${count}`),
          ),
        );
        await bridge.told('ann@localhost', count);
        if (bridge.port.of('message').at(-1)?.sender.avatar) break;
      }
    });

    test('a picture that is another than it is told to be, none, or no picture at all is not taken', async () => {
      await using media = await openMedia();
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await publish(ann, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
      await using bridge = new Bridge(server, { rooms: [room], port: media.port });
      await bridge.inside(room);
      for (const hash of [
        toAvatarId(picture),
        toAvatarId(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')),
        '',
      ]) {
        await show(ann, room, 'ann', hash);
        for (let count = 0; count < 5; count += 1) await ann.say(room, 'hello');
        await ann.sync();
      }
      await bridge.told(room, 15);
      assert.deepEqual(
        bridge.port.of('message').flatMap(({ sender }) => sender.avatar ?? []),
        [],
      );
    });

    test('members of a club have pictures, too', async () => {
      await using media = await openMedia();
      await using club = new Bridge(server, {
        user: 'bea',
        port: media.port,
        settings: { club: { room: 'lobby', admins: [] } },
      });
      await club.online();
      await using ann = await Peer.connect(server, 'ann');
      await publish(ann, picture);
      // Prosody tells everybody's hash itself, as it knows it when a presence comes.
      await ann.session.send(xml('presence', {}, toAvatarUpdate(toAvatarId(picture))));
      await ann.session.send(toSubscription('bea@localhost', 'subscribe'));
      await ann.until((stanza) => stanza.attr('type') === 'subscribe');
      await ann.session.send(toSubscription('bea@localhost', 'subscribed'));
      for (let count = 1; ; count += 1) {
        await ann.session.send(
          xml(
            'message',
            { to: 'bea@localhost', type: 'chat', id: clock.id() },
            xml('body', {}, `hi ${count}`),
          ),
        );
        await club.told('lobby', count);
        if (club.port.of('message').at(-1)?.sender.avatar) break;
      }
    });

    test('a puppet shows its author’s picture, and a new one when it changes', async () => {
      await using media = await openMedia();
      const room = newRoom();
      await using ann = await Peer.connect(server, 'ann', room);
      await using bridge = new ComponentBridge(server, { rooms: [room], port: media.port });
      await bridge.inside(room);
      const tom = person('Tom');
      const wear = async (data: Buffer) => {
        await bridge.speak(room, { ...tom, avatar: await media.keep(data) }, 'look at me');
        const hash = toAvatarId(data);
        await ann.until(
          (stanza) =>
            stanza.attr('from') === `${room}/Tom` &&
            stanza.child('x', 'vcard-temp:x:update')?.childText('photo') === hash,
        );
        const card = await ann.session.iq(
          xml('iq', { type: 'get', to: `${room}/Tom` }, xml('vCard', { xmlns: 'vcard-temp' })),
        );
        const photo = (card.child('vCard', 'vcard-temp') ?? card).child('PHOTO');
        assert.deepEqual(Buffer.from(photo?.childText('BINVAL') ?? '', 'base64'), data);
      };
      await wear(picture);
      await wear(Buffer.from(samples.gif));
      await bridge.speak(room, tom, 'without a word about it');
      await ann.until((stanza) => stanza.childText('body') === 'without a word about it');
    });
  });
}

/** Says things until one of them came with a picture. */
async function sayUntilSeen(peer: Peer, room: string, bridge: Bridge): Promise<Avatar> {
  for (;;) {
    const text = `look ${clock.id()}`;
    await peer.say(room, text);
    const told = await bridge.port.until((port) =>
      port.of('message').find(({ body }) => body.some((part) => part.type === 'text' && part.text === text)),
    );
    if (told.sender.avatar) return told.sender.avatar;
  }
}

async function publish(peer: Peer, data: Buffer): Promise<void> {
  const card = xml('vCard', { xmlns: 'vcard-temp' }, xml('FN', {}, 'Ann'), toVCardPhoto('image/png', data));
  await peer.session.iq(xml('iq', { type: 'set' }, card));
}

async function show(peer: Peer, room: string, nick: string, hash: string): Promise<void> {
  await peer.session.send(xml('presence', { to: `${room}/${nick}` }, toAvatarUpdate(hash)));
  await peer.sync();
}

/** A real media store, and a port that has it. */
async function openMedia() {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'hutong-avatars-'));
  const store = await FolderMediaStore.open({
    folder: temporary.path,
    settings: { fileLimitBytes: 1_000_000, totalLimitBytes: 10_000_000 },
    clock,
    log,
    baseUrl: () => 'https://hub.example',
    guard: new AddressGuard({ allow: [] }),
  });
  const port = new FakePort();
  const saves: Promise<unknown>[] = [];
  const opened = {
    port,
    get saved() {
      return saves.length;
    },
    async read(url: string) {
      const found = await store.open(store.idOf(url) ?? '');
      const pieces: Uint8Array[] = [];
      for await (const piece of found?.stream ?? []) pieces.push(piece);
      return Buffer.concat(pieces);
    },
    async keep(data: Buffer): Promise<Avatar> {
      const { url, mime, sha256 } = await store.save(toPieces(data));
      return { url, mime, sha256 };
    },
    async [Symbol.asyncDispose]() {
      // A picture that is still being written would be in the way of its folder's end.
      await Promise.allSettled(saves);
      await store[Symbol.asyncDispose]();
      await temporary.remove();
    },
  };
  port.media = {
    limitBytes: store.limitBytes,
    save(content, about) {
      const saving = store.save(content, about);
      saves.push(saving);
      return saving;
    },
    fetch: (url, about) => store.fetch(url, about),
    find: (id) => store.find(id),
    open: (id, range) => store.open(id, range),
    idOf: (url) => store.idOf(url),
    resolve: (url) => store.resolve(url),
  };
  return opened;
}

async function* toPieces(data: Uint8Array): AsyncIterable<Uint8Array> {
  yield data;
}
