// The plugins against Prosody and ejabberd: what our tests of single stanzas assume of servers is what they do. Each test
// has a server of its own, and two or three people on it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { xml } from '../../src/wire/xmpp/element.ts';
import { parseJid } from '../../src/wire/xmpp/jid.ts';
import { createClient, type Client } from '../../src/wire/xmpp/toolkit/client.ts';
import { createComponent } from '../../src/wire/xmpp/component.ts';
import { createToolkit } from '../../src/wire/xmpp/toolkit/toolkit.ts';
import { Avatars } from '../../src/wire/xmpp/plugins/avatars.ts';
import { Bookmarks, type BookmarkChange } from '../../src/wire/xmpp/plugins/bookmarks.ts';
import { Caps } from '../../src/wire/xmpp/plugins/caps.ts';
import { Carbons } from '../../src/wire/xmpp/plugins/carbons.ts';
import { Commands } from '../../src/wire/xmpp/plugins/commands.ts';
import { Correction, Replace } from '../../src/wire/xmpp/plugins/correction.ts';
import { Disco, hasFeature } from '../../src/wire/xmpp/plugins/disco.ts';
import { DataForm, FormField, readForm } from '../../src/wire/xmpp/plugins/forms.ts';
import { Invitations } from '../../src/wire/xmpp/plugins/invitations.ts';
import { Mam } from '../../src/wire/xmpp/plugins/mam.ts';
import { Moderation } from '../../src/wire/xmpp/plugins/moderation.ts';
import { Muc } from '../../src/wire/xmpp/plugins/muc.ts';
import type { OccupantEvent } from '../../src/wire/xmpp/plugins/muc-occupants.ts';
import { Nicks } from '../../src/wire/xmpp/plugins/nick.ts';
import { Ping } from '../../src/wire/xmpp/plugins/ping.ts';
import { Privilege } from '../../src/wire/xmpp/plugins/privilege.ts';
import { Reactions } from '../../src/wire/xmpp/plugins/reactions.ts';
import { Receipts } from '../../src/wire/xmpp/plugins/receipts.ts';
import { Registrations } from '../../src/wire/xmpp/plugins/registration.ts';
import { Replies } from '../../src/wire/xmpp/plugins/replies.ts';
import { Retraction } from '../../src/wire/xmpp/plugins/retraction.ts';
import { StanzaIds } from '../../src/wire/xmpp/plugins/stanza-ids.ts';
import { Upload } from '../../src/wire/xmpp/plugins/upload.ts';
import { Version } from '../../src/wire/xmpp/plugins/version.ts';
import type { Listener } from '../../src/wire/xmpp/plugins/listeners.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';

const PASSWORD = 'secret';
const USERS = ['ann', 'bea', 'cid'].map((name) => [name, PASSWORD] as const);
const room = 'tea@conference.localhost';
const PUBSUB_NS = 'http://jabber.org/protocol/pubsub';

const SERVERS = [
  { name: 'Prosody', start: startProsody, skip: skipProsody, modules: [] },
  { name: 'ejabberd', start: startEjabberd, skip: skipEjabberd, modules: ['mod_vcard', 'mod_version'] },
];

/** A client that is online. */
async function connect(server: XmppServer, name: string, resource = 'desk'): Promise<Client> {
  const client = createClient({
    jid: `${name}@${server.domain}/${resource}`,
    password: PASSWORD,
    server: { host: server.host, port: server.port, security: 'starttls' },
    ca: server.ca,
    iqTimeoutMs: 10_000,
  });
  await client.connect(AbortSignal.timeout(20_000));
  return client;
}

/** The component qq.localhost. */
function createBridge(server: XmppServer) {
  return createToolkit(
    (events) =>
      createComponent({
        domain: 'qq.localhost',
        secret: 'secret',
        server: { host: server.host, port: server.componentPort, security: 'none' },
        ...events,
      }),
    { needsFrom: true, iqTimeoutMs: 10_000 },
  );
}

/** What a plugin tells next, of which this is true. */
function next<T>(
  listen: (listener: Listener<T>) => () => void,
  wanted: (event: T) => boolean = () => true,
): Promise<T> {
  return new Promise((resolve) => {
    const end = listen((event) => {
      if (!wanted(event)) return;
      end();
      resolve(event);
    });
  });
}

