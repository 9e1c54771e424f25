// A club is a group made of one XMPP account's contacts. Here it is linked with house/lobby, and people with accounts on a
// real server add it, talk, go and come back: they are welcomed, everybody hears everybody, in the club and in the house,
// what somebody missed is shown when they return, also when the hub or the server was away meanwhile, and nobody can pass
// for somebody else.
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer, XmppServerOptions } from '../servers/xmpp-server.ts';
import { xml } from '../../src/wire/xmpp/element.ts';
import {
  readCorrection,
  readReply,
  readRetraction,
  REPLY_NS,
  splitFallback,
  toCorrection,
  toReactions,
  toReply,
  toReplyFallback,
  toRetraction,
} from '../../src/wire/xmpp/message-acts.ts';
import { textBody } from '../../src/hub/message.ts';
import { NS } from '../../src/wire/xmpp/namespaces.ts';
import { toSubscription } from '../../src/wire/xmpp/roster.ts';
import { ClubHub } from './club-hub.ts';
import { Contact, PASSWORD } from './club-contact.ts';
import { Bridge } from './xmpp-peer.ts';

const PEOPLE = ['ann', 'bea', 'cai', 'dan'];
const CLUBS = Array.from({ length: 20 }, (_, index) => `club${index}`);
const USERS = [...PEOPLE, ...CLUBS].map((name) => [name, PASSWORD] as const);

const programs: [
  name: string,
  skip: string | false,
  start: (options: XmppServerOptions) => Promise<XmppServer>,
][] = [
  ['Prosody', skipProsody, startProsody],
  ['ejabberd', skipEjabberd, startEjabberd],
];

