/** People at the telnet door of a hub that may be killed at any moment: one who says much, one who reads all. */
import assert from 'node:assert/strict';
import { connectLines, type LineClient } from '../fakes/line-client.ts';
import { readTag, toTagged } from './bridge-texts.ts';

/** So many messages are said before the first of them has to be seen. */
const SAID_AHEAD = 16;
/** How far back somebody reads who comes again. */
const HISTORY_LINES = 400;

/** Comes in by the telnet door. Rejects where the hub ends meanwhile. */
export async function enter(address: string, nick: string, room?: string): Promise<LineClient> {
  const client = await connectLines(address);
  client.send(`login ${nick}\r\n`);
  await client.until(new RegExp(`^You are ${nick}, `));
  if (room !== undefined) {
    client.send(`join ${room}\r\n`);
    await client.until(new RegExp(`^You are ${nick}, in ${room};`));
  }
  return client;
}

/** Somebody who only looks on: keeps each line, with when it came. */
export class Onlooker implements AsyncDisposable {
  readonly lines: { line: string; atMs: number }[] = [];
  readonly #client: LineClient;
  readonly #reading: Promise<void>;

  private constructor(client: LineClient) {
    this.#client = client;
    this.#reading = this.#read();
  }

  static async enter(address: string, nick: string, room?: string): Promise<Onlooker> {
    return new Onlooker(await enter(address, nick, room));
  }

  /** The connection has not been closed. */
  get connected(): boolean {
    return !this.#client.socket.destroyed && !this.#client.socket.readableEnded;
  }

  send(line: string): void {
    this.#client.send(`${line}\r\n`);
  }

  /** What somebody, as they are shown here, has said. */
  texts(nick: string): string[] {
    return this.lines.flatMap(({ line }) =>
      line.startsWith(`${nick}: `) ? line.slice(nick.length + 2) : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
    await this.#reading;
  }

  async #read(): Promise<void> {
    for (let line = await this.#client.line(); line !== undefined; line = await this.#client.line()) {
      this.lines.push({ line, atMs: performance.now() });
    }
  }
}

/** Says its messages one after the other, over as many connections as it takes. */
export class Speaker {
  /** All that was said, as it was said: the tag's second number counts the tries. */
  readonly spoken: string[] = [];
  /** What this speaker has seen in the room afterwards: the hub has accepted it. */
  readonly accepted: string[] = [];
  readonly #nick: string;
  readonly #texts: readonly string[];
  readonly #attempts: number[];
  #client: LineClient | undefined;
  /** Said over this connection and not seen yet. */
  #open: string[] = [];

  constructor(nick: string, texts: readonly string[]) {
    this.#nick = nick;
    this.#texts = texts;
    this.#attempts = texts.map(() => 0);
  }

  /** Comes in; what was said and not seen over an earlier connection is going to be said again. */
  async enter(address: string): Promise<void> {
    this.#client = await enter(address, this.#nick);
    this.#open = [];
  }

  /** Speaks until `until` messages are accepted, and is by then at most at the message `upTo`. */
  async speak(until: number, upTo: number): Promise<void> {
    while (this.accepted.length < until) {
      this.#sayAhead(upTo);
      const line = await this.#client?.line();
      assert.ok(line !== undefined, 'the door stays open while the hub runs');
      this.#see(line);
    }
    this.#sayAhead(upTo);
  }

  /** The door has closed: reads what still came. */
  async leave(): Promise<void> {
    for (const line of (await this.#client?.rest()) ?? []) this.#see(line);
    await this.#client?.[Symbol.asyncDispose]();
    this.#client = undefined;
  }

  #sayAhead(upTo: number): void {
    for (;;) {
      const number = this.accepted.length + this.#open.length;
      if (this.#open.length >= SAID_AHEAD || number >= Math.min(upTo, this.#texts.length)) return;
      this.#attempts[number]! += 1;
      const text = toTagged(number + 1, this.#attempts[number]!, this.#texts[number]!);
      this.#open.push(text);
      this.spoken.push(text);
      this.#client?.send(`say ${text}\r\n`);
    }
  }

  #see(line: string): void {
    if (!line.startsWith(`${this.#nick}: `)) return;
    const text = line.slice(`${this.#nick}: `.length);
    assert.equal(text, this.#open.shift(), 'a speaker sees the own words, as they were said, in order');
    this.accepted.push(text);
  }
}

/** What somebody was shown of one message. */
export interface Seen {
  tag: string;
  text: string;
  nick: string;
  /** From the history, not as it was said. */
  old: boolean;
  /** The connection ended behind it, so that it may lack its end. */
  last: boolean;
}

/** Reads what is said, over as many connections as it takes, and what was missed from the history. */
export class Reader {
  readonly #nick: string;
  readonly #sessions: string[][] = [];

  constructor(nick: string) {
    this.#nick = nick;
  }

  /** Reads until the door closes. */
  async read(address: string): Promise<void> {
    const lines: string[] = [];
    this.#sessions.push(lines);
    await using client = await enter(address, this.#nick);
    client.send(`history ${HISTORY_LINES}\r\n`);
    for (let line = await client.line(); line !== undefined; line = await client.line()) lines.push(line);
  }

  /** The messages shown, by connections. */
  sessions(): Seen[][] {
    return this.#sessions.map(toMessages);
  }
}

/** A further line of a message begins so. */
const FURTHER = '  | ';

function toMessages(lines: readonly string[]): Seen[] {
  const messages: Seen[] = [];
  let current: Seen | undefined;
  for (const line of lines) {
    if (line.startsWith(FURTHER)) {
      if (current) current.text += `\n${line.slice(FURTHER.length)}`;
      continue;
    }
    const start = /^(\[[^\]]*\] )?(\S+): (#\d+\.\d+ .*)$/.exec(line);
    const [, time, nick = '', text = ''] = start ?? [];
    current = start
      ? { tag: readTag(text) ?? '', text, nick, old: time !== undefined, last: false }
      : undefined;
    if (current) messages.push(current);
  }
  if (current) current.last = true;
  return messages;
}