for (const { name, start, skip, modules } of SERVERS) {
  test(
    `${name}: a client finds out what others can do, asking once for each kind of client`,
    { skip },
    async () => {
      await using server = await start({ users: USERS, modules });
      await using ann = await connect(server, 'ann');
      await using bea = await connect(server, 'bea');
      const disco = ann.plugins.enable(Disco);
      assert.ok(hasFeature(await disco.info('localhost'), 'urn:xmpp:ping'));
      const items = await Array.fromAsync(disco.items('localhost'));
      assert.ok(items.some(({ jid }) => String(jid) === 'conference.localhost'));
      assert.ok(
        (await disco.info('conference.localhost')).identities.some(
          ({ category }) => category === 'conference',
        ),
      );
      await assert.rejects(disco.info('localhost', { node: 'nobody knows this' }), { code: 'xmpp-iq-error' });

      assert.ok((await ann.plugins.enable(Ping).ping()) >= 0);
      assert.match((await ann.plugins.enable(Version).query('localhost')).name ?? '', /Prosody|ejabberd/);

      const caps = ann.plugins.enable(Caps);
      bea.plugins.enable(Version, { name: 'Tea', version: '1' });
      const beaCaps = bea.plugins.enable(Caps);
      const seen = ann.waitFor('presence/caps');
      await ann.presence().send();
      const presence = bea.presence({}, ann.jid);
      presence.append(beaCaps.toCaps());
      await presence.send();
      await seen;
      const info = await caps.info('bea@localhost/desk');
      assert.ok(hasFeature(info, 'jabber:iq:version'));
      assert.equal(await caps.info('bea@localhost/desk'), info, 'known by its hash now');
    },
  );

  test(`${name}: rooms are set up, and people given rights, invited and kicked`, { skip }, async () => {
    await using server = await start({ users: USERS, modules });
    await using ann = await connect(server, 'ann');
    await using bea = await connect(server, 'bea');
    await bea.presence().send();
    const annMuc = ann.plugins.enable(Muc);
    const beaMuc = bea.plugins.enable(Muc);
    const joined = await annMuc.join(room, 'ann');
    assert.equal(joined.created, true);
    assert.equal(joined.occupants.get('ann')?.affiliation, 'owner');
    await annMuc.configure(room, {
      'muc#roomconfig_roomname': '午茶',
      'muc#roomconfig_membersonly': true,
      'muc#roomconfig_persistentroom': true,
    });
    assert.deepEqual(readForm(await annMuc.configForm(room)).get('muc#roomconfig_roomname'), ['午茶']);
    await assert.rejects(beaMuc.join(room, 'bea'), { condition: 'registration-required' });
    assert.equal(beaMuc.room(room), undefined);

    const invited = next(bea.plugins.enable(Invitations).onInvitation);
    await annMuc.invite(room, 'bea@localhost', 'come in');
    const { room: invitedTo, from, reason, mediated } = await invited;
    assert.deepEqual([invitedTo, reason, mediated], [room, 'come in', true]);
    // Prosody tells the occupant, ejabberd the account.
    assert.ok([`${room}/ann`, 'ann@localhost/desk'].includes(from), from);
    await annMuc.setAffiliation(room, 'bea@localhost', 'member');
    const members = await annMuc.affiliations(room, 'member');
    assert.deepEqual(
      members.map(({ jid }) => String(jid)),
      ['bea@localhost'],
    );

    const entered = next<OccupantEvent>(annMuc.onOccupant, ({ occupant }) => occupant.nick === 'bea');
    await beaMuc.join(room, 'bea');
    assert.equal((await entered).occupant.jid, 'bea@localhost/desk');
    await assert.rejects(beaMuc.setAffiliation(room, 'cid@localhost', 'owner'), { code: 'xmpp-iq-error' });
    assert.equal(await beaMuc.pingSelf(room), 'joined');

    const muted = next<OccupantEvent>(
      beaMuc.onOccupant,
      ({ isSelf, occupant }) => isSelf && occupant.role === 'visitor',
    );
    await annMuc.setRole(room, 'bea', 'visitor');
    await muted;
    const kicked = next<OccupantEvent>(beaMuc.onOccupant, ({ isSelf, kind }) => isSelf && kind === 'left');
    await annMuc.kick(room, 'bea', { reason: 'too loud' });
    const event = await kicked;
    assert.deepEqual([event.codes.has(307), event.reason], [true, 'too loud']);
    assert.equal(await beaMuc.pingSelf(room), 'gone');

    await annMuc.configure(room, { 'muc#roomconfig_membersonly': false });
    await using cid = await connect(server, 'cid');
    await annMuc.setAffiliation(room, 'cid@localhost', 'outcast');
    await assert.rejects(cid.plugins.enable(Muc).join(room, 'cid'), { condition: 'forbidden' });
    const direct = next(bea.plugins.get(Invitations).onInvitation);
    await ann.plugins.enable(Invitations).invite('bea@localhost', room, { reason: 'not really' });
    assert.equal((await direct).mediated, false);
    const destroyed = next<OccupantEvent>(annMuc.onOccupant, ({ isSelf, kind }) => isSelf && kind === 'left');
    await annMuc.destroy(room, { reason: 'closed' });
    assert.equal((await destroyed).reason, 'closed');
    assert.equal(annMuc.room(room), undefined);
  });

  test(`${name}: an archive is read page by page, and a room's by its ids`, { skip }, async () => {
    await using server = await start({ users: USERS, modules });
    await using ann = await connect(server, 'ann');
    await using bea = await connect(server, 'bea');
    await bea.presence().send();
    const muc = ann.plugins.enable(Muc);
    await muc.join(room, 'ann');
    await muc.configure(room);
    const lastHeard = ann.waitFor('message@type=groupchat/body');
    await ann.message({ body: 'first', type: 'groupchat' }, room).send();
    const first = await lastHeard;
    const heard = ann.collect('message@type=groupchat/body');
    for (let i = 1; i <= 6; i++) await ann.message({ body: `${i}`, type: 'groupchat' }, room).send();
    await ann.iq.get({ to: 'localhost', query: 'http://jabber.org/protocol/disco#info' }).send();
    while (heard.stanzas.length < 6) await ann.waitFor('message@type=groupchat/body');
    const mam = ann.plugins.enable(Mam);
    const after = ann.plugins.get(StanzaIds).stanzaIdOf(first);
    assert.ok(after !== undefined, 'the room gives ids and says so');
    const read = await Array.fromAsync(mam.read({ archive: room, after, pageSize: 2 }));
    assert.deepEqual(
      read.map(({ message }) => message.childText('body')),
      ['1', '2', '3', '4', '5', '6'],
    );
    const end = await mam.page({ archive: room, before: '', pageSize: 2 });
    assert.deepEqual(
      end.items.map(({ message }) => message.childText('body')),
      ['5', '6'],
    );

    const arrived = bea.waitFor('message/body');
    await ann.message({ body: 'to bea', type: 'chat' }, 'bea@localhost').send();
    await arrived;
    const own = await Array.fromAsync(bea.plugins.enable(Mam).read({ with: 'ann@localhost' }));
    assert.deepEqual(
      own.map(({ message }) => message.childText('body')),
      ['to bea'],
    );
    await mam.setPreferences({ default: 'never', always: [parseJid('bea@localhost')] });
    const prefs = await mam.preferences();
    assert.deepEqual([prefs.default, prefs.always.map(String)], ['never', ['bea@localhost']]);
  });

  test(`${name}: corrections, retractions, reactions and replies arrive as such`, { skip }, async () => {
    await using server = await start({ users: USERS, modules });
    await using ann = await connect(server, 'ann');
    await using bea = await connect(server, 'bea');
    const corrections = bea.plugins.enable(Correction);
    const retractions = bea.plugins.enable(Retraction);
    const reactions = bea.plugins.enable(Reactions);
    const replies = ann.plugins.enable(Replies);
    await ann.plugins.enable(Muc).join(room, 'ann');
    await ann.plugins.get(Muc).configure(room);
    await bea.plugins.enable(Muc).join(room, 'bea');

    const heard = ann.waitFor('message@type=groupchat/body');
    await ann.message({ body: 'helo', type: 'groupchat', id: 'a1' }, room).send();
    const said = await heard;
    const corrected = next(corrections.onCorrection);
    const forged = bea.message({ body: 'forged', type: 'groupchat' }, room);
    forged.append(Replace.create({ id: 'a1' }));
    await forged.send();
    const correction = ann.plugins.enable(Correction);
    await correction.mark(ann.message({ body: 'hello', type: 'groupchat', id: 'a2' }, room), 'a1').send();
    const act = await corrected;
    assert.deepEqual([act.id, act.authorship, act.message.body], ['a1', 'same', 'hello']);

    const stanzaId = ann.plugins.get(StanzaIds).stanzaIdOf(said) ?? '';
    const reacted = next(reactions.onReactions);
    await ann.plugins.enable(Reactions).toReactions(room, 'groupchat', stanzaId, ['🍵']).send();
    assert.deepEqual((await reacted).emojis, ['🍵']);
    const answered = bea.waitFor('message/reply_to');
    bea.plugins.enable(Replies);
    await replies.reply(said, 'and hello').send();
    const answer = await answered;
    assert.equal(bea.plugins.get(Replies).bodyOf(answer), 'and hello');
    assert.equal(bea.plugins.get(Replies).replyOf(answer)?.id, stanzaId);
    const retracted = next(retractions.onRetraction);
    await ann.plugins.enable(Retraction).toRetraction(room, 'groupchat', stanzaId).send();
    const gone = await retracted;
    assert.deepEqual([gone.id, gone.authorship], [stanzaId, 'same']);
  });

  test(
    `${name}: nick, picture and bookmarks are published and heard of; the vCard keeps a picture`,
    { skip },
    async () => {
      await using server = await start({ users: USERS, modules });
      await using ann = await connect(server, 'ann');
      await using phone = await connect(server, 'ann', 'phone');
      const picture = { mediaType: 'image/png', data: Buffer.from('89504e470d0a1a0a', 'hex') };
      const heardNick = next(phone.plugins.enable(Nicks).onNick);
      const heardAvatar = next(phone.plugins.enable(Avatars).onAvatar, ({ kind }) => kind === 'published');
      const heardBookmark = next<BookmarkChange>(phone.plugins.enable(Bookmarks).onChange);
      await phone.plugins.enable(Caps).sendPresence();
      // The server knows what the phone wants to hear once it has asked for what its hash stands for.
      await phone.plugins.get(Disco).info(undefined);
      await ann.plugins.enable(Nicks).publish('小安');
      assert.deepEqual(await heardNick, { jid: 'ann@localhost', nick: '小安' });
      assert.equal(await ann.plugins.get(Nicks).nickOf('ann@localhost'), '小安');

      const avatars = ann.plugins.enable(Avatars);
      const id = await avatars.publish(picture);
      assert.equal((await heardAvatar).id, id);
      assert.deepEqual(
        (await avatars.published('ann@localhost')).map((info) => info.id),
        [id],
      );
      assert.deepEqual(await phone.plugins.get(Avatars).fetch('ann@localhost', id), picture.data);
      await avatars.setInVCard(picture);
      assert.deepEqual((await avatars.fromVCard(undefined))?.data, picture.data);

      const bookmarks = ann.plugins.enable(Bookmarks);
      await bookmarks.set(room, { name: 'Tea', autojoin: true, nick: 'ann' });
      assert.deepEqual(await bookmarks.list(), [
        { room, name: 'Tea', autojoin: true, nick: 'ann', password: undefined },
      ]);
      assert.equal((await heardBookmark).changed[0]?.room, room);
      await bookmarks.remove(room);
      assert.deepEqual(await bookmarks.list(), []);
    },
  );

  test(`${name}: another client of the account gets copies, and the sender a receipt`, { skip }, async () => {
    await using server = await start({ users: USERS, modules });
    await using ann = await connect(server, 'ann');
    await using phone = await connect(server, 'ann', 'phone');
    await using bea = await connect(server, 'bea');
    const carbons = phone.plugins.enable(Carbons);
    for (const client of [ann, phone, bea]) await client.presence().send();
    await carbons.enable();
    bea.plugins.enable(Receipts);
    const copy = next(carbons.onCarbon);
    const receipts = ann.plugins.enable(Receipts);
    const receipt = await receipts.send(
      ann.message({ body: 'did it arrive?', type: 'chat' }, 'bea@localhost/desk'),
    );
    assert.equal(String(receipt.from), 'bea@localhost/desk');
    const { direction, message } = await copy;
    assert.deepEqual(
      [direction, message.body, String(message.from)],
      ['sent', 'did it arrive?', 'ann@localhost/desk'],
    );
  });

  test(`${name}: a command that one client offers is run by another`, { skip }, async () => {
    await using server = await start({ users: USERS, modules });
    await using ann = await connect(server, 'ann');
    await using bea = await connect(server, 'bea');
    const form = DataForm.create({ type: 'form', title: 'Link' });
    form.append(FormField.create({ var: 'room', type: 'text-single', label: 'Room' }));
    ann.plugins.enable(Commands).offer({
      node: 'link',
      name: 'Link a room',
      run: () => ({
        form,
        last: true,
        next: ({ values, from }) => ({
          notes: [{ type: 'info', text: `${values.get('room')?.[0]} for ${from.local}` }],
        }),
      }),
    });
    // Requests from outside the roster reach a client that let its presence be known.
    await ann.presence({}, 'bea@localhost/desk').send();
    await bea.waitFor('presence');
    const commands = bea.plugins.enable(Commands);
    const list = await commands.list('ann@localhost/desk');
    assert.deepEqual(
      list.map(({ node, name: title }) => [node, title]),
      [['link', 'Link a room']],
    );
    const step = await commands.run('ann@localhost/desk', 'link');
    assert.equal(step.form?.title, 'Link');
    const done = await step.next({ room: 'tea' });
    assert.deepEqual([done.status, done.notes], ['completed', [{ type: 'info', text: 'tea for bea' }]]);
  });
}

