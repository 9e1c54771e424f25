/**
 * A chat server small enough to be read at a glance, for showing one rule at a time: rooms in which people and the
 * accounts of hubs speak. It does what it is asked, at once and always, unless a test says `before` or `after` a
 * call that something goes wrong. (The simulation has the network that misbehaves by itself.)
 */
import { RequestError } from '../../src/hub/errors.ts';
import type { Ask, EditReport, MessageReport, NetworkEvent, RenameReport } from '../../src/hub/event.ts';
import { textBody, toPlainText, type AccountId, type User } from '../../src/hub/message.ts';
import type {
  AccountPort,
  Actions,
  Author,
  Carried,
  Limits,
  Network,
  OutgoingMessage,
  Receipt,
} from '../../src/hub/network.ts';
import type { VirtualTime } from '../simulation/virtual-clock.ts';

/** A message as it stands in a room. */
export interface Shown {
  native: string;
  room: string;
  /** The person, or the account, that said it. */
  by: string;
  /** As it reads now. */
  text: string;
  /** When it was said, virtual milliseconds. */
  atMs: number;
  token?: string;
  author?: Author;
  action?: boolean;
  /** The native id that it answers. */
  replyTo?: string;
  hops: readonly string[];
  recalled: boolean;
  reactions: string[];
}

/** Something that a hub asked of its account. */
export interface Call {
  act: 'send' | 'edit' | 'recall' | 'react' | 'rename' | 'find' | 'answer';
  room: string;
  token: string;
  text: string;
  /** When it was asked, virtual milliseconds. */
  atMs: number;
}

export interface Traits {
  limits?: Partial<Limits>;
  carries?: readonly Carried[];
  /** Which optional actions there are; without it those that are done to messages. */
  can?: readonly ('edit' | 'recall' | 'react' | 'rename' | 'find' | 'typing' | 'answer')[];
  /** What it answers to `find`, if not what is true. */
  find?: 'unsure';
  whenUnknown?: 'resend' | 'leave';
  /** Requests that the hub accepts by itself: a setting. */
  accept?: readonly Ask[];
  /** It talks alone with people: in one room for each of them, or in one for each who writes to them. */
  direct?: 'one room' | 'a room for each';
  /** It tells the account of its own sends, before their receipt. */
  echoes?: boolean;
  /** How long a call takes, virtual milliseconds. */
  latencyMs?: number;
}

export class FakeServer {
  readonly time: VirtualTime;
  readonly accounts: FakeAccount[] = [];
  readonly shown: Shown[] = [];
  /** Rooms in which an account is writing. */
  readonly typing = new Set<string>();
  #natives = 0;

  constructor(time: VirtualTime) {
    this.time = time;
  }

  account(id: AccountId, traits: Traits = {}): FakeAccount {
    const account = new FakeAccount(this, id, traits);
    this.accounts.push(account);
    return account;
  }

  /** What can be read in a room, top to bottom. */
  texts(room: string): string[] {
    return this.in(room).flatMap((message) => (message.recalled ? [] : message.text));
  }

  in(room: string): Shown[] {
    return this.shown.filter((message) => message.room === room);
  }

  /** The last message whose text holds these words. */
  find(room: string, words: string): Shown {
    const message = this.in(room).findLast(({ text }) => text.includes(words));
    if (!message) throw new Error(`nothing in ${room} says "${words}": ${this.texts(room).join(' | ')}`);
    return message;
  }

  /** Shows a message and tells all accounts but `except` of it. */
  add(message: Omit<Shown, 'native' | 'atMs' | 'recalled' | 'reactions'>, except?: FakeAccount): Shown {
    this.#natives += 1;
    const state = { native: `n${this.#natives}`, atMs: this.time.nowMs, recalled: false, reactions: [] };
    const shown: Shown = { ...message, ...state };
    this.shown.push(shown);
    for (const account of this.accounts) if (account !== except) void account.told(shown);
    return shown;
  }

  /** A person says something; resolves when the hubs that are there have it durable. */
  say(room: string, by: string, text: string, more: { replyTo?: string } = {}): Shown {
    return this.add({ room, by, text, hops: [], ...more });
  }
}

