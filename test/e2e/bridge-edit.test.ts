// hutong.yaml is edited while people talk. A hub process links a room of the house with a room on a real Prosody, and both
// sides talk all the time. Then another hutong.yaml with a second link is renamed into the place of the first:
// - the second link soon works in both directions, and from its first message on none is missing;
// - on the first link nothing is lost, doubled or reordered;
// - no connection drops: the people at the telnet door keep theirs, and the account is still on its first XMPP session, in
//   a room that it has never left;
// - a third hutong.yaml, with a mistake in it, changes nothing, and the log says where the mistake is.
import assert from 'node:assert/strict';
import test from 'node:test';
import { HubHome } from '../servers/hub-process.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import { Guest, USERS } from './bridge-guest.ts';
import { ENVIRONMENT, eventually, keepSaying, toYaml } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';

const SAY_EVERY_MS = 10;
const PROBE_EVERY_MS = 20;
/** A second on a quiet machine; on one that runs other tests beside it was seen to be nine. */
const WORKS_WITHIN_MS = 30_000;
const ENOUGH = 100;

test(
  'a second link is edited in while messages flow: it works, nothing is lost, no connection drops',
  { skip: skipProsody },
  async (t) => {
    await using server = await startProsody({
      users: USERS,
      extraConfig: 'muc_room_default_persistent = true',
    });
    const alley = `alley@${server.mucDomain}`;
    const yard = `yard@${server.mucDomain}`;
    const link = ['house/lobby', `jabber/${alley}`];
    const secondLink = ['house/tea', `jabber/${yard}`];
    await using bea = await Guest.connect(server, 'bea', alley, yard);
    await using home = await HubHome.create(toYaml({ jabber: server }, [link]), ENVIRONMENT);
    const hub = home.start();
    const address = await hub.telnet();
    await hub.said(/"msg":"joined"/);
    await using ann = await Onlooker.enter(address, 'ann');
    await using dan = await Onlooker.enter(address, 'dan', 'tea');

    const talk = new AbortController();
    const annTalk = keepSaying(SAY_EVERY_MS, talk.signal, (number) => ann.send(`say 大厅 ${number}`));
    const beaTalk = keepSaying(SAY_EVERY_MS, talk.signal, (number) => bea.say(alley, `胡同 ${number}`));
    const danTalk = keepSaying(PROBE_EVERY_MS, talk.signal, (number) => dan.send(`say 茶 ${number}`));
    const yardTalk = keepSaying(PROBE_EVERY_MS, talk.signal, (number) => bea.say(yard, `院子 ${number}`));
    const { signal } = talk;
    await eventually('both sides hear each other', () => {
      return bea.texts(alley).length >= ENOUGH && ann.texts('bea@jabber').length >= ENOUGH;
    });
    assert.deepEqual(
      [bea.texts(yard), dan.texts('bea@jabber')],
      [[], []],
      'the second pair is not linked yet',
    );

    const editedMs = performance.now();
    await home.write(toYaml({ jabber: server }, [link, secondLink]));
    await eventually('the second link works both ways', () => {
      return bea.texts(yard).length > 0 && dan.texts('bea@jabber').length > 0;
    });
    const outMs = bea.heard.find(({ room }) => room === yard)!.atMs - editedMs;
    const inMs = dan.lines.find(({ line }) => line.startsWith('bea@jabber: '))!.atMs - editedMs;
    await eventually('messages flow on the second link', () => {
      return bea.texts(yard).length >= ENOUGH && dan.texts('bea@jabber').length >= ENOUGH;
    });

    const read = hub.log.length;
    await home.write(toYaml({ jabber: server }, [link, ['house/tea', 'house/attic']]));
    await hub.said(/not applied.*links\[1\]\.rooms\[1\]: There is no room attic/, read);
    const heardBefore = bea.texts(yard).length;
    await eventually('the second link still works', () => bea.texts(yard).length > heardBefore + ENOUGH);

    assert.ok(!signal.aborted);
    talk.abort();
    const [annSaid, beaSaid, danSaid, yardSaid] = await Promise.all([annTalk, beaTalk, danTalk, yardTalk]);
    await eventually('the rest has arrived', () => {
      return (
        bea.texts(alley).at(-1) === `<ann> 大厅 ${annSaid - 1}` &&
        ann.texts('bea@jabber').at(-1) === `胡同 ${beaSaid - 1}` &&
        bea.texts(yard).at(-1) === `<dan> 茶 ${danSaid - 1}` &&
        dan.texts('bea@jabber').at(-1) === `院子 ${yardSaid - 1}`
      );
    });
    t.diagnostic(
      `the second link worked ${outMs.toFixed(0)} ms after the edit from telnet to the room, ${inMs.toFixed(0)} ms the other way`,
    );
    t.diagnostic(`${annSaid} and ${beaSaid} messages on the first link meanwhile, none lost or twice`);
    assert.deepEqual(bea.texts(alley), numbered('<ann> 大厅', 0, annSaid));
    assert.deepEqual(ann.texts('bea@jabber'), numbered('胡同', 0, beaSaid));
    assertFromFirstOn(bea.texts(yard), '<dan> 茶', danSaid);
    assertFromFirstOn(dan.texts('bea@jabber'), '院子', yardSaid);

    assert.ok(ann.connected && dan.connected, 'the telnet connections are the first ones');
    assert.equal(hub.log.filter(({ msg }) => msg === 'bound').length, 1, 'the account was bound once');
    assert.equal(server.output.match(/Authenticated as bridge@/g)?.length, 1, 'it has logged in once');
    assert.deepEqual(
      bea.moves.filter((move) => move.includes(alley)),
      [`+${alley}/hutong`],
      'it came once and never left',
    );
    assert.ok(outMs < WORKS_WITHIN_MS && inMs < WORKS_WITHIN_MS);
  },
);

function numbered(words: string, from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, number) => `${words} ${from + number}`);
}

/** Asserts that from the first one that arrived all did, in order. */
function assertFromFirstOn(texts: readonly string[], words: string, said: number): void {
  const first = Number(texts[0]?.slice(words.length + 1));
  assert.deepEqual(texts, numbered(words, first, said));
}
