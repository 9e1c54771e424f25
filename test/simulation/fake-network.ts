/**
 * A network that misbehaves in every way that real ones were seen to: replies that get lost, requests that get
 * lost, connections that are cut or fall silent, runs that never end, events told twice, echoes before receipts.
 * The `FakeServer` is the other side: it lives through the hub's crashes, and what stands in its rooms at the end
 * is what people have seen.
 */
import { DeliveryError, RequestError } from '../../src/hub/errors.ts';
import type { NetworkEvent } from '../../src/hub/event.ts';
import { textBody, toPlainText } from '../../src/hub/message.ts';
import type {
  AccountPort,
  Actions,
  Network,
  OutgoingMessage,
  OutgoingRename,
  Receipt,
} from '../../src/hub/network.ts';
import type { VirtualTime } from './virtual-clock.ts';

/** What a network is like; drawn by the seed. */
export interface Traits {
  /** What it answers when asked whether something was sent. */
  find: 'sure' | 'unsure' | 'none';
  sendsUnderWay: number;
  canEdit: boolean;
  canRecall: boolean;
  /** It shows another name of somebody in a way of its own. */
  canRename: boolean;
  carriesAuthor: boolean;
  textBytes: number;
  /** It reports the account's own sends like everybody else's. */
  echoes: boolean;
  /** How many events it tells again after a reconnect. */
  overlap: number;
  /** When a connection ends, what was asked of it is answered with an error; else it is never answered. */
  rejectsPending: boolean;
  /** A run that is told to end may not. */
  zombie: boolean;
}

/** What stands in a room. */
export interface Said {
  native: string;
  /** `me` is the hub's account. */
  sender: string;
  /** As it reads now. */
  text: string;
  /** The hub's name for the send; missing where a person said it. */
  token?: string;
  recalled: boolean;
  /** The last text its author gave it; missing when it was never edited. */
  edited?: string;
  /** It is no message: its sender has this name from now on. */
  renamed?: string;
}

type Trouble =
  | 'none'
  | 'lost-reply'
  | 'lost-request'
  | 'transient'
  | 'given-back'
  | 'cut-before'
  | 'cut-after';

const self = { id: 'me', name: 'hub' };

export class FakeServer {
  readonly name: string;
  readonly traits: Traits;
  readonly rooms = new Map<string, Said[]>();
  /** Rooms in which the account talks alone with a person, who writes there to somebody elsewhere. */
  readonly privately = new Map<string, { account: string; user: string }>();
  /** Everything that happened, as it is told to the account. */
  readonly feed: NetworkEvent[] = [];
  /** Natives of which the hub said that they are durable, with their rooms. */
  readonly acknowledged: { room: string; native: string }[] = [];
  /** What the account answered to requests, each time; requests have their key from the beginning. */
  readonly answers = new Map<string, boolean[]>();
  /** How far the account is known to have read. */
  told = 0;
  /** While true everything goes wrong at times. */
  troubled = true;
  /** While true nothing that is sent here is answered. */
  stalled = false;
  /** Calls that came from a run that was over, and were taken. */
  takenFromDead = 0;
  readonly #time: VirtualTime;
  #connection: Connection | undefined;
  #natives = 0;
  readonly #asked = new Map<string, string>();
  /** What people are called who have another name than their id. */
  readonly #names = new Map<string, string>();

  constructor(name: string, rooms: readonly string[], traits: Traits, time: VirtualTime) {
    this.name = name;
    this.traits = traits;
    this.#time = time;
    for (const room of rooms) this.rooms.set(room, []);
  }