/** A hub's account on a server, as the hub's network and as the test's handle on it. */
export class FakeAccount {
  readonly server: FakeServer;
  readonly id: AccountId;
  readonly self: User;
  readonly calls: Call[] = [];
  /** How many runs began. */
  runs = 0;
  /** How often the hub opened the account. */
  opened = 0;
  /** When runs began, virtual milliseconds. */
  readonly beganAt: number[] = [];
  /** What the hub handed to the present run, or to the last one. */
  port: AccountPort | undefined;
  rooms: readonly string[] = [];
  /** Where set, a run fails with it instead of coming online. */
  trouble: Error | undefined;
  /** What people are called in the room with them, where that is not their id. */
  readonly nicks = new Map<string, string>();
  /** People to whom it cannot write. */
  readonly away = new Set<string>();
  /** Called before a call takes effect: it may throw, or never resolve. */
  before: (call: Call) => Promise<void> | void = () => {};
  /** Called after a call took effect, before its answer. */
  after: (call: Call) => Promise<void> | void = () => {};
  /** What a run does once it is online, instead of waiting for its end. */
  linger: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly traits: Traits;
  #end: ((error: Error) => void) | undefined;

  constructor(server: FakeServer, id: AccountId, traits: Traits) {
    this.server = server;
    this.id = id;
    this.traits = traits;
    this.self = { id: `self-of-${id}`, name: id };
  }

