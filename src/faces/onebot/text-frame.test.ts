// Frames as a client of `ws` reads them, at the lengths where their form changes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { toTextBytes, toTextFrame } from './text-frame.ts';

test('frames of all lengths are read as the texts that they are', async () => {
  const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000].map((length) => 'a'.repeat(length));
  texts.push('胡同 🏮', '胡'.repeat(42), '胡'.repeat(30_000));
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (open) => {
      socket.write(Buffer.concat(texts.map(toTextFrame)));
      open.close();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const read: string[] = [];
  client.on('message', (data: Buffer, isBinary: boolean) => read.push(isBinary ? '' : data.toString()));
  await once(client, 'close');
  server.close();
  assert.deepEqual(read, texts);
  for (const text of texts) assert.equal(toTextBytes(toTextFrame(text)).toString(), text);
});
