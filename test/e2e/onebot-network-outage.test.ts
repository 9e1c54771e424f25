// The implementation is cut off for ten seconds while people talk on all sides, and a call's answer is lost with it. Then it
// is back: all that was said on QQ meanwhile is in the other rooms, and all that was said there on QQ, nothing is lost,
// nothing is there twice, and each speaker's order is kept.
import assert from 'node:assert/strict';
import test from 'node:test';
import { skipProsody } from '../servers/prosody.ts';
import { delay, eventually, isDelivered, keepSaying } from './bridge-hub.ts';
import { ALLEY, openThreeRooms } from './onebot-hub.ts';

const SAY_EVERY_MS = 50;
const BEFORE_MS = 2_000;
const OUTAGE_MS = 10_000;

test(
  'a QQ that is cut off for ten seconds loses nothing, in either direction',
  { skip: skipProsody },
  async (t) => {
    await using rooms = await openThreeRooms(', callSeconds: 2');
    const { qq, ann, bea } = rooms;
    const talk = new AbortController();
    const onQq = keepSaying(SAY_EVERY_MS, talk.signal, async (number) => {
      await qq.say(`群 ${number}`);
    });
    const inLobby = keepSaying(SAY_EVERY_MS, talk.signal, (number) => ann.send(`say 大厅 ${number}`));
    const inAlley = keepSaying(SAY_EVERY_MS, talk.signal, (number) => bea.say(ALLEY, `胡同 ${number}`));
    await delay(BEFORE_MS);
    // What is under way now is done on QQ, but nobody is told.
    qq.misbehaviour.dropReplies = 'send_group_msg';
    qq.misbehaviour.tellsOwn = false;
    await delay(SAY_EVERY_MS * 2);
    await qq.cut();
    await delay(OUTAGE_MS);
    qq.misbehaviour = { tellsOwn: true };
    await qq.listen();
    await delay(BEFORE_MS);
    talk.abort();
    const [qqSaid, lobbySaid, alleySaid] = await Promise.all([onQq, inLobby, inAlley]);

    await using journal = await rooms.home.openJournal();
    await eventually('all is delivered', async () => {
      const isHeard = ann.texts('安@qq').length >= qqSaid && bea.texts(ALLEY).length >= qqSaid + lobbySaid;
      return isHeard && qq.said().length >= lobbySaid + alleySaid && (await isDelivered(journal));
    });
    assert.deepEqual(ann.texts('安@qq'), numbered('群', qqSaid));
    assert.deepEqual(by(bea.texts(ALLEY), '安'), numbered('<安> 群', qqSaid));
    assert.deepEqual(by(qq.heard(), 'ann'), numbered('<ann> 大厅', lobbySaid));
    assert.deepEqual(by(qq.heard(), 'bea'), numbered('<bea> 胡同', alleySaid));
    t.diagnostic(`${qqSaid} messages of QQ, ${lobbySaid} of the house and ${alleySaid} of XMPP`);
  },
);

function numbered(words: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => `${words} ${number}`);
}

function by(texts: readonly string[], name: string): string[] {
  return texts.filter((text) => text.startsWith(`<${name}> `));
}