  open(): Network {
    this.opened += 1;
    return { run: (port, signal) => this.#run(port, signal) };
  }

  /** Where it talks alone with somebody for this author. */
  direct(user: string, author: Author): string {
    if (this.away.has(user)) throw new RequestError('person-away', `${user} has left`);
    if (this.traits.direct === 'one room') return `dm:${this.nicks.get(user) ?? user}`;
    return `dm:${user}:${author.account}:${author.user}`;
  }

  /** Ends the present run with an error. */
  cut(error = new Error('connection reset')): void {
    this.#end?.(error);
  }

  /** Reports to the hub, as the network code of this account would. */
  async report(event: NetworkEvent): Promise<void> {
    if (!this.port) throw new Error(`${this.id} was never connected`);
    await this.port.receive(event);
  }

  /** Reports a message of which everything is said here. */
  message(room: string, by: string, text: string, more: Partial<MessageReport> = {}): Promise<void> {
    return this.report({
      kind: 'message',
      room,
      sender: { id: by, name: by },
      body: textBody(text),
      ...more,
    });
  }

  edit(target: Shown, by: string, text: string, more: Partial<EditReport> = {}): Promise<void> {
    const actor = { id: by, name: by };
    const { room, native } = target;
    return this.report({ kind: 'edit', room, actor, target: native, body: textBody(text), ...more });
  }

  recall(target: Shown, by: string, more: { moderator?: boolean } = {}): Promise<void> {
    const actor = { id: by, name: by };
    return this.report({ kind: 'recall', room: target.room, actor, target: target.native, ...more });
  }

  react(target: Shown, by: string, emoji: string, added = true): Promise<void> {
    const actor = { id: by, name: by };
    const { room, native } = target;
    return this.report({ kind: 'reaction', room, actor, target: native, emoji, added });
  }

  /** Somebody whose id is their old name has another. */
  rename(room: string, id: string, name: string, more: Partial<RenameReport> = {}): Promise<void> {
    return this.report({ kind: 'rename', room, who: { id, name }, oldName: id, ...more });
  }

  /** The server tells of a message: not while the account is away, as a network without history. */
  async told(message: Shown): Promise<void> {
    if (!this.#end) return;
    const { room, native, by, text, replyTo, hops } = message;
    await this.message(room, by, text, {
      native,
      ...(replyTo !== undefined && { replyTo: { native: replyTo } }),
      ...(hops.length > 0 && { hops }),
    }).catch(() => {
      // The hub could not keep it, and this server has no history: tests of that report by themselves.
    });
  }

  async #run(port: AccountPort, signal: AbortSignal): Promise<void> {
    this.runs += 1;
    this.beganAt.push(this.server.time.nowMs);
    this.port = port;
    if (this.trouble) throw this.trouble;
    const end = Promise.withResolvers<never>();
    end.promise.catch(() => {});
    port.watchRooms((rooms) => (this.rooms = rooms));
    const { limits, carries = ['author', 'reply', 'action'] } = this.traits;
    port.online({
      self: this.self,
      actions: this.#actions(),
      limits: { textBytes: 10_000, sendsUnderWay: 1, sendTimeoutMs: 10_000, ...limits },
      carries,
    });
    this.#end = end.reject;
    try {
      if (this.linger) return await this.linger(signal);
      const stop = () => end.reject(new Error('aborted'));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      await end.promise;
    } finally {
      if (this.port === port) this.#end = undefined;
    }
  }

  #actions(): Actions {
    const { can = ['edit', 'recall', 'react'], echoes } = this.traits;
    const { server } = this;
    const at = (native: string) => server.shown.find((message) => message.native === native);
    const actions: Actions = {
      send: (message) =>
        this.#call('send', message.room, message.token, toPlainText(message.body), () => {
          const shown = server.add(this.#toShown(message), this);
          if (echoes) void this.message(shown.room, this.id, shown.text, toEcho(this, shown));
          return { native: shown.native };
        }),
    };
    if (can.includes('edit')) {
      actions.edit = (edit) =>
        this.#call('edit', edit.room, edit.token, toPlainText(edit.body), (): Receipt => {
          const target = at(edit.target);
          if (target) target.text = toPlainText(edit.body);
          return {};
        });
    }
    if (can.includes('recall')) {
      actions.recall = ({ room, token, target }) =>
        this.#call('recall', room, token, target, () => {
          const message = at(target);
          if (message) message.recalled = true;
        });
    }
    if (can.includes('react')) {
      actions.react = ({ room, token, target, emoji, added }) =>
        this.#call('react', room, token, emoji, () => {
          const message = at(target);
          if (!message) return;
          const others = message.reactions.filter((one) => one !== emoji);
          message.reactions = added ? [...others, emoji] : others;
        });
    }
    if (can.includes('rename')) {
      actions.rename = ({ room, token, oldName, author }) =>
        this.#call('rename', room, token, `${oldName} → ${author.name}`, (): Receipt => ({}));
    }
    if (can.includes('answer')) {
      actions.answer = ({ room, token, request, accepted, reason }) =>
        this.#call(
          'answer',
          room,
          token,
          `${request}: ${accepted ? 'yes' : `no, ${reason ?? ''}`}`,
          () => {},
        );
    }
    if (can.includes('typing')) {
      actions.typing = async (room, on) => {
        if (on) server.typing.add(room);
        else server.typing.delete(room);
      };
    }
    if (this.traits.direct) actions.direct = (user, author) => this.direct(user, author);
    if (can.includes('find')) {
      actions.find = ({ room, token }) =>
        this.#call('find', room, token, '', () => {
          if (this.traits.find) return this.traits.find;
          const message = server.shown.find((one) => one.token === token);
          return message ? { native: message.native } : 'absent';
        });
    }
    return actions;
  }

  #toShown(message: OutgoingMessage): Omit<Shown, 'native' | 'atMs' | 'recalled' | 'reactions'> {
    const { room, token, body, author, action, replyTo, hops } = message;
    return {
      room,
      by: this.id,
      text: toPlainText(body),
      token,
      hops,
      ...(author && { author }),
      ...(action && { action }),
      ...(replyTo && { replyTo: replyTo.native }),
    };
  }

  async #call<Answer>(
    act: Call['act'],
    room: string,
    token: string,
    text: string,
    apply: () => Answer,
  ): Promise<Answer> {
    const { time } = this.server;
    const call: Call = { act, room, token, text, atMs: time.nowMs };
    this.calls.push(call);
    await this.before(call);
    await new Promise<void>((resolve) => time.after(this.traits.latencyMs ?? 5, resolve));
    const answer = apply();
    await this.after(call);
    return answer;
  }
}

function toEcho(account: FakeAccount, { native }: Shown): Partial<MessageReport> {
  return { native, own: true, sender: account.self };
}

/** Something that never comes. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