  say(room: string, sender: string, text: string, replyTo?: string): Said {
    const said: Said = { native: `n${++this.#natives}`, sender, text, recalled: false };
    this.rooms.get(room)!.push(said);
    const to = this.privately.get(room);
    this.#tell({
      kind: 'message',
      room,
      native: said.native,
      sender: sender === 'me' ? self : { id: sender, name: this.#names.get(sender) ?? sender },
      body: textBody(text),
      ...(sender === 'me' && { own: true }),
      ...(replyTo !== undefined && { replyTo: { native: replyTo } }),
      ...(to && { to }),
    });
    return said;
  }

  /** Somebody edits a message; whether it is theirs is for the hub to find out. */
  edit(room: string, said: Said, actor: string, text: string): void {
    if (actor === said.sender) {
      said.text = text;
      said.edited = text;
    }
    this.#tell({
      kind: 'edit',
      room,
      native: `n${++this.#natives}`,
      actor: { id: actor, name: actor },
      target: said.native,
      body: textBody(text),
    });
  }

  recall(room: string, said: Said): void {
    said.recalled = true;
    const actor = { id: said.sender, name: said.sender };
    this.#tell({ kind: 'recall', room, native: `n${++this.#natives}`, actor, target: said.native });
  }

  /** Somebody has another name; `me` too, whose name is nobody's business elsewhere. */
  rename(room: string, sender: string, name: string): void {
    const oldName = this.#names.get(sender) ?? sender;
    this.#names.set(sender, name);
    const native = `n${++this.#natives}`;
    const text = `${oldName} is now known as ${name}`;
    this.rooms.get(room)!.push({ native, sender, text, recalled: false, renamed: name });
    const who = { id: sender === 'me' ? self.id : sender, name };
    this.#tell({ kind: 'rename', room, native, who, oldName, ...(sender === 'me' && { own: true }) });
  }

  /** Somebody asks to be let into a room. Answers the request's id. */
  ask(room: string): string {
    const request = `q${this.answers.size + 1}`;
    this.answers.set(request, []);
    this.#asked.set(request, room);
    this.#tell({ kind: 'request', room, ask: 'join', request, from: { id: 'zoe', name: 'Zoe' } });
    return request;
  }

  /** Somebody answers it with another client. */
  answerElsewhere(request: string, accepted: boolean): void {
    const room = this.#asked.get(request)!;
    this.#tell({ kind: 'answer', room, request, answer: accepted ? 'accepted' : 'refused' });
  }

  /** The network as the hub opens it. */
  open(): Network {
    return { run: (port, signal) => this.#run(port, signal) };
  }

  /** Ends whatever connection there is, as a crash of the hub or a cut cable does. */
  cut(reason: string): void {
    this.#connection?.die(new Error(reason));
  }

  chance(probability: number): boolean {
    return this.#time.random() < probability;
  }

  delay(maxMs: number): Promise<void> {
    return new Promise((resolve) => this.#time.after(1 + this.#time.random() * maxMs, resolve));
  }

  /** What the hub's account says, edits or takes back, applied to the room. */
  apply(
    action: { send: OutgoingMessage | OutgoingRename } | { edit: string; text: string } | { recall: string },
  ): Said | undefined {
    if ('send' in action) {
      const { room, token, body } = action.send;
      const text = toPlainText(body);
      const said: Said = { native: `n${++this.#natives}`, sender: 'me', text, token, recalled: false };
      this.rooms.get(room)!.push(said);
      const echo = { room, native: said.native, own: true };
      if (!this.traits.echoes) return said;
      if ('oldName' in action.send) this.#tell({ ...echo, kind: 'rename', who: self, oldName: 'hub before' });
      else this.#tell({ ...echo, kind: 'message', sender: self, body: textBody(text) });
      return said;
    }
    const native = 'edit' in action ? action.edit : action.recall;
    const said = [...this.rooms.values()].flat().find((candidate) => candidate.native === native);
    if (!said) return undefined;
    const room = [...this.rooms].find(([, all]) => all.includes(said))![0];
    const told = { room, native: `n${++this.#natives}`, actor: self, target: native, own: true };
    if ('edit' in action) said.text = action.text;
    else said.recalled = true;
    if (!this.traits.echoes) return said;
    if ('edit' in action) this.#tell({ ...told, kind: 'edit', body: textBody(action.text) });
    else this.#tell({ ...told, kind: 'recall' });
    return said;
  }

  #tell(event: NetworkEvent): void {
    this.feed.push({ ...event, at: this.#time.nowMs });
    this.#connection?.wake();
  }

  async #run(port: AccountPort, signal: AbortSignal): Promise<void> {
    await this.delay(200);
    if (this.troubled && this.chance(0.2)) throw new Error('connection refused');
    this.#connection?.die(new Error('replaced by a new connection'));
    const connection = new Connection(this);
    this.#connection = connection;
    const known = Number((await port.store.get('cursor')) ?? 0);
    port.online({
      self,
      actions: connection.actions(),
      limits: {
        textBytes: this.traits.textBytes,
        sendsUnderWay: this.traits.sendsUnderWay,
        sendTimeoutMs: 10_000,
        aliveMs: 20_000,
      },
      carries: this.traits.carriesAuthor ? ['author'] : [],
    });
    const ended = new Promise<void>((_, reject) => {
      signal.addEventListener('abort', () => {
        connection.die(new Error('aborted'));
        if (!this.traits.zombie) reject(new Error('aborted'));
        else this.#haunt(port);
      });
      void connection.dead.then((error) => (connection.silent ? undefined : reject(error)));
    });
    ended.catch(() => {});
    void this.#keepAlive(port, connection);
    await Promise.race([ended, this.#report(port, connection, Math.max(0, known - this.traits.overlap))]);
  }

  /** Tells what happened from `cursor` on, several at once, and remembers how far it got only when that is safe. */
  async #report(port: AccountPort, connection: Connection, from: number): Promise<never> {
    for (let cursor = from; ;) {
      const batch = this.feed.slice(cursor, cursor + 8);
      if (batch.length === 0) {
        await connection.more();
        continue;
      }
      await this.delay(20);
      // One that may be refused is told before what comes behind it, as a person would write it again.
      const isPrivate = batch.some((event) => event.kind === 'message' && event.to);
      if (isPrivate) batch.splice(1);
      await Promise.all(
        batch.map(async (event) => {
          await this.#receive(port, connection, event);
          if (event.native !== undefined) this.acknowledged.push({ room: event.room, native: event.native });
        }),
      );
      cursor += batch.length;
      this.told = Math.max(this.told, cursor);
      await port.store.set('cursor', String(cursor));
    }
  }

  /** Hands an event in; a private message again and again, while it is for somebody who cannot be reached. */
  async #receive(port: AccountPort, connection: Connection, event: NetworkEvent): Promise<void> {
    for (;;) {
      try {
        return await port.receive(event);
      } catch (error) {
        if (!(error instanceof RequestError) || connection.isDead) throw error;
        await this.delay(5_000);
      }
    }
  }

  async #keepAlive(port: AccountPort, connection: Connection): Promise<void> {
    while (!connection.isDead) {
      await this.delay(10_000);
      if (this.troubled && this.chance(0.01)) {
        connection.silent = true;
        connection.die(new Error('fell silent'));
        return;
      }
      if (this.troubled && this.chance(0.02)) connection.die(new Error('connection reset'));
      if (connection.isDead) return;
      try {
        port.alive();
      } catch {
        return; // The hub has ended this run before the server noticed.
      }
    }
  }

  /** An abandoned run goes on reporting what nobody said; the hub must not take it. */
  #haunt(port: AccountPort): void {
    this.#time.after(30_000, () => {
      const room = [...this.rooms.keys()][0]!;
      port
        .receive({
          kind: 'message',
          room,
          native: `ghost${this.#natives++}`,
          sender: self,
          body: textBody('boo'),
        })
        .then(() => (this.takenFromDead += 1))
        .catch(() => {}); // Refused, as it should be.
    });
  }

  /** What goes wrong with the next request. */
  trouble(): Trouble {
    if (!this.troubled) return 'none';
    const draw = this.#time.random();
    const inOrder = this.traits.sendsUnderWay > 1;
    if (draw < 0.03) return 'lost-reply';
    if (draw < 0.06) return inOrder ? 'none' : 'lost-request';
    if (draw < 0.1) return inOrder ? 'given-back' : 'transient';
    if (draw < 0.12) return 'cut-before';
    if (draw < 0.14) return 'cut-after';
    return 'none';
  }
}

