/**
 * wechaty-puppet-mock with strings to pull: a test is connected to it by TCP, lets people of the mock speak and hears what the
 * account says. It is copied into the driver's folder, where its packages are.
 */
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What the test asks for. `n` is answered with `done` when the mock has told it. */
export type Order =
  | { do: 'scan'; code: string }
  | { do: 'login' }
  | { do: 'logout' }
  | { do: 'deafen' }
  | { do: 'say'; n: number; text: string }
  | { do: 'picture'; base64: string; name: string }
  | { do: 'private'; text: string }
  | { do: 'topic'; topic: string }
  | { do: 'add' | 'remove' }
  | { do: 'friend'; id: string; hello: string };

/** What the test is told. */
export type Told =
  | { started: number }
  | { done: number }
  | { said: string; to: string }
  | { sent: string; bytes: string }
  | { accepted: string };

interface Person {
  id: string;
  say(something: unknown): { to(conversation: unknown): void };
}
interface Group {
  id: string;
  on(event: 'message', listener: (message: { talker(): Person; text(): string | undefined }) => void): void;
  topic(text: string): { by(person: Person): void };
  add(person: Person): { by(person: Person): void };
  remove(person: Person): { by(person: Person): void };
}
interface Mocker {
  scan(code: string): void;
  login(user: Person): void;
  createContact(payload: object): Person & Pick<Group, 'on'>;
  createRoom(payload: object): Group;
}
interface File {
  name: string;
  toStream(): Promise<NodeJS.ReadableStream>;
}
interface MockPuppet {
  mocker: Mocker;
  emit(event: string, payload: object): void;
  ding(data: string): void;
  logout(reason: string): Promise<void>;
  messageSendFile(conversation: string, file: File): Promise<void>;
}

/** Given by names, since these packages are where this file is copied to, and not here. */
const [mockPackage, fileBoxPackage]: [string, string] = ['wechaty-puppet-mock', 'file-box'];
const { PuppetMock } = (await import(mockPackage)) as { PuppetMock: new (options: object) => MockPuppet };
const { FileBox } = (await import(fileBoxPackage)) as {
  FileBox: { fromBase64(base64: string, name: string): File };
};

class StrungPuppet extends PuppetMock {
  readonly #requests = new Map<string, object>();
  readonly #tell: (told: Told) => void;

  constructor(options: { port: number }) {
    super({});
    const socket = connect(options.port, '127.0.0.1').setEncoding('utf8');
    this.#tell = (told) => void socket.write(`${JSON.stringify(told)}\n`);
    const { mocker } = this;
    const bot = mocker.createContact({ id: 'wxid_bot', name: 'Bot' });
    const ann = mocker.createContact({ id: 'wxid_ann', name: 'Ann' });
    const bob = mocker.createContact({ id: 'wxid_bob', name: 'Bob' });
    const family = mocker.createRoom({
      id: 'family@chatroom',
      topic: 'Family',
      memberIdList: [bot.id, ann.id],
    });
    for (const conversation of [family, ann]) {
      conversation.on('message', (message) => {
        const text = message.text();
        if (message.talker().id === bot.id && text !== undefined)
          this.#tell({ said: text, to: conversation.id });
      });
    }
    let rest = '';
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#obey(JSON.parse(line) as Order, { bot, ann, bob, family });
    });
    socket.on('error', () => process.exit(9));
    socket.on('connect', () => setTimeout(() => this.#tell({ started: process.pid }), 100));
  }

  /** The mock cannot take files from a disk. */
  override async messageSendFile(_conversation: string, file: File): Promise<void> {
    const bytes = await buffer(await file.toStream());
    this.#tell({ sent: file.name, bytes: bytes.toString('base64') });
  }

  async friendshipRawPayload(id: string): Promise<object | undefined> {
    return this.#requests.get(id);
  }

  async friendshipAccept(id: string): Promise<void> {
    this.#tell({ accepted: id });
  }

  #obey(
    order: Order,
    { bot, ann, bob, family }: Record<'bot' | 'ann' | 'bob', Person> & { family: Group },
  ): void {
    switch (order.do) {
      case 'scan':
        return this.mocker.scan(order.code);
      case 'login':
        return this.mocker.login(bot);
      case 'logout':
        return void this.logout('kicked from the phone');
      case 'deafen':
        this.ding = () => {};
        return;
      case 'say': {
        ann.say(order.text).to(family);
        // By then the driver has asked what it is, and written it down.
        setTimeout(() => this.#tell({ done: order.n }), 20);
        return;
      }
      case 'picture':
        return ann.say(FileBox.fromBase64(order.base64, order.name)).to(family);
      case 'private':
        return ann.say(order.text).to(bot);
      case 'topic':
        return family.topic(order.topic).by(ann);
      case 'add':
        return family.add(bob).by(ann);
      case 'remove':
        return family.remove(bob).by(ann);
      case 'friend': {
        const { id, hello } = order;
        this.#requests.set(id, { id, contactId: bob.id, hello, type: 2, timestamp: Date.now() });
        return this.emit('friendship', { friendshipId: id });
      }
    }
  }
}

// oxlint-disable-next-line import/no-default-export -- it is how puppets are found
export default StrungPuppet;
