// Bots that were written for QQ with two different libraries, node-napcat-ts and Koishi with its OneBot adapter, serve a
// telnet room, a room on a real Prosody and a QQ group (a strict fake implementation): as programs of their own, in
// test/clients/bots, that are given nothing but an address and a token. The one is a bot of the whole hub, the other is a
// bot of each account.
import assert from 'node:assert/strict';
import test from 'node:test';
import { skipWithoutClients } from '../clients/installed.ts';
import { startClient, type ClientProcess } from '../clients/start.ts';
import { toPlainText } from '../../src/hub/message.ts';
import type { JournalReader } from '../../src/engines/sqlite/sqlite-reader.ts';
import type { WireSegment } from '../../src/wire/onebot11/segments.ts';
import { toText } from '../fakes/onebot-implementation.ts';
import { skipProsody } from '../servers/prosody.ts';
import { eventually } from './bridge-hub.ts';
import { ALLEY, openThreeRooms, type ThreeRooms } from './onebot-hub.ts';

const skip = skipProsody || skipWithoutClients('bots');
const ACCOUNTS = ['house', 'jabber', 'qq'];
const PATIENCE_MS = 20_000;
/** More than there are. */
const EVENTS_LIMIT = 1000;

function startNapcat({ onebot }: ThreeRooms): Promise<ClientProcess> {
  return startClient('bots', 'napcat-bot.mjs', { ONEBOT_URL: onebot.url, ONEBOT_TOKEN: onebot.token });
}

/** The number that a bot's owner writes into its settings, as QQ's users write theirs. */
async function selfOf({ onebot }: ThreeRooms, account: string): Promise<string> {
  const response = await fetch(`${onebot.url.replace('ws', 'http')}/${account}/get_login_info`, {
    headers: { authorization: `Bearer ${onebot.token}` },
  });
  const { data } = (await response.json()) as { data: { user_id: number } };
  return String(data.user_id);
}

async function startKoishi(rooms: ThreeRooms): Promise<ClientProcess> {
  const bots = ACCOUNTS.map(async (account) => ({
    endpoint: `${rooms.onebot.url}/${account}`,
    selfId: await selfOf(rooms, account),
  }));
  const env = { ONEBOT_BOTS: JSON.stringify(await Promise.all(bots)), ONEBOT_TOKEN: rooms.onebot.token };
  return startClient('bots', 'koishi-bot.cjs', env, `${ACCOUNTS.length} ready`);
}

interface Asking {
  ask(this: void, text: string): unknown;
  /** Who asks, as the bots call them, and who is there. */
  who: string;
  here: string;
  /** The account that answers, as the lobby shows it, as the alley and as the group do. */
  shown: { lobby: string; alley: string; group: string };
}

function askings({ ann, bea, qq }: ThreeRooms): Record<string, Asking> {
  return {
    'the telnet room': {
      ask: (text) => ann.send(`say ${text}`),
      who: 'ann',
      here: 'ann',
      shown: { lobby: '[Hutong]: ', alley: '<Hutong> ', group: '<Hutong> ' },
    },
    'the XMPP room': {
      ask: (text) => bea.say(ALLEY, text),
      who: 'bea',
      here: 'bea',
      shown: { lobby: 'hutong@jabber: ', alley: '', group: '<hutong> ' },
    },
    'the QQ group': {
      ask: (text) => qq.say(text),
      who: '安',
      here: '安、胡同',
      shown: { lobby: '胡同@qq: ', alley: '<胡同> ', group: '' },
    },
  };
}

function seen(isSeen: (wanted: string) => boolean, wanted: string): Promise<void> {
  return eventually(`${isSeen.name}: ${wanted}`, () => isSeen(wanted), PATIENCE_MS);
}

/** The texts of what was taken back, wherever it was said. */
async function takenBack(journal: JournalReader): Promise<string[]> {
  const { events } = await journal.read(0, { kinds: ['message', 'recall'] }, EVENTS_LIMIT);
  const targets = new Set(events.flatMap((event) => (event.kind === 'recall' ? event.target : [])));
  return events.flatMap((event) =>
    event.kind === 'message' && targets.has(event.id) ? toPlainText(event.body) : [],
  );
}

