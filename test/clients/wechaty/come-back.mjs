// Where the hub has no gate, Wechaty comes back by itself a minute after it has gone, or not at all where it is still away
// then. This comes back as soon as the hub does.
import { connect } from 'node:net';

export function comeBack(bot, host, port) {
  let returning = false;
  bot.on('error', async (error) => {
    if (returning || !/UNAVAILABLE|CANCELLED/.test(error.message)) return;
    returning = true;
    do {
      do await new Promise((resolve) => setTimeout(resolve, 500));
      while (!(await reachable(host, port)));
      await bot.puppet.stop();
      await bot.puppet.start().catch(() => {});
    } while (bot.puppet.state.active() !== true);
    returning = false;
  });
}

function reachable(host, port) {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.on('connect', () => socket.end(() => resolve(true)));
    socket.on('error', () => resolve(false));
  });
}
