/**
 * The pipe to the hub: lines of JSON on file descriptor 3, so that what a puppet prints disturbs nobody. What is sent is
 * src/networks/wechaty/protocol.ts; its types are gone when this runs, which is why it can be copied elsewhere.
 */
import { Socket } from 'node:net';
import type { FromDriver, ToDriver } from '../../src/networks/wechaty/protocol.ts';

const CHANNEL_FD = 3;
/** What may wait to be read by the hub, bytes. A hub that takes so little is not there any more. */
const WAITING_LIMIT_BYTES = 64 * 1024 * 1024;

export interface Channel {
  send(frame: FromDriver): void;
  /** Resolves when the last frame is on its way. */
  flush(): Promise<void>;
}

/** Opens the pipe. `onEnd`: the hub is gone, or says nothing that is understood. */
export function openChannel(onFrame: (frame: ToDriver) => void, onEnd: (why: string) => void): Channel {
  const socket = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      let frame: ToDriver;
      try {
        frame = JSON.parse(line) as ToDriver;
      } catch {
        // Nobody but the hub writes here: if that is not understood, nothing will be.
        return onEnd('the hub is not understood');
      }
      onFrame(frame);
    }
  });
  socket.on('error', (error) => onEnd(error.message));
  socket.on('close', () => onEnd('the hub is gone'));
  socket.on('end', () => onEnd('the hub is gone'));
  return {
    send(frame) {
      socket.write(`${JSON.stringify(frame)}\n`);
      if (socket.writableLength > WAITING_LIMIT_BYTES) onEnd('the hub does not read');
    },
    flush: () => new Promise((resolve) => socket.write('', () => resolve())),
  };
}
