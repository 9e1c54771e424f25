/**
 * A Wechaty puppet in few lines, without Wechaty: it is loaded into the driver's process and does what a `FakeWeChat` in the
 * test's process says, over TCP. What it is told to do wrong comes in its options.
 */
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onLines, type ToPuppet, type World } from './wechat.ts';

interface Options {
  port: number;
  /** What it does wrong. */
  fault?: 'hangs' | 'dies' | 'throws' | 'blocks';
}

class WeChatPuppet extends EventEmitter {
  readonly #options: Options;
  readonly #payloads = new Map<string, object>();
  readonly #answers = new Map<number, (answer: unknown) => void>();
  #socket: Socket | undefined;
  #world: World = { contacts: {}, rooms: {} };
  #next = 0;

  constructor(options: Options) {
    super();
    this.#options = options;
  }

  setMemory(): void {}

  async start(): Promise<void> {
    const { port, fault } = this.#options;
    if (fault === 'hangs') await new Promise(() => {});
    if (fault === 'throws') throw new Error('it does not want to start');
    const socket = connect(port, '127.0.0.1');
    this.#socket = socket;
    await once(socket, 'connect');
    onLines(socket, (line) => this.#take(JSON.parse(line) as ToPuppet));
    socket.on('close', () => process.exit(7));
    this.#write({ hello: process.pid });
    if (fault === 'dies') setImmediate(() => this.#throw('it dies at login'));
  }

  ding(data: string): void {
    if (this.#options.fault !== 'blocks') this.emit('dong', { data });
  }

  async contactPayload(id: string): Promise<unknown> {
    return this.#find(this.#world.contacts, id);
  }
  async contactList(): Promise<string[]> {
    return Object.keys(this.#world.contacts);
  }
  async roomPayload(id: string): Promise<unknown> {
    return this.#find(this.#world.rooms, id);
  }
  async roomList(): Promise<string[]> {
    return Object.keys(this.#world.rooms);
  }
  async roomMemberList(): Promise<string[]> {
    return Object.keys(this.#world.contacts);
  }
  async roomMemberPayload(_room: string, id: string): Promise<unknown> {
    return this.#find(this.#world.contacts, id);
  }
  async messagePayload(id: string): Promise<unknown> {
    return this.#payloads.get(id);
  }
  async friendshipPayload(id: string): Promise<unknown> {
    return this.#payloads.get(id);
  }
  async roomInvitationPayload(id: string): Promise<unknown> {
    return this.#payloads.get(id);
  }
  messageUrl = (id: string) => this.#ask('messageUrl', id);
  messageMiniProgram = (id: string) => this.#ask('messageMiniProgram', id);
  messageLocation = (id: string) => this.#ask('messageLocation', id);
  messageContact = (id: string) => this.#ask('messageContact', id);
  messageFile = async () => Promise.reject(new Error('no file'));
  messageImage = async () => Promise.reject(new Error('no picture'));
  messageRecall = (id: string) => this.#ask('messageRecall', id);
  messageSendUrl = (conversation: string, link: object) => this.#ask('messageSendUrl', conversation, link);
  friendshipAccept = (id: string) => this.#ask('friendshipAccept', id);
  roomInvitationAccept = (id: string) => this.#ask('roomInvitationAccept', id);

  async messageSendText(conversation: string, text: string, mentions: string[] = []): Promise<unknown> {
    return this.#ask('messageSendText', conversation, text, mentions);
  }

  #take(frame: ToPuppet): void {
    if ('world' in frame) this.#world = frame.world;
    else if ('answer' in frame) this.#answers.get(frame.answer)?.(frame.result);
    else if ('print' in frame) process.stdout.write(`${frame.print}\n`);
    else if ('throw' in frame) this.#throw(frame.throw);
    else if ('spin' in frame) for (;;);
    else {
      if (frame.behind) this.#payloads.set(frame.behind.id, frame.behind.payload);
      this.emit(frame.emit, frame.payload);
    }
  }

  #throw(message: string): void {
    throw new Error(message);
  }

  #find(table: Readonly<Record<string, object>>, id: string): object {
    const found = table[id];
    if (!found) throw new Error(`there is no ${id}`);
    return { id, ...found };
  }

  /** The answer is the test's; where it gives none, the call hangs. */
  #ask(method: string, ...args: readonly unknown[]): Promise<unknown> {
    this.#next += 1;
    const call = this.#next;
    return new Promise((resolve, reject) => {
      this.#answers.set(call, (answer) => {
        const refusal = (answer as { error?: string } | undefined)?.error;
        if (refusal === undefined) resolve(answer);
        else reject(new Error(refusal));
      });
      this.#write({ call, method, args });
    });
  }

  #write(frame: object): void {
    this.#socket?.write(`${JSON.stringify(frame)}\n`);
  }
}

// oxlint-disable-next-line import/no-default-export -- it is how puppets are found
export default WeChatPuppet;
