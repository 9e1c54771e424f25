// A bot written for Koishi with its Satori adapter as their documentation says. It answers whoever says something that begins
// with "count", and knows nothing of what is behind the address that it is given.
const { Context, HTTP } = require('koishi');
const { default: Satori } = require('@satorijs/adapter-satori');

const app = new Context({ prefix: ['/'] });
app.plugin(HTTP);
app.plugin(Satori, {
  endpoint: process.env.SATORI_URL,
  token: process.env.SATORI_TOKEN,
  retryInterval: 500,
  retryTimes: 1000,
});

app.middleware((session, next) =>
  session.content.startsWith('count ') ? `koishi heard ${session.content}` : next(),
);

app.command('who').action(async ({ session }) => {
  const { data } = await session.bot.getGuildMemberList(session.guildId);
  return `koishi sees ${data.map(({ user, name }) => name ?? user.name).join(', ')}`;
});

app.on('bot-status-updated', () => {
  if (app.bots.some(({ status }) => status === 1)) console.log('ready');
});
process.on('SIGTERM', () => process.exit(0));
app.start();