/** Whether the last message of a forward is this. */
function isRecord(forward: unknown, nickname: string, text: string): boolean {
  const { messages = [] } = (forward ?? {}) as {
    messages?: { sender: { nickname: string }; message: WireSegment[] }[];
  };
  const last = messages.at(-1);
  return last?.sender.nickname === nickname && toText(last.message) === text;
}

test('bots of two libraries answer people in all three rooms', { skip }, async (t) => {
  await using rooms = await openThreeRooms();
  await using napcat = await startNapcat(rooms);
  await using koishi = await startKoishi(rooms);
  await using journal = await rooms.home.openJournal();
  const { ann, bea, qq } = rooms;
  const inLobby = (wanted: string) => ann.lines.some(({ line }) => line.startsWith(wanted));
  const inAlley = (wanted: string) => bea.texts(ALLEY).some((text) => `\n${text}`.includes(`\n${wanted}`));
  const inGroup = (wanted: string) => qq.heard().some((text) => text.startsWith(wanted));

  for (const [index, [room, { ask, who, here, shown }]] of Object.entries(askings(rooms)).entries()) {
    for (const [sign, library] of [
      ['!', 'napcat'],
      ['/', 'koishi'],
    ] as const) {
      await t.test(`${library} answers in ${room}`, async () => {
        await ask(`${sign}ping`);
        await seen(inLobby, `${shown.lobby}@${who} 乒乓 🐶 ${library}`);
        await seen(inAlley, `${shown.alley}@${who} 乒乓 🐶 ${library}`);
        const mention = shown.group === '' ? '[at]' : `${shown.group}@${who}`;
        await seen(inGroup, `[reply]${mention} 乒乓 [face] ${library}`);

        await ask(`${sign}who`);
        for (const [isSeen, name] of [
          [inLobby, shown.lobby],
          [inAlley, shown.alley],
          [inGroup, shown.group],
        ] as const) {
          await seen(isSeen, `${name}${library} 看见：${here}`);
        }

        await ask(`${sign}picture`);
        await seen(inLobby, `${shown.lobby}[image] http://`);
        await seen(inAlley, `${shown.alley}${library} 的图`);
        await seen(inGroup, `${shown.group}[image]${library} 的图`);

        qq.served.set(`/${library}.txt`, Buffer.from(`${library} ${who}`));
        await ask(`${sign}file ${qq.httpUrl}/${library}.txt`);
        await seen(inLobby, `${shown.lobby}[报告.txt] http://`);
        await seen(inGroup, '[file]');

        // What is taken back before a room had it is never said there.
        await ask(`${sign}undo`);
        const taken = `${library} 说错了`;
        await eventually(
          'it is taken back',
          async () => (await takenBack(journal)).filter((text) => text === taken).length > index,
          PATIENCE_MS,
        );
        await eventually(
          'nobody has on QQ what was taken back',
          () =>
            qq.said().every(({ isRecalled, message }) => isRecalled || !toText(message).includes('说错了')),
          PATIENCE_MS,
        );

        await ask(`${sign}record`);
        await eventually(
          'the record as lines in the other rooms',
          () =>
            ann.lines.some(({ line }) => line === `  | ${who}: ${sign}record`) &&
            bea.texts(ALLEY).some((text) => text.endsWith(`\n${who}: ${sign}record`)),
          PATIENCE_MS,
        );
        await eventually(
          'and as a record that opens on QQ',
          () => isRecord([...qq.forwards.values()].at(-1), who, `${sign}record`),
          PATIENCE_MS,
        );
      });
    }
  }

  await t.test('a habit without a command, and answers to who speaks to the account alone', async () => {
    ann.send('say 晚安');
    await seen(inLobby, '[Hutong]: koishi：晚安，ann');
    await qq.whisper('在吗');
    const isAnswered = () =>
      qq.kept.some(({ group, message }) => group === undefined && toText(message) === 'napcat 听见：在吗');
    await eventually('who whispers is answered', isAnswered, PATIENCE_MS);
  });
  assert.doesNotMatch(napcat.output + koishi.output, /failed|\[E\]|\[W\]/);
});
