// A club is a group made of one XMPP account's contacts. Here it is linked with house/lobby, and people with accounts on a
// real server add it, talk, go and come back: they are welcomed, everybody hears everybody, in the club and in the house,
// what somebody missed is shown when they return, also when the hub or the server was away meanwhile, and nobody can pass
// for somebody else.
import assert from 'node:assert/strict';
import test, { after, before, describe } from 'node:test';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';
import { ClubHub } from './club-hub.ts';
import { Contact, PASSWORD } from './club-contact.ts';

const PEOPLE = ['ann', 'bea', 'cai', 'dan'];
const CLUBS = Array.from({ length: 20 }, (_, index) => `club${index}`);
const USERS = [...PEOPLE, ...CLUBS].map((name) => [name, PASSWORD] as const);

describe('with Prosody', { skip: skipProsody }, () => {
  let server: XmppServer;
  let clubs = 0;
  /** Every test has a club of its own: its members are the contacts of another account. */
  const newClub = () => CLUBS[(clubs += 1)] ?? '';
  const connect = (name: string, home: ClubHub, client?: Parameters<typeof Contact.connect>[3]) =>
    Contact.connect(server, name, home.club, client);
  before(async () => {
    server = await startProsody({ users: USERS });
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
    assert.deepEqual(await ann.settled(), [], 'nobody hears themselves');
  });
});