for (const [program, skip, start] of programs)
  describe(`with ${program}`, { skip }, () => {
    let server: XmppServer;
    let clubs = 0;
    /** Every test has a club of its own: its members are the contacts of another account. */
    const newClub = () => CLUBS[(clubs += 1)] ?? '';
    const connect = (name: string, home: ClubHub, client?: Parameters<typeof Contact.connect>[3]) =>
      Contact.connect(server, name, home.club, client);
    before(async () => {
      server = await start({ users: USERS });
    });
    after(() => server[Symbol.asyncDispose]());

    test('who adds the club is welcomed, the others are told, and all hear each other', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      await using bea = await connect('bea', home);
      assert.match(await ann.join(), /^Welcome to Club, ann! .*no other member so far/);
      assert.match(await bea.join(), /^Welcome to Club, bea! .*1 other member so far/);
      assert.equal(await ann.next(), '*** bea has joined the club');
      await using cai = await home.visit('cai');

      await ann.say('你好');
      assert.equal(await bea.next(), '[ann] 你好');
      assert.deepEqual(await cai.until(/./), ['ann@jabber: 你好']);
      await bea.say('/me waves');
      assert.equal(await ann.next(), '* bea waves');
      assert.deepEqual(await cai.until(/./), ['* bea@jabber waves']);
      cai.send('say hello all\r\n');
      assert.equal(await ann.next(), '[cai@house] hello all');
      assert.equal(await bea.next(), '[cai@house] hello all');
      cai.send('me sits down\r\n');
      assert.equal(await ann.next(), '* cai@house sits down');
      cai.send('nick carol\r\n');
      assert.equal(await ann.next(), '*** cai@house is now known as carol@house');
      await bea.until(/carol@house/);
      assert.equal(await bea.ask('-nick Béa'), '*** You are Béa now');
      assert.equal(await ann.next(), '*** bea is now known as Béa');
      await cai.until(/^bea@jabber is now known as Béa@jabber$/);
      assert.deepEqual(await ann.settled(), [], 'nobody hears themselves');
    });

    test('who takes the club off their contacts has left, and the others and the hub are told', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      await using bea = await connect('bea', home);
      await ann.join();
      await bea.join();
      await ann.next();
      await bea.leave();
      assert.equal(await ann.next(), '*** bea has left the club');
      await bea.say('still here?');
      assert.match(await bea.next(), /^\*\*\* You are not a member of Club/);
      assert.match(await bea.join(), /^Welcome to Club, bea!/);
      assert.equal(await ann.next(), '*** bea has joined the club');
      const page = await home.hub.read(0, { rooms: ['jabber/lobby'] }, 100);
      assert.deepEqual(
        page.events.map((event) => [event.kind, 'who' in event ? event.who.name : '']),
        [
          ['join', 'ann'],
          ['join', 'bea'],
          ['leave', 'bea'],
          ['join', 'bea'],
        ],
      );
      assert.deepEqual(await ann.settled(), []);
    });

    test('who was away gets what they missed, once, with who said it and when', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      const bea = await connect('bea', home);
      await ann.join();
      await bea.join();
      await ann.next();
      await ann.say('before');
      assert.equal(await bea.next(), '[ann] before');
      await bea[Symbol.asyncDispose]();
      await home.until('bea is seen to be away', async () => /bea is offline/.test(await ann.ask('-who')));
      await using cai = await home.visit('cai');
      await ann.say('one');
      await cai.until('ann@jabber: one');
      cai.send('say two\r\n');
      assert.equal(await ann.until(/two/), '[cai@house] two');
      await home.delivered();

      await using again = await connect('bea', home);
      const first = await again.nextStanza();
      assert.equal(first.childText('body'), '[ann] one');
      assert.ok(first.child('delay', 'urn:xmpp:delay'));
      assert.equal(await again.next(), '[cai@house] two');
      await ann.say('three');
      assert.equal(await again.next(), '[ann] three');
      assert.deepEqual(await again.settled(), []);
    });

    test('of much that was missed the last ten are shown, then where the rest is', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      const bea = await connect('bea', home);
      await ann.join();
      await bea.join();
      await bea[Symbol.asyncDispose]();
      await home.until('bea is seen to be away', async () => {
        await ann.say('-who');
        return /bea is offline/.test(await ann.until(/members of Club/));
      });
      for (let number = 1; number <= 25; number += 1) await ann.say(`number ${number}`);
      assert.deepEqual(await ann.settled(), []);
      await using again = await connect('bea', home);
      for (let number = 16; number <= 25; number += 1)
        assert.equal(await again.next(), `[ann] number ${number}`);
      assert.equal(
        await again.next(),
        '*** You missed 25 messages, of which these are the last 10; type -history 25 to see more',
      );
      const history = await again.ask('-history 25');
      assert.deepEqual(
        history.split('\n').map((line) => line.replace(/^\d\d:\d\d /, '')),
        Array.from({ length: 25 }, (_, index) => `[ann] number ${index + 1}`),
      );
    });

    test('what was missed is known through a restart of the hub, and what was seen is not shown again', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      const bea = await connect('bea', home);
      await ann.join();
      await bea.join();
      await ann.next();
      await ann.say('seen by both');
      assert.equal(await bea.next(), '[ann] seen by both');
      await bea[Symbol.asyncDispose]();
      await home.until('bea is seen to be away', async () => /bea is offline/.test(await ann.ask('-who')));
      await ann.say('missed by bea');
      assert.deepEqual(await ann.settled(), []);
      await home.stop();
      await home.start();
      await using cai = await home.visit('cai');
      cai.send('say welcome back\r\n');
      assert.equal(await ann.next(), '[cai@house] welcome back');
      await home.delivered();
      await using again = await connect('bea', home);
      assert.equal(await again.next(), '[ann] missed by bea');
      assert.equal(await again.next(), '[cai@house] welcome back');
      assert.deepEqual(await again.settled(), []);
      assert.deepEqual(await ann.settled(), []);
      assert.match(await again.ask('-whois bea'), /^\*\*\* bea is online; a member since .*; bea@localhost$/);
    });

    test('what members write while the hub is away is said when it is back', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      await using bea = await connect('bea', home);
      await ann.join();
      await bea.join();
      await ann.next();
      await home.stop();
      await ann.untilStanza(
        (stanza) =>
          stanza.attr('type') === 'unavailable' && stanza.attr('from')?.startsWith(home.club) === true,
      );
      await ann.say('is anybody there?');
      await ann.say('hello?');
      await home.start();
      assert.equal(await bea.next(), '[ann] is anybody there?');
      assert.equal(await bea.next(), '[ann] hello?');
      await using cai = await home.visit('cai');
      cai.send('history\r\n');
      assert.match((await cai.line()) ?? '', /ann@jabber: is anybody there\?$/);
      assert.match((await cai.line()) ?? '', /ann@jabber: hello\?$/);
      assert.deepEqual(await bea.settled(), []);
      assert.deepEqual(
        (await ann.settled()).filter((text) => /anybody|hello/.test(text)),
        [],
      );
    });

    test('who comes and goes while the hub is away is a member, or is none, when it is back', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      await using bea = await connect('bea', home);
      await using cai = await connect('cai', home);
      await ann.join();
      await bea.join();
      await ann.next();
      await home.stop();
      await bea.leave();
      const joining = cai.join();
      await home.start();
      assert.match(await joining, /^Welcome to Club, cai!/);
      const told = [await ann.next(), await ann.next()];
      assert.deepEqual(told.sort(), ['*** bea has left the club', '*** cai has joined the club']);
      assert.match(await ann.ask('-who'), /^2 members of Club\nann \(you\) is online\ncai is online$/);
    });

    test('who wants quiet gets no messages until they say otherwise, then what they missed', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      await using bea = await connect('bea', home);
      await ann.join();
      await bea.join();
      await ann.next();
      assert.match(await bea.ask('-quiet'), /^\*\*\* No messages for you until you type -unquiet/);
      await ann.say('psst');
      assert.match(await ann.ask('$who'), /bea wants quiet/);
      assert.deepEqual(await bea.settled(), []);
      assert.equal(await bea.ask('-unquiet'), '*** You get messages again');
      assert.equal(await bea.next(), '[ann] psst');
      assert.equal(await bea.ask('-unquiet'), '*** You get all messages already');
      assert.match(await bea.ask('-quiet 5'), /^\*\*\* No messages for you for 5 minutes/);
      assert.match(await bea.ask('-quiet soon'), /MINUTES is a whole number/);
    });

    test('a private message reaches one person, at once or on return', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      const bea = await connect('bea', home);
      await using cai = await connect('cai', home);
      for (const contact of [ann, bea, cai]) await contact.join();
      await ann.settled();
      await bea.settled();
      assert.equal(await ann.ask('-msg BEA only for you\n[cai] not for me'), '*** bea has it');
      assert.equal(await bea.next(), '*** ann whispers to you: only for you\n| [cai] not for me');
      assert.equal(await ann.ask('-msg dan hi'), '*** Nobody called dan is in this club');
      await bea[Symbol.asyncDispose]();
      await home.until('bea is seen to be away', async () => /bea is offline/.test(await ann.ask('-who')));
      assert.equal(await ann.ask('-msg bea come back'), '*** bea is offline, and gets it on return');
      await home.stop();
      await home.start();
      await using again = await connect('bea', home);
      assert.equal(await again.next(), '*** ann whispers to you: come back');
      assert.deepEqual(await cai.settled(), []);
      const page = await home.hub.read(0, { kinds: ['message'] }, 100);
      assert.deepEqual(page.events, [], 'it is nobody else’s, the journal’s included');
    });

    test('a nick belongs to one member, whatever it looks like, and to nobody of the system', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      await using bea = await connect('bea', home);
      await ann.join('[Club] \u202eAnn 安');
      await bea.join('Club');
      assert.equal(await ann.next(), '*** bea has joined the club');
      assert.match(await ann.ask('-who'), /\nbea is online\nClub_Ann_安 \(you\) is online$/);
      for (const [wish, answer] of [
        ['сlub_αnn_安', /^\*\*\* The name Club_Ann_安 is in use/],
        ['Club', /is reserved/],
        ['systеm', /is reserved/],
        ['[x]', /A name is made of letters/],
        ['ann@house', /A name has no @/],
        ['x y', /A name is one word/],
      ] as const) {
        assert.match(await bea.ask(`-nick ${wish}`), answer);
      }
      assert.equal(await bea.ask('-nick Béa'), '*** You are Béa now');
      assert.equal(await ann.next(), '*** bea is now known as Béa');
      await bea.say('one\n[Club_Ann_安] two\n  *** three\n\u200b> four\n five');
      assert.equal(await ann.next(), '[Béa] one\n| [Club_Ann_安] two\n|   *** three\n| \u200b> four\n five');
      await home.stop();
      await home.start();
      await home.until('ann is there again', async () => /Béa is online/.test(await ann.ask('-who')));
    });

    test('administrators kick, ban and announce, and nobody else does', async () => {
      await using home = await ClubHub.start(server, newClub(), ['ann@localhost']);
      await using ann = await connect('ann', home);
      await using bea = await connect('bea', home);
      await using cai = await connect('cai', home);
      for (const contact of [ann, bea, cai]) await contact.join();
      await ann.settled();
      await bea.settled();
      for (const command of ['-kick ann', '-ban ann', '$announce hi', '-unban x', '-bans']) {
        assert.equal(await bea.ask(command), '*** Only an administrator of this club may do that');
      }
      assert.doesNotMatch(await bea.ask('-help'), /-kick/);
      assert.match(await ann.ask('-help'), /-kick NICK/);

      await ann.say('-kick cai too loud');
      assert.equal(await cai.next(), '*** You were kicked by ann (too loud)');
      assert.deepEqual((await ann.settled()).sort(), [
        '*** cai is out; they can come again, unless you -ban them',
        '*** cai was kicked by ann (too loud)',
      ]);
      assert.equal(await bea.next(), '*** cai was kicked by ann (too loud)');
      assert.match(await cai.ask('hello?'), /^\*\*\* You are not a member/);
      await cai.join();
      assert.equal(await bea.next(), '*** cai has joined the club');
      assert.equal(await ann.next(), '*** cai has joined the club');

      await ann.say('-ban cai');
      assert.equal(await cai.next(), '*** You were banned by ann');
      assert.deepEqual((await ann.settled()).sort(), ['*** cai is banned', '*** cai was banned by ann']);
      assert.equal(await ann.ask('-bans'), '*** cai@localhost (cai), by ann');
      assert.equal(await bea.next(), '*** cai was banned by ann');
      const refusals = () => cai.stanzas.filter((stanza) => stanza.attr('type') === 'unsubscribed').length;
      const refused = refusals();
      await home.stop();
      await home.start();
      await cai.session.send(toSubscription(home.club, 'subscribe'));
      await home.until('the ban holds', () => refusals() > refused);
      await home.until('ann is there again', async () => /bea is online/.test(await ann.ask('-who')));
      assert.equal(await ann.ask('-unban cai'), '*** cai@localhost may come again');
      await cai.join();
      assert.equal(await ann.next(), '*** cai has joined the club');

      while ((await bea.next()) !== '*** cai has joined the club');
      assert.match(await bea.ask('-quiet'), /^\*\*\* No messages for you/);
      await ann.say('-announce The club moves on Friday');
      assert.equal(await bea.next(), '*** Announcement of ann: The club moves on Friday');
      assert.equal(await cai.next(), '*** Announcement of ann: The club moves on Friday');
    });

    test('an unknown command is named, with the usage; a dash before anything else is none', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      await using bea = await connect('bea', home);
      await ann.join();
      await bea.join();
      await ann.next();
      const answer = await ann.ask('-fly away');
      assert.match(answer, /^Unknown command fly\n {2}-say TEXT +says it/);
      for (const text of ['-5 °C', '- a list', '--', '$5', '-> here']) {
        await ann.say(text);
        assert.equal(await bea.next(), `[ann] ${text}`);
      }
      await ann.say('-say -fly');
      assert.equal(await bea.next(), '[ann] -fly');
      assert.equal(await ann.ask('-nick'), '*** Please type it like this - nick NICK');
    });

    test('who, whois and history tell about the linked rooms too', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      await ann.join();
      assert.equal(await ann.ask('-history'), '*** Nothing was said here yet');
      await using cai = await home.visit('cai');
      cai.send('say hello\r\n');
      assert.equal(await ann.next(), '[cai@house] hello');
      await ann.say('two\nlines');
      await cai.until(/lines/);
      await home.delivered();
      assert.equal(await ann.ask('-who'), '1 member of Club\nann (you) is online\ncai@house');
      assert.equal(
        await ann.ask('-whois cai@house'),
        '*** cai@house is in house/lobby, which is linked with this club',
      );
      assert.match(await ann.ask('-whois dan'), /^\*\*\* Nobody called dan is in this club/);
      assert.match(
        await ann.ask('-history'),
        /^\d\d:\d\d \[cai@house\] hello\n\d\d:\d\d \[ann\] two\n {2}\| lines$/,
      );
      cai.send('look\r\n');
      await cai.until('ann@jabber');
    });

    test('replies, corrections, retractions and reactions of members and of others arrive', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      await using bea = await connect('bea', home);
      await ann.join();
      await bea.join();
      await ann.next();
      await using cai = await home.visit('cai');
      const id = await ann.say('helo');
      const copy = await bea.nextStanza();
      const native = copy.attr('id') ?? '';
      await cai.until('ann@jabber: helo');

      await ann.say('hello', toCorrection(id));
      const corrected = await bea.nextStanza();
      assert.equal(corrected.childText('body'), '[ann] hello');
      assert.equal(readCorrection(corrected), native);
      await cai.until('ann@jabber [edited]: hello');

      await bea.say('> helo\nwelcome', toReply({ id: native, to: undefined }), toReplyFallback(7));
      const reply = await ann.nextStanza();
      assert.equal(reply.childText('body'), '> ann: hello\n[bea] welcome');
      assert.equal(readReply(reply)?.id, native);
      assert.equal(splitFallback(reply, reply.childText('body') ?? '', REPLY_NS).body, '[bea] welcome');
      assert.deepEqual(await cai.until(/welcome/), ['> ann@jabber: hello', 'bea@jabber: welcome']);

      await bea.say('', ...toReactions({ id: native, emojis: ['👍'] }));
      assert.equal(await ann.next(), '*** bea reacted with 👍 to "hello"');
      await bea.say('forged', ...toRetraction(native));
      await bea.say('hijacked', toCorrection(id));
      assert.equal(await ann.next(), '[bea] hijacked', 'what corrects somebody else’s is said, not done');
      await ann.session.send(xml('message', { to: home.club, type: 'chat', id: 'x' }, ...toRetraction(id)));
      const recalled = await bea.nextStanza();
      assert.equal(recalled.childText('body'), '*** ann took back a message: hello');
      assert.equal(readRetraction(recalled)?.id, native);
      await cai.until('A message of ann@jabber was taken back');
    });

    test('many clients of one person, messages that come back and strangers do no harm', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      const bea = await connect('bea', home, { resource: 'one' });
      await ann.join();
      await bea.join();
      await ann.next();
      await using second = await connect('bea', home, { resource: 'two', priority: -1 });
      await using third = await connect('bea', home, { resource: 'three', priority: 5 });
      await ann.say('once');
      assert.equal(await third.next(), '[ann] once');
      assert.deepEqual(await third.settled(), []);
      assert.deepEqual(second.unread, [], 'a negative priority takes no messages');
      await third.say('from my third client');
      assert.equal(await ann.next(), '[bea] from my third client');
      assert.deepEqual(await ann.settled(), []);

      const error = xml('error', { type: 'cancel' }, xml('service-unavailable', { xmlns: NS.stanzaError }));
      for (let number = 0; number < 5; number += 1) {
        await ann.session.send(
          xml(
            'message',
            { to: home.club, type: 'error', id: `e${number}` },
            xml('body', {}, 'looped'),
            error,
          ),
        );
      }
      await third.say('after the errors');
      assert.deepEqual(await third.settled(), []);
      await ann.say('here I am');
      assert.equal(await ann.next(), '[bea] after the errors', 'heard again, ann gets what came back');
      assert.equal(await third.next(), '[ann] here I am');

      await using dan = await connect('dan', home);
      assert.match(await dan.ask('let me in'), /^\*\*\* You are not a member of Club/);
      await dan.say('please');
      await dan.join();
      assert.deepEqual(await dan.settled(), [], 'told once');
      await bea[Symbol.asyncDispose]();
    });

    test('who does not show the club whether they are online gets messages all the same', async () => {
      await using home = await ClubHub.start(server, newClub());
      await using ann = await connect('ann', home);
      await using bea = await connect('bea', home, { acceptsClub: false });
      await ann.join();
      await bea.session.send(toSubscription(home.club, 'subscribe'));
      assert.match(await bea.next(), /^Welcome to Club, bea!/);
      await ann.next();
      await bea.session.send(toSubscription(home.club, 'unsubscribed'));
      await ann.say('one');
      assert.equal(await bea.next(), '[ann] one');
      await bea.say('two');
      assert.equal(await ann.next(), '[bea] two');
      await home.stop();
      await home.start();
      await ann.say('three');
      assert.equal(await bea.next(), '[ann] three');
    });

    test('what a hub that crashed had sent is sent again only to who has not got it', async () => {
      const user = newClub();
      const settings = { club: { room: 'lobby' } };
      const first = new Bridge(server, { user, password: PASSWORD, settings });
      await first.online();
      const club = `${user}@${server.domain}`;
      await using ann = await Contact.connect(server, 'ann', club);
      await using bea = await Contact.connect(server, 'bea', club);
      await ann.join();
      await bea.join();
      await ann.next();
      await bea.leave();
      assert.equal(await ann.next(), '*** bea has left the club');
      const at = Date.now();
      const [token, unsent] = [first.token(), first.token()];
      const message = {
        room: 'lobby',
        token,
        body: textBody('hello'),
        author: { name: 'cai', account: 'house', user: 'c1' },
        at,
        hops: [],
      };
      await (await first.online()).actions.send(message);
      assert.equal(await ann.next(), '[cai@house] hello');
      await first.crash();
      await using second = new Bridge(server, { user, password: PASSWORD, settings, port: first.port });
      const { actions } = await second.online();
      await bea.join();
      await ann.until('*** bea has joined the club');
      assert.equal(await actions.find?.({ room: 'lobby', token: unsent, since: at }), 'absent');
      assert.equal(await actions.find?.({ room: 'lobby', token, since: at }), 'absent');
      assert.deepEqual(await actions.send(message), { native: token });
      assert.equal(await bea.next(), '[cai@house] hello');
      assert.deepEqual(await ann.settled(), []);
      assert.deepEqual(await actions.find?.({ room: 'lobby', token, since: at }), { native: token });
    });

    test('what was said while the server was away arrives when it is back, in order and once', async () => {
      await using own = await start({ users: USERS });
      await using home = await ClubHub.start(own, 'club0');
      const ann = await Contact.connect(own, 'ann', home.club);
      await ann.join();
      await using cai = await home.visit('cai');
      cai.send('say before\r\n');
      assert.equal(await ann.next(), '[cai@house] before');
      await home.delivered();
      // A killed ejabberd would have forgotten its newest contacts.
      await (program === 'Prosody' ? own.kill() : own.stop());
      await ann[Symbol.asyncDispose]();
      for (let number = 1; number <= 5; number += 1) cai.send(`say number ${number}\r\n`);
      await cai.until('cai: number 5');
      await own.start();
      await home.online();
      await using again = await Contact.connect(own, 'ann', home.club);
      for (let number = 1; number <= 5; number += 1)
        assert.equal(await again.next(), `[cai@house] number ${number}`);
      assert.deepEqual(await again.settled(), []);
      assert.match(await again.ask('-who'), /ann \(you\) is online/);
    });
  });
