/**
 * The clients of `web.ts`, a process of their own. They read no more of an answer than where it ends, so that it is the
 * server that is measured.
 *
 * Gets a `WebClientsPlan` at a time from its parent, and answers each with a `WebClientsResult`.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';

export type WebClientsPlan =
  | { do: 'ask'; port: number; path: string; token: string; connections: number; answers: number }
  | { do: 'idle'; port: number; token: string; streams: number }
  | {
      do: 'push';
      /** How what is said is told: by server-sent events, or by the WebSocket of Satori. */
      via: 'sse' | 'satori';
      port: number;
      token: string;
      room: string;
      messages: number;
      everyMs: number;
    };

export interface WebClientsResult {
  /** `push`, milliseconds for each message: from its sending, and from the answer that says that it is in the journal. */
  sinceSentMs?: number[];
  sinceKeptMs?: number[];
}

const headEnd = Buffer.from('\r\n\r\n');

/** Streams stay open until the parent ends this process. */
const streams: Socket[] = [];

async function handle(plan: WebClientsPlan): Promise<WebClientsResult> {
  if (plan.do === 'push') return push(plan);
  if (plan.do === 'ask') {
    await ask(plan);
    return {};
  }
  for (let number = 0; number < plan.streams; number += 1) streams.push(await openStream(plan, () => {}));
  return {};
}

/** Has so many answers in all, each connection asking anew when it was answered. Then nothing is on its way any more. */
async function ask(plan: WebClientsPlan & { do: 'ask' }): Promise<void> {
  const { port, path, token, connections, answers } = plan;
  const request = toHead('GET', path, token);
  const all = Promise.withResolvers<void>();
  let asked = 0;
  let answered = 0;
  const sockets = Array.from({ length: connections }, () => {
    const socket = connectTo(port);
    const askOnce = () => {
      if (asked === answers) return;
      asked += 1;
      socket.write(request);
    };
    const read = createAnswerReader(() => {
      answered += 1;
      if (answered === answers) all.resolve();
      askOnce();
    });
    socket.on('data', read);
    askOnce();
    return socket;
  });
  await all.promise;
  for (const socket of sockets) socket.destroy();
}

async function push(plan: WebClientsPlan & { do: 'push' }): Promise<WebClientsResult> {
  const { via, port, token, room, messages, everyMs } = plan;
  let pushed = Promise.withResolvers<number>();
  let wanted = '';
  let seen = '';
  const open = via === 'sse' ? openStream : openSatori;
  const stream = await open(plan, (text) => {
    seen += text;
    if (wanted === '' || !seen.includes(wanted)) return;
    seen = '';
    pushed.resolve(performance.now());
  });
  let kept = Promise.withResolvers<number>();
  const posting = connectTo(port);
  posting.on(
    'data',
    createAnswerReader(() => kept.resolve(performance.now())),
  );
  const result = { sinceSentMs: [] as number[], sinceKeptMs: [] as number[] };
  for (let number = 0; number < messages; number += 1) {
    pushed = Promise.withResolvers();
    kept = Promise.withResolvers();
    wanted = `:"message ${number} of the benchmark"`;
    const body = JSON.stringify({ room, text: `message ${number} of the benchmark` });
    const sentMs = performance.now();
    posting.write(`${toHead('POST', '/v1/messages', token, body.length)}${body}`);
    const [pushedMs, keptMs] = await Promise.all([pushed.promise, kept.promise]);
    result.sinceSentMs.push(pushedMs - sentMs);
    result.sinceKeptMs.push(pushedMs - keptMs);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  stream.destroy();
  posting.destroy();
  return result;
}

/** Resolves when the stream has begun; `told` gets all that comes. */
async function openStream(
  { port, token }: { port: number; token: string },
  told: (text: string) => void,
): Promise<Socket> {
  const socket = connectTo(port);
  socket.write(toHead('GET', '/v1/events/sse', token));
  await once(socket, 'data');
  socket.on('data', (chunk: Buffer) => told(chunk.toString()));
  return socket;
}

/** The same of a bot that has said who it is. */
async function openSatori(
  { port, token }: { port: number; token: string },
  told: (text: string) => void,
): Promise<{ destroy(this: void): void }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/satori/v1/events`);
  await once(socket, 'open');
  const ready = once(socket, 'message');
  socket.send(JSON.stringify({ op: 3, body: { token } }));
  await ready;
  socket.on('message', (data: Buffer) => told(data.toString()));
  return { destroy: () => socket.terminate() };
}

function connectTo(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', (error) => {
    throw error;
  });
  return socket;
}

function toHead(method: string, path: string, token: string, bodyBytes?: number): string {
  const body =
    bodyBytes === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${bodyBytes}\r\n`;
  return `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n${body}\r\n`;
}

/** Takes what comes on a connection; calls back at the end of each answer, which has to be a success. */
function createAnswerReader(answered: () => void): (chunk: Buffer) => void {
  let head: Buffer = Buffer.alloc(0);
  let missing = 0;
  return (chunk) => {
    if (missing > 0) {
      missing -= chunk.length;
    } else {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const end = head.indexOf(headEnd);
      if (end < 0) return;
      const text = head.toString('latin1', 0, end);
      if (!text.startsWith('HTTP/1.1 2')) throw new Error(text);
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
      missing = length - (head.length - end - headEnd.length);
      head = Buffer.alloc(0);
    }
    if (missing === 0) answered();
  };
}

process.on('message', (plan: WebClientsPlan) => {
  void handle(plan).then((result) => process.send?.(result));
});
