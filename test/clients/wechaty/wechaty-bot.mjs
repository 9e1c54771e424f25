// A bot written with Wechaty as its documentation says: "ding", and it answers "dong". It knows nothing of what is behind the
// address that it is given. What it gets is printed, a line of JSON for each message.
import { connect } from 'node:net';
import { FileBox } from 'file-box';
import { WechatyBuilder } from 'wechaty';

const {
  WECHATY_TOKEN: token,
  WECHATY_ENDPOINT: endpoint,
  WECHATY_CA: caCert,
  BOT_NAME: name,
  BOT_FILE: file,
} = process.env;
const tls = caCert ? { caCert } : { disable: true };
const bot = WechatyBuilder.build({
  puppet: 'wechaty-puppet-service',
  puppetOptions: { token, endpoint, tls },
});

let mistake;
bot.on('login', (user) => console.log(`ready as ${user.name()}`));
bot.on('message', async (message) => {
  try {
    const room = message.room();
    console.log(
      JSON.stringify({
        id: message.id,
        text: message.text(),
        from: message.talker().name(),
        room: room ? await room.topic() : null,
        self: message.self(),
      }),
    );
    if (message.self()) return;
    if (message.text() === 'ding') await message.say(`dong ${name}`);
    if (message.text() === `file ${name}`) await message.say(FileBox.fromFile(file));
    if (message.text() === `who ${name}`) {
      const members = await room.memberAll();
      await room.say(
        `${name} sees ${members
          .map((member) => member.name())
          .toSorted()
          .join(', ')}`,
      );
    }
    if (message.text() === `call ${name}`) await room.say('here you are', message.talker());
    if (message.text() === `err ${name}`) mistake = await message.say(`wrong ${name}`);
    if (message.text() === `undo ${name}`) await mistake.recall();
  } catch (error) {
    console.log('failed', error);
  }
});

// Wechaty comes back by itself a minute after the service has gone, or not at all where it is still away then. This comes
// back as soon as the service does.
let returning = false;
bot.on('error', async (error) => {
  console.log(`error ${error.message}`);
  if (returning || !/UNAVAILABLE|CANCELLED/.test(error.message)) return;
  returning = true;
  do {
    do await new Promise((resolve) => setTimeout(resolve, 500));
    while (!(await reachable(endpoint)));
    await bot.puppet.stop();
    await bot.puppet.start().catch(() => {});
  } while (bot.puppet.state.active() !== true);
  returning = false;
});

function reachable(address) {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.on('connect', () => socket.end(() => resolve(true)));
    socket.on('error', () => resolve(false));
  });
}

process.on('SIGTERM', () => process.exit(0));
await bot.start();