test('Prosody: a file is uploaded and got again', { skip: skipProsody }, async () => {
  await using server = await startProsody({ users: USERS, uploads: { fileLimitBytes: 1000 } });
  await using ann = await connect(server, 'ann');
  const upload = ann.plugins.enable(Upload);
  const service = await upload.find();
  assert.deepEqual([String(service?.jid), service?.limitBytes], ['upload.localhost', 1000]);
  const data = Buffer.from('胡同'.repeat(100));
  const url = await upload.upload({ name: '胡同.txt', data, mediaType: 'text/plain' });
  const response = await fetch(url);
  assert.deepEqual([response.status, Buffer.from(await response.arrayBuffer())], [200, data]);
  const tooLarge = { name: 'x', data: Buffer.alloc(1001) };
  await assert.rejects(upload.upload(tooLarge), { code: 'xmpp-value-invalid' });
  await assert.rejects(upload.slot('upload.localhost', { name: 'x', sizeBytes: 1001 }), {
    condition: 'not-acceptable',
  });
});

test(
  'Prosody: a moderator takes a message out of a room, nobody else can',
  { skip: skipProsody },
  async () => {
    const moderated = 'tea@moderated.localhost';
    const extraConfig = `
Component "moderated.localhost" "muc"
  modules_enabled = { "muc_mam", "muc_moderation" }
  muc_room_locking = false
`;
    await using server = await startProsody({ users: USERS, extraConfig });
    await using ann = await connect(server, 'ann');
    await using bea = await connect(server, 'bea');
    await ann.plugins.enable(Muc).join(moderated, 'ann');
    await bea.plugins.enable(Muc).join(moderated, 'bea');
    const heard = ann.waitFor('message@type=groupchat/body');
    await bea.message({ body: 'spam', type: 'groupchat' }, moderated).send();
    const id = ann.plugins.get(StanzaIds).stanzaIdOf(await heard) ?? '';
    const told = next(bea.plugins.enable(Moderation).onModeration);
    await assert.rejects(bea.plugins.get(Moderation).moderate(moderated, id), { condition: 'forbidden' });
    await ann.plugins.enable(Moderation).moderate(moderated, id, 'advertising');
    const { room: by, id: gone, reason } = await told;
    assert.deepEqual([by, gone, reason], [moderated, id, 'advertising']);
  },
);

