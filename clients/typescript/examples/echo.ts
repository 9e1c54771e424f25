// Says again what people say in the rooms that the token may see: HUB=http://127.0.0.1:3010 TOKEN=… node echo.ts
import { HutongClient } from '../client.ts';

const { HUB = 'http://127.0.0.1:3010', TOKEN = '', AFTER = 'now' } = process.env;
const hub = new HutongClient({ url: HUB, token: TOKEN });
for await (const event of hub.follow({ kind: 'message', after: AFTER })) {
  if (event.postedBy !== undefined || !event.text) continue;
  await hub.send(event.room, `echo ${event.text}`, { replyTo: event.id, key: `echo-${event.id}` });
}
