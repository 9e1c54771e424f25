// A bot for QQ groups, written for Koishi with its OneBot adapter as their documentation says: one application that is
// several accounts. It knows nothing of what is behind the addresses that it is given.
const { Context, HTTP, h } = require('koishi');
const { default: OneBot } = require('koishi-plugin-adapter-onebot');

const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const app = new Context({ prefix: ['/'] });
app.plugin(HTTP);
for (const { endpoint, selfId } of JSON.parse(process.env.ONEBOT_BOTS)) {
  const token = process.env.ONEBOT_TOKEN;
  app.plugin(OneBot, { protocol: 'ws', endpoint, selfId, token, retryInterval: 500, retryTimes: 1000 });
}

app
  .command('ping')
  .action(({ session }) => [
    h.quote(session.messageId),
    h.at(session.userId),
    h.text(' 乒乓 '),
    h('face', { id: '179' }),
    h.text(' koishi'),
  ]);

app.command('who').action(async ({ session }) => {
  const { data } = await session.bot.getGuildMemberList(session.guildId);
  return `koishi 看见：${data
    .map(({ user }) => user.name)
    .toSorted()
    .join('、')}`;
});

app.command('picture').action(() => [h.image(dot, 'image/png'), h.text('koishi 的图')]);

app.command('file <address:string>').action((_, address) => h('file', { src: address, title: '报告.txt' }));

app.command('undo').action(async ({ session }) => {
  const [id] = await session.send('koishi 说错了');
  await session.bot.deleteMessage(session.channelId, id);
});

/** What was said last, as one forwarded message. */
app.command('record').action(async ({ session }) => {
  const { data } = await session.bot.getMessageList(session.channelId, session.messageId);
  const messages = data
    .slice(-2)
    .map((message) =>
      h('message', [h('author', { id: message.user?.id, name: message.user?.name }), ...message.elements]),
    );
  await session.send(h('message', { forward: true }, messages));
});

/** A habit: whoever says 晚安 is answered, without a command. */
app.middleware((session, next) =>
  session.stripped.content === '晚安' ? `koishi：晚安，${session.username}` : next(),
);

app.on('bot-status-updated', () => {
  const online = app.bots.filter(({ status }) => status === 1).length;
  console.log(`${online} ready`);
});
process.on('SIGTERM', () => process.exit(0));
app.start();