test(
  'Prosody: a component sends in the name of a user, and only as far as it is allowed',
  { skip: skipProsody },
  async () => {
    const extraConfig = `
privileged_entities = { ["qq.localhost"] = { roster = "get", message = "outgoing", iq = { ["http://jabber.org/protocol/pubsub"] = "both" } } }
Component "qq.localhost"
  component_secret = "secret"
  modules_enabled = { "privilege" }
`;
    await using server = await startProsody({
      users: USERS,
      modules: ['privilege'],
      extraConfig,
      component: { domain: 'other.localhost', secret: 'secret' },
    });
    await using bea = await connect(server, 'bea');
    await bea.presence().send();
    const bridge = createBridge(server);
    const privilege = bridge.plugins.enable(Privilege);
    const told = next(privilege.onPrivileges);
    await using _ = { [Symbol.asyncDispose]: () => bridge.stream.close() };
    await bridge.stream.connect(AbortSignal.timeout(20_000));
    const { roster, message, presence } = await told;
    assert.deepEqual([roster, message, presence], ['get', 'outgoing', 'none']);
    const heard = bea.waitFor('message/body');
    await privilege.sendMessage(
      bridge.message(
        { body: 'in the name of ann', type: 'chat', from: parseJid('ann@localhost') },
        'bea@localhost',
      ),
    );
    const { from, body } = await heard;
    assert.deepEqual([from?.bare.toString(), body], ['ann@localhost', 'in the name of ann']);
    assert.deepEqual(await privilege.roster(parseJid('ann@localhost')), []);
    await using ann = await connect(server, 'ann');
    await ann.plugins.enable(Bookmarks).set(room, { autojoin: true });
    const asked = xml('pubsub', { xmlns: PUBSUB_NS }, xml('items', { node: 'urn:xmpp:bookmarks:1' }));
    const answer = await privilege.request(parseJid('ann@localhost'), 'get', asked);
    assert.equal(answer?.child('items')?.child('item')?.attr('id'), room);
    await assert.rejects(
      privilege.request(parseJid('ann@localhost'), 'get', xml('query', { xmlns: 'vcard-temp' })),
      {
        code: 'xmpp-value-invalid',
      },
    );
  },
);