/** One connection: requests are worked off in the order in which they came. */
class Connection {
  readonly dead: Promise<Error>;
  isDead = false;
  /** It died without a word: the run does not notice. */
  silent = false;
  readonly #server: FakeServer;
  #die!: (error: Error) => void;
  #work: Promise<unknown> = Promise.resolve();
  #wake: (() => void)[] = [];
  /** Of each room: how often the hub was told that requests come back, and whether they do and it was not told yet. */
  readonly #returns = new Map<string, { told: number; untold: boolean }>();

  constructor(server: FakeServer) {
    this.#server = server;
    this.dead = new Promise((resolve) => (this.#die = resolve));
  }

  die(error: Error): void {
    this.isDead = true;
    this.#die(error);
  }

  wake(): void {
    if (!this.isDead) for (const go of this.#wake.splice(0)) go();
  }

  more(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  actions(): Actions {
    const server = this.#server;
    const actions: Actions = {
      send: async (message) => {
        if (toPlainText(message.body).includes('poison')) {
          throw new DeliveryError('failed', 'this network does not take poison', { permanent: true });
        }
        const said = await this.#request(message.room, () => server.apply({ send: message }));
        return { native: said!.native };
      },
    };
    actions.answer = async ({ room, request, accepted }) => {
      await this.#request(room, () => server.answers.get(request)?.push(accepted));
    };
    const [alone] = server.privately.keys();
    if (alone !== undefined) actions.direct = () => alone;
    if (server.traits.canEdit) {
      actions.edit = async (edit) => {
        await this.#request(edit.room, () =>
          server.apply({ edit: edit.target, text: toPlainText(edit.body) }),
        );
        return {};
      };
    }
    if (server.traits.canRecall) {
      actions.recall = async ({ room, target }) => {
        await this.#request(room, () => server.apply({ recall: target }));
      };
    }
    if (server.traits.canRename) {
      actions.rename = async (renaming) => {
        const said = await this.#request(renaming.room, () => server.apply({ send: renaming }));
        return { native: said!.native };
      };
    }
    if (server.traits.find !== 'none') {
      actions.find = ({ room, token }) =>
        this.#request(room, (): Receipt | 'absent' | 'unsure' => {
          if (server.traits.find === 'unsure') return 'unsure';
          const said = server.rooms.get(room)!.find((candidate) => candidate.token === token);
          return said ? { native: said.native } : 'absent';
        });
    }
    return actions;
  }

  /** Works a request off after those before it, or not, as luck will have it. */
  #request<Answer>(room: string, apply: () => Answer): Promise<Answer> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      const lost = () => reject(new DeliveryError('unknown', 'the connection is over'));
      if (this.isDead) return reject(new DeliveryError('failed', 'not connected'));
      const returns = this.#returnsOf(room);
      const { told } = returns;
      if (server.traits.rejectsPending) void this.dead.then(() => (this.silent ? undefined : lost()));
      this.#work = this.#work.then(async () => {
        await server.delay(50);
        // A stalled server works everything off later, in the same order.
        while (server.stalled && !this.isDead) await server.delay(1_000);
        if (this.isDead) return;
        const trouble = returns.untold || returns.told !== told ? 'given-back' : server.trouble();
        if (trouble === 'given-back') return this.#giveBack(returns, reject);
        if (trouble === 'transient') return reject(new DeliveryError('failed', 'busy, try again'));
        if (trouble === 'lost-request') return;
        if (trouble === 'cut-before') return this.die(new Error('reset'));
        const answer = apply();
        if (trouble === 'lost-reply') return;
        if (trouble === 'cut-after') return this.die(new Error('reset'));
        void server.delay(50).then(() => resolve(answer));
      });
    });
  }

  #returnsOf(room: string) {
    let returns = this.#returns.get(room);
    if (!returns) this.#returns.set(room, (returns = { told: 0, untold: false }));
    return returns;
  }

  /**
   * A request comes back, and so does all that was asked of its room before the hub is told so, each in its own time: the
   * room lost its occupant, and soon has it again.
   */
  #giveBack(returns: { told: number; untold: boolean }, reject: (error: Error) => void): void {
    returns.untold = true;
    void this.#server.delay(2_000).then(() => {
      if (returns.untold) returns.told += 1;
      returns.untold = false;
      reject(new DeliveryError('failed', 'not in the room at the moment'));
    });
  }
}
