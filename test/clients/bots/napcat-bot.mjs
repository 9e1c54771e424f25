// A bot for QQ groups, written with node-napcat-ts as its documentation says. It knows nothing of what is behind the
// address that it is given.
import { NCWebsocket, Structs } from 'node-napcat-ts';

const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const bot = new NCWebsocket({
  baseUrl: process.env.ONEBOT_URL,
  accessToken: process.env.ONEBOT_TOKEN,
  reconnection: { enable: true, attempts: 1000, delay: 500 },
});

const answers = {
  /** An answer that quotes, calls by name, and has a face. */
  async ping({ group_id, user_id, message_id }) {
    await bot.send_group_msg({
      group_id,
      message: [
        Structs.reply(message_id),
        Structs.at(user_id),
        Structs.text(' 乒乓 '),
        Structs.face(179),
        Structs.text(' napcat'),
      ],
    });
  },
  async who({ group_id, quick_action }) {
    const members = await bot.get_group_member_list({ group_id });
    const names = members.map(({ nickname }) => nickname).toSorted();
    await quick_action([Structs.text(`napcat 看见：${names.join('、')}`)], false);
  },
  async picture({ group_id }) {
    await bot.send_group_msg({ group_id, message: [Structs.image(dot), Structs.text('napcat 的图')] });
  },
  async file({ group_id }, address) {
    await bot.upload_group_file({ group_id, file: address, name: '报告.txt' });
  },
  async undo({ group_id }) {
    const { message_id } = await bot.send_group_msg({ group_id, message: [Structs.text('napcat 说错了')] });
    await bot.delete_msg({ message_id });
  },
  /** What was said last, as one forwarded message. */
  async record({ group_id, message_id }) {
    const { messages } = await bot.get_group_msg_history({ group_id, message_seq: message_id, count: 2 });
    const nodes = messages.map(({ sender, message }) =>
      Structs.customNode(message, sender.user_id, sender.nickname),
    );
    await bot.send_group_forward_msg({ group_id, messages: nodes });
  },
};

bot.on('message.group', async (context) => {
  const said = context.message.map(({ type, data }) => (type === 'text' ? data.text : '')).join('');
  const [, word, more] = /^!(\w+)(?: (\S+))?$/.exec(said.trim()) ?? [];
  try {
    await answers[word]?.(context, more);
  } catch (error) {
    console.log('failed', word, error);
  }
});

bot.on('message.private', async ({ quick_action, raw_message }) => {
  await quick_action([Structs.text(`napcat 听见：${raw_message}`)]);
});

bot.on('meta_event.lifecycle.connect', ({ self_id }) => console.log(`ready as ${self_id}`));
process.on('SIGTERM', () => process.exit(0));
await bot.connect();