test(
  'ejabberd: a component sends in the name of a user, and reads the roster',
  { skip: skipEjabberd },
  async () => {
    const extraConfig = `  mod_privilege:
    roster:
      get: all
    message:
      outgoing: all
`;
    const component = { domain: 'qq.localhost', secret: 'secret' };
    await using server = await startEjabberd({ users: USERS, extraConfig, component });
    await using bea = await connect(server, 'bea');
    await bea.presence().send();
    const bridge = createBridge(server);
    const privilege = bridge.plugins.enable(Privilege);
    const told = next(privilege.onPrivileges);
    await using _ = { [Symbol.asyncDispose]: () => bridge.stream.close() };
    await bridge.stream.connect(AbortSignal.timeout(20_000));
    const { roster, message } = await told;
    assert.deepEqual([roster, message], ['get', 'outgoing']);
    const heard = bea.waitFor('message/body');
    const sent = { body: 'in the name of ann', type: 'chat', from: parseJid('ann@localhost') } as const;
    await privilege.sendMessage(bridge.message(sent, 'bea@localhost'));
    assert.equal((await heard).from?.bare.toString(), 'ann@localhost');
    assert.deepEqual(await privilege.roster(parseJid('ann@localhost')), []);
  },
);

test('ejabberd: a place for a file is found and given', { skip: skipEjabberd }, async () => {
  const extraConfig = `  mod_http_upload:
    put_url: "https://files.localhost/upload"
    max_size: 1000
`;
  await using server = await startEjabberd({ users: USERS, extraConfig });
  await using ann = await connect(server, 'ann');
  const upload = ann.plugins.enable(Upload);
  const service = await upload.find();
  assert.deepEqual([String(service?.jid), service?.limitBytes], ['upload.localhost', 1000]);
  const { putUrl, getUrl } = await upload.slot('upload.localhost', { name: '胡同.txt', sizeBytes: 7 });
  assert.match(putUrl, /^https:\/\/files\.localhost\/upload\//);
  assert.match(getUrl, /^https:\/\/files\.localhost\/upload\//);
  await assert.rejects(upload.slot('upload.localhost', { name: 'x', sizeBytes: 1001 }), {
    code: 'xmpp-iq-error',
  });
});

test('Prosody: an account is made in band, and ended', { skip: skipProsody }, async () => {
  const extraConfig = 'allow_registration = true\nregistration_min_seconds = 0';
  await using server = await startProsody({ users: USERS, modules: ['register'], extraConfig });
  await using ann = await connect(server, 'ann');
  const registrations = ann.plugins.enable(Registrations);
  const wanted = await registrations.read();
  assert.deepEqual([wanted.registered, wanted.username], [true, 'ann']);
  await registrations.changePassword('another');
  await using again = createClient({
    jid: 'ann@localhost/again',
    password: 'another',
    server: { host: server.host, port: server.port, security: 'starttls' },
    ca: server.ca,
  });
  await again.connect(AbortSignal.timeout(20_000));
});
