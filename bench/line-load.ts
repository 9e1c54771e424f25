/**
 * The clients of the fan-out benchmark, a process of its own: many sockets in one room that count what arrives and
 * do next to nothing else, so that the server is what is measured. One client watches: each line that it sees lets
 * another one be said, so that always the same number is in flight. Speaks the house's lines and IRC.
 *
 * Gets a `LoadPlan` from its parent and answers with a `LoadResult`.
 */
import { connect, type Socket } from 'node:net';

export interface LoadPlan {
  protocol: 'house' | 'irc';
  port: number;
  people: number;
  inFlight: number;
  /** How long to measure, milliseconds. */
  forMs: number;
  /** How long to run before that, milliseconds. */
  warmUpMs: number;
  /** Bytes of text in a message. */
  textBytes: number;
}

export interface LoadResult {
  /** Messages that the watcher saw. */
  messages: number;
  /** Lines that arrived at anybody. */
  deliveries: number;
  ms: number;
  /** After the end: whether everything that was said has arrived at everybody. */
  complete: boolean;
}

const channel = '#bench';
const readBytes = 262_144;
/** How many clients log in at once. */
const loginBatch = 50;
/** How long stragglers may take after the last message, milliseconds. */
const drainMs = 5_000;

interface Client {
  nick: string;
  socket: Socket;
  /** While counting: bytes received. */
  bytes: number;
  /** Before counting: called with each whole line. */
  onLine: ((line: string) => void) | undefined;
  rest: string;
}

const toNick = (index: number) => `u${String(index).padStart(5, '0')}`;

/** The first bytes of what a client sends to say something, and of its login. */
const protocols = {
  house: {
    login: (nick: string) => `login ${nick}\r\n`,
    isIn: (line: string, nick: string) => line.startsWith(`You are ${nick},`),
    isRefused: (line: string) => line.startsWith('The name '),
    say: 'say ',
    hears: 'everyone',
  },
  irc: {
    login: (nick: string) => `NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`,
    isIn: (line: string) => line.includes(` 366 `),
    isRefused: (line: string) => /^ERROR|^:\S+ 4[36]\d /.test(line),
    say: `PRIVMSG ${channel} :`,
    hears: 'others',
  },
} as const;

export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const protocol = protocols[plan.protocol];
  const shared = Buffer.allocUnsafe(readBytes);
  const clients: Client[] = [];
  for (let first = 0; first < plan.people; first += loginBatch) {
    const batch = Array.from({ length: Math.min(loginBatch, plan.people - first) }, (_, index) =>
      logIn(plan, toNick(first + index), shared),
    );
    clients.push(...(await Promise.all(batch)));
  }
  const [watcher, ...speakers] = clients as [Client, ...Client[]];

  const lineBytes = await synchronise(watcher, speakers, protocol.say, plan.textBytes);
  const message = Buffer.from(`${protocol.say}${'x'.repeat(plan.textBytes)}\r\n`);
  for (const client of clients) {
    client.onLine = undefined;
    client.bytes = 0;
  }

  let said = 0;
  let saying = true;
  const sayNext = () => {
    const speaker = speakers[said++ % speakers.length];
    speaker?.socket.write(message);
  };
  const seen = () => watcher.bytes / lineBytes;
  const total = () => clients.reduce((sum, client) => sum + client.bytes, 0) / lineBytes;
  onBytes = (client) => {
    if (client !== watcher || !saying) return;
    while (said - Math.floor(seen()) < plan.inFlight) sayNext();
  };
  for (let index = 0; index < plan.inFlight; index++) sayNext();

  await sleepMs(plan.warmUpMs);
  const start = { ms: performance.now(), seen: seen(), total: total() };
  await sleepMs(plan.forMs);
  const end = { ms: performance.now(), seen: seen(), total: total() };
  saying = false;

  const listeners = protocol.hears === 'everyone' ? clients.length : clients.length - 1;
  const deadline = performance.now() + drainMs;
  while (total() < said * listeners && performance.now() < deadline) await sleepMs(50);
  const complete = total() === said * listeners;
  for (const client of clients) client.socket.destroy();
  return {
    messages: end.seen - start.seen,
    deliveries: end.total - start.total,
    ms: end.ms - start.ms,
    complete,
  };
}

let onBytes: (client: Client) => void = () => {};

function logIn(plan: LoadPlan, nick: string, shared: Buffer): Promise<Client> {
  const protocol = protocols[plan.protocol];
  return new Promise((resolve, reject) => {
    const client: Client = {
      nick,
      bytes: 0,
      rest: '',
      onLine(line) {
        if (line.startsWith('PING')) client.socket.write(`PONG${line.slice(4)}\r\n`);
        if (line.includes(' 001 ')) client.socket.write(`JOIN ${channel}\r\n`);
        if (protocol.isRefused(line)) reject(new Error(line));
        if (protocol.isIn(line, nick)) resolve(client);
      },
      socket: connect({
        host: '127.0.0.1',
        port: plan.port,
        noDelay: true,
        onread: {
          buffer: shared,
          callback: (length) => {
            if (client.onLine) takeLines(client, shared.toString('latin1', 0, length));
            else {
              client.bytes += length;
              onBytes(client);
            }
            return true;
          },
        },
      }),
    };
    client.socket.on('error', reject);
    client.socket.on('connect', () => client.socket.write(protocol.login(nick)));
  });
}

function takeLines(client: Client, text: string): void {
  const lines = (client.rest + text).split('\r\n');
  client.rest = lines.pop() ?? '';
  for (const line of lines) {
    const { onLine } = client;
    onLine?.(line);
  }
}

/**
 * Two messages that everybody waits for, so that nothing else is still on its way. Answers the bytes of a line as it
 * arrives.
 */
async function synchronise(
  watcher: Client,
  speakers: readonly Client[],
  say: string,
  textBytes: number,
): Promise<number> {
  const first = 'a'.repeat(textBytes);
  const second = 'b'.repeat(textBytes);
  const heardFirst = speakers.map((client) => waitFor(client, first));
  watcher.socket.write(`${say}${first}\r\n`);
  await Promise.all(heardFirst);
  const speaker = speakers[0]!;
  const heardSecond = [watcher, ...speakers.slice(1)].map((client) => waitFor(client, second));
  speaker.socket.write(`${say}${second}\r\n`);
  const [line] = await Promise.all(heardSecond);
  // A speaker's own line may still be under way to itself.
  await sleepMs(200);
  return (line ?? '').length + 2;
}

function waitFor(client: Client, text: string): Promise<string> {
  return new Promise((resolve) => {
    client.onLine = (line) => {
      if (line.endsWith(text)) resolve(line);
    };
  });
}

function sleepMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const answer = process.send?.bind(process);
if (answer) {
  process.once('message', (plan: LoadPlan) => {
    void runLoad(plan).then((result) => answer(result, () => process.disconnect?.()));
  });
}
