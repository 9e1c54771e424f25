// A bot written with Wechaty as its documentation says: "ding", and it answers "dong". It knows nothing of what is behind the
// address that it is given. What it gets is printed, a line of JSON for each message.
import { FileBox } from 'file-box';
import { WechatyBuilder } from 'wechaty';
import { comeBack } from './come-back.mjs';

const {
  WECHATY_TOKEN: token,
  WECHATY_ENDPOINT: endpoint,
  WECHATY_CA: caCert,
  BOT_NAME: name,
  BOT_FILE: file,
  BOT_RETURNS: returns,
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

bot.on('error', (error) => console.log(`error ${error.message}`));
if (returns) {
  const [host, port] = endpoint.split(':');
  comeBack(bot, host, Number(port));
}
process.on('SIGTERM', () => process.exit(0));
await bot.start();
