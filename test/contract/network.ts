/**
 * What every network promises to the hub, as one suite: a network passes it by calling `networkContract` in its own
 * tests, with a harness that opens the network against its real other side, or a fake one that speaks real bytes.
 * See docs/adding-a-network.md.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createSystemClock } from '../../src/hub/clock.ts';
import { DeliveryError } from '../../src/hub/errors.ts';
import type { MessageReport } from '../../src/hub/event.ts';
import { textBody, toPlainText } from '../../src/hub/message.ts';
import type { AccountPort, Network, OutgoingMessage, Receipt, Session } from '../../src/hub/network.ts';
import { FakePort } from '../fakes/port.ts';
import { documentedRow, toCapabilityRow } from './capabilities.ts';

/** A network and its other side, with a person in one room. */
export interface NetworkHarness extends AsyncDisposable {
  /** The account, as the hub would open it: one object for all its runs. */
  readonly network: Network;
  /** The id of the room that the person is in. */
  readonly room: string;
  /** The person says something. Resolves when the network has taken it; rejects when the person is told it has not. */
  say(text: string): Promise<void>;
  /** What the person has read in the room from the hub's account, once there is so much. */
  heard(count: number): Promise<string[]>;
  /** The account is in the room, so that what is said now is said to it. Without it, as soon as it is online. */
  inside?(session: Session): Promise<void>;
  /** Breaks the connection, as a cable or a dying server would; nobody can connect until `restore`. */
  cut?(): Promise<void>;
  /** The other side is back, the person too. */
  restore?(): Promise<void>;
  /** The person enters, where a run is what people come to: called when a run is online. Else they are there. */
  enter?(): Promise<void>;
  /** For networks that have a place for the mark of hubs. */
  readonly marks?: {
    /** The person's message carries this mark. */
    say(text: string, hops: readonly string[]): Promise<void>;
    /** The mark on the account's message with this text. */
    heard(text: string): Promise<readonly string[]>;
  };
  /** The person's way of writing has lines: a message can hold several. Default true. */
  readonly severalLines?: boolean;
}

const clock = createSystemClock();
/** How soon after an abort a run has to be over: the hub abandons it then. */
const endLimitMs = 5_000;
/** What the hub waits at first between two runs. */
const rerunMs = 50;
const hubId = 'contract1';

/** Written by people and shown to people, the same on both sides. */
const intact = [
  '胡同互通'.repeat(750),
  '👨‍👩‍👧‍👦 🎉 e\u0301 한국어 עברית',
  '<b>&amp;</b> ]]> {"a":1} \\n %s ${x} \'"`',
  '/me, /help and -commands are words here',
  'a very long word: ' + 'x'.repeat(5_000),
];
const lines = 'one\ntwo\n\n  three';
/** What cannot always be shown: only that it harms nobody, and that something arrives, is asked for. */
const unusual = [
  '\u0000 \u0007 \u001b[31mred \u009b',
  'lone \ud800 surrogate',
  'a\rb\u0085c\u2028d',
  '\u202eabc',
  '\ufffe\uffff!',
];

/** Somebody elsewhere has another name. */
function toRenaming(oldName: string, name: string) {
  const author = { name, account: 'elsewhere', user: `${oldName}-1` };
  return { author, oldName, body: textBody(`${oldName} is now known as ${name}`) };
}

/** An account that is run again and again, as the hub does it, with an eye on what it calls when it is over. */
class RunningAccount implements AsyncDisposable {
  readonly port: FakePort;
  /** Calls that came from runs that were over. */
  readonly late: string[] = [];
  /** Why runs ended; `undefined` where they gave no reason. */
  readonly ends: unknown[] = [];
  /** While true, what people say is never told to be durable. */
  holding = false;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #tokens = 0;

  constructor(network: Network, room: string, port = new FakePort()) {
    this.port = port;
    port.linkRooms([room]);
    port.session = undefined;
    this.#running = this.#supervise(network);
  }

  async online(): Promise<Session> {
    return this.port.until((port) => port.session);
  }

  token(): string {
    this.#tokens += 1;
    return `h${hubId}-${clock.id()}-${this.#tokens}`;
  }

  async send(room: string, text: string, more: Partial<OutgoingMessage> = {}): Promise<Receipt> {
    const { actions } = await this.online();
    return actions.send({
      room,
      token: this.token(),
      body: textBody(text),
      at: clock.now(),
      hops: [hubId],
      ...more,
    });
  }

  /** What others said, each message once, until there are so many. */
  async told(count: number): Promise<string[]> {
    return this.port.until(() => {
      const texts = this.reports().map(({ body }) => toPlainText(body));
      return texts.length >= count ? texts : undefined;
    });
  }

  /** The reports that the hub would keep: one seen again is known by its id. */
  reports(): MessageReport[] {
    const seen = new Set<string>();
    return this.port.of('message').filter(({ native, own }) => {
      if (own || (native !== undefined && seen.has(native))) return false;
      if (native !== undefined) seen.add(native);
      return true;
    });
  }

  /** Aborts the run and answers how long it took to end, milliseconds. */
  async stop(): Promise<number> {
    const startedMs = clock.monotonicMs();
    this.#stopping.abort(new Error('the hub stops'));
    await this.#running;
    return clock.monotonicMs() - startedMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #supervise(network: Network): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const run = { over: false };
      try {
        await network.run(this.#watched(run), this.#stopping.signal);
        this.ends.push(undefined);
      } catch (error) {
        this.ends.push(error);
      }
      run.over = true;
      this.port.session = undefined;
      this.port.state({ phase: 'waiting' });
      await new Promise<void>((resolve) => clock.after(rerunMs, resolve));
    }
  }

  /** The port of one run, which notes what is called when the run is over. */
  #watched(run: { over: boolean }): AccountPort {
    const { port } = this;
    const check = (call: string) => {
      if (!run.over) return;
      this.late.push(call);
      throw new Error('the run is over');
    };
    return {
      log: port.log,
      media: port.media,
      store: {
        get: (key) => port.store.get(key),
        list: (prefix) => port.store.list(prefix),
        set: async (key, value) => {
          check('store.set');
          await port.store.set(key, value);
        },
      },
      http: {
        serve: (routes) => {
          check('http.serve');
          port.http.serve(routes);
        },
      },
      online: (session) => {
        check('online');
        port.online(session);
      },
      receive: async (event) => {
        check('receive');
        await port.receive(event);
        if (this.holding && event.kind === 'message') await new Promise(() => {});
      },
      returned: async (back) => {
        check('returned');
        await port.returned(back);
      },
      state: (state) => {
        check('state');
        port.state(state);
      },
      alive: () => check('alive'),
      prompt: (step) => {
        check('prompt');
        port.prompt(step);
      },
      watchRooms: (watcher) => {
        check('watchRooms');
        port.watchRooms((rooms) => (run.over ? undefined : watcher(rooms)));
      },
      history: (room, limit) => port.history(room, limit),
      transcript: (room, limit, before) => port.transcript(room, limit, before),
      neighbours: (room) => port.neighbours(room),
    };
  }
}

interface Opened extends AsyncDisposable {
  harness: NetworkHarness;
  account: RunningAccount;
  session: Session;
}

/** Resolves when the run is online, and account and person are in the room. */
async function enter(harness: NetworkHarness, account: RunningAccount): Promise<Session> {
  const session = await account.online();
  await harness.enter?.();
  await harness.inside?.(session);
  return session;
}

async function begin(harness: NetworkHarness): Promise<{ account: RunningAccount; session: Session }> {
  const account = new RunningAccount(harness.network, harness.room);
  return { account, session: await enter(harness, account) };
}

export interface ContractOptions {
  /** Why the suite cannot be run here. */
  skip?: string | false;
  /** Its line in the table of docs/capabilities.md. */
  documentedAs?: string;
}

/** Runs the suite. `open` makes a new harness for each test. */
export function networkContract(
  name: string,
  open: () => Promise<NetworkHarness>,
  options: ContractOptions = {},
): void {
  const opened = async (): Promise<Opened> => {
    const harness = await open();
    const begun = await begin(harness);
    return {
      harness,
      ...begun,
      async [Symbol.asyncDispose]() {
        await begun.account.stop();
        assert.deepEqual(begun.account.late, [], 'nothing is called when a run is over');
        await harness[Symbol.asyncDispose]();
      },
    };
  };

  suite(`${name} keeps the promises of a network`, { skip: options.skip ?? false }, () => {
    test('a session says who the account is and what it can take', async () => {
      await using world = await opened();
      const { self, limits, actions } = world.session;
      assert.ok(self.id !== '' && self.name !== '');
      assert.ok(limits.textBytes >= 100 && limits.sendsUnderWay >= 1 && limits.sendTimeoutMs > 0);
      assert.equal(typeof actions.send, 'function');
    });

    const { documentedAs } = options;
    if (documentedAs !== undefined) {
      test('docs/capabilities.md says what it can do', async () => {
        await using world = await opened();
        const row = toCapabilityRow(documentedAs, world.session);
        assert.equal(await documentedRow(documentedAs, row), row);
      });
    }

    test('a room that is named by its id is that room', async () => {
      await using world = await opened();
      const { network, room } = world.harness;
      assert.equal(network.parseRoom?.(room) ?? room, room);
    });

    test('as soon as it is online it can send', async () => {
      await using harness = await open();
      await using account = new RunningAccount(harness.network, harness.room);
      await account.online();
      await harness.enter?.();
      const receipt = await account.send(harness.room, 'at once');
      assert.deepEqual(await harness.heard(1), ['at once']);
      assert.ok(receipt);
    });

    test('what people say is reported in order, each with an id of its own or none', async () => {
      await using world = await opened();
      const { harness, account } = world;
      const texts = Array.from({ length: 30 }, (_, number) => `message ${number}`);
      for (const text of texts) await harness.say(text);
      assert.deepEqual(await account.told(texts.length), texts);
      const reports = account.reports();
      const natives = reports.flatMap(({ native }) => native ?? []);
      assert.equal(new Set(natives).size, natives.length);
      assert.ok(natives.length === 0 || natives.length === texts.length);
      for (const { room, sender, own } of reports) {
        assert.deepEqual([room, own ?? false], [harness.room, false]);
        assert.equal(sender.id, reports[0]!.sender.id);
        assert.ok(sender.id !== '' && sender.name !== '');
        assert.notEqual(sender.id, world.session.self.id);
      }
    });

    test('sends that are under way together arrive in the order of their calls, each with a receipt', async () => {
      await using world = await opened();
      const { harness, account, session } = world;
      const count = Math.min(32, session.limits.sendsUnderWay);
      const texts = Array.from({ length: count }, (_, number) => `message ${number}`);
      const receipts = await Promise.all(texts.map((text) => account.send(harness.room, text)));
      assert.deepEqual(await harness.heard(count), texts);
      const natives = receipts.flatMap(({ native }) => native ?? []);
      assert.equal(new Set(natives).size, natives.length);
    });

    test('what the account sent itself is not reported, or as its own', async () => {
      await using world = await opened();
      const { harness, account } = world;
      const receipt = await account.send(harness.room, 'mine');
      await harness.say('yours');
      await account.told(1);
      for (const report of account.port.of('message')) {
        if (toPlainText(report.body) !== 'mine') continue;
        assert.equal(report.own, true);
        assert.equal(report.native, receipt.native, 'the hub knows it by the receipt');
      }
      assert.deepEqual(await account.told(1), ['yours']);
    });

    test('a send to a room that there cannot be is refused by a DeliveryError', async () => {
      await using world = await opened();
      await assert.rejects(
        world.account.send('no such room !?', 'hello'),
        (error) => error instanceof DeliveryError,
      );
    });

    test('text of every sort arrives as it was written, both ways', async () => {
      await using world = await opened();
      const { harness, account, session } = world;
      const said = harness.severalLines === false ? intact : [...intact, lines];
      for (const text of said) await harness.say(text);
      assert.deepEqual(await account.told(said.length), said);
      const sent = [...intact, lines].filter((text) => Buffer.byteLength(text) <= session.limits.textBytes);
      for (const text of sent) await account.send(harness.room, text);
      assert.deepEqual(await harness.heard(sent.length), sent);
    });

    test('text that cannot be shown as it is harms nobody', async () => {
      await using world = await opened();
      const { harness, account } = world;
      for (const text of unusual) await account.send(harness.room, text);
      await account.send(harness.room, 'still here');
      const heard = await harness.heard(unusual.length + 1);
      assert.equal(heard.length, unusual.length + 1);
      assert.equal(heard.at(-1), 'still here');
      for (const text of heard) assert.ok(text.isWellFormed());
      assert.deepEqual(account.ends, []);
    });

    test('a text as long as the limit says goes out whole', async () => {
      await using world = await opened();
      const { harness, account, session } = world;
      // Six bytes at a time, half of them such as have to be escaped on many a wire.
      const text = '&<胡>'.repeat(Math.floor(session.limits.textBytes / 6));
      await account.send(harness.room, text);
      assert.equal((await harness.heard(1))[0], text);
    });

    test('what was sent is found by its token, what was not is absent', async (context) => {
      await using world = await opened();
      const { harness, account, session } = world;
      if (!session.actions.find) return context.skip('it has no find');
      const [sent, never] = [account.token(), account.token()];
      const since = clock.now() - 1000;
      const receipt = await account.send(harness.room, 'sent', { token: sent });
      const find = (token: string) => session.actions.find!({ room: harness.room, token, since });
      assert.deepEqual(await find(sent), receipt);
      const answer = await find(never);
      assert.ok(answer === 'absent' || answer === 'unsure');
    });

    test('another name of somebody is shown once, in its place, and comes back as nobody’s', async (context) => {
      await using world = await opened();
      const { harness, account, session } = world;
      const rename = session.actions.rename?.bind(session.actions);
      if (!rename) return context.skip('it has only words for it');
      const { room } = harness;
      const [bea, cat] = [toRenaming('bea', 'Beatrice'), toRenaming('cat', 'Catherine')];
      await account.send(room, 'I am bea', { author: { ...bea.author, name: 'bea' } });
      for (const renaming of [bea, cat]) {
        const outgoing = { ...renaming, room, token: account.token(), at: clock.now(), hops: [hubId] };
        const receipt = await rename(outgoing);
        assert.deepEqual(await rename(outgoing), receipt, 'it is done already');
      }
      await account.send(room, 'after');
      const heardAll = async (count: number): Promise<string[]> => {
        const texts = await harness.heard(count);
        return texts.at(-1) === 'after' ? texts : heardAll(count + 1);
      };
      const words = (await heardAll(1)).filter((text) => !['I am bea', 'after'].includes(text));
      const sayable = [bea, cat].map(({ body }) => toPlainText(body));
      assert.deepEqual(
        words,
        sayable.filter((text) => words.includes(text)),
        'each is said once, if it is not shown otherwise',
      );
      assert.deepEqual(account.port.of('rename'), []);
    });

    test('an aborted run is over soon, and can be run again', async () => {
      await using harness = await open();
      const { account } = await begin(harness);
      await harness.say('one');
      await account.told(1);
      assert.ok((await account.stop()) < endLimitMs);
      await using second = new RunningAccount(harness.network, harness.room, account.port);
      await enter(harness, second);
      await harness.say('two');
      assert.deepEqual(await second.told(2), ['one', 'two']);
      assert.deepEqual([...account.late, ...second.late], [], 'nothing is called when a run is over');
    });

    test('a run that is aborted before or while it connects is over soon', async () => {
      await using harness = await open();
      for (const turns of [0, 1, 20]) {
        const account = new RunningAccount(harness.network, harness.room);
        for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        assert.ok((await account.stop()) < endLimitMs);
        assert.deepEqual(account.late, []);
      }
    });

    test('what was not durable when a run ended is told again, unless its speaker knows better', async () => {
      await using harness = await open();
      const { account } = await begin(harness);
      await harness.say('before');
      await account.told(1);
      account.holding = true;
      const saying = harness.say('meanwhile').then(
        () => true,
        () => false,
      );
      await account.told(2);
      await account.stop();
      // The journal has lost it: what the network was promised nothing of.
      const { events } = account.port;
      events.splice(
        events.findIndex((event) => event.kind === 'message' && toPlainText(event.body) === 'meanwhile'),
        1,
      );
      await using second = new RunningAccount(harness.network, harness.room, account.port);
      await enter(harness, second);
      if (await saying) assert.deepEqual(await second.told(2), ['before', 'meanwhile']);
      assert.deepEqual(second.late, []);
    });

    test('what the hub could not keep is told again, unless its speaker is told', async () => {
      await using world = await opened();
      const { harness, account } = world;
      await harness.say('before');
      await account.told(1);
      account.port.refuse(new Error('the disk is full'));
      const taken = await harness.say('meanwhile').then(
        () => true,
        () => false,
      );
      if (taken) await account.port.until(() => (account.ends.length > 0 ? true : undefined));
      account.port.refuse(undefined);
      await harness.say('afterwards');
      const expected = ['before', ...(taken ? ['meanwhile'] : []), 'afterwards'];
      assert.deepEqual(await account.told(expected.length), expected);
    });

    test('after a cut connection it comes back, and tells what was said meanwhile, in order', async (context) => {
      await using world = await opened();
      const { harness, account } = world;
      if (!harness.cut) return context.skip('its other side is this process');
      await harness.say('before');
      await account.told(1);
      await harness.cut();
      await account.port.until(() => (account.ends.length > 0 ? true : undefined));
      await harness.restore?.();
      const texts = Array.from({ length: 20 }, (_, number) => `while you were away ${number}`);
      for (const text of texts) await harness.say(text);
      await harness.inside?.(await account.online());
      await harness.say('after');
      assert.deepEqual(await account.told(texts.length + 2), ['before', ...texts, 'after']);
      await account.send(harness.room, 'here again');
      assert.deepEqual((await harness.heard(1)).at(-1), 'here again');
    });

    test('a send under way when the connection is cut is answered as failed or unknown', async (context) => {
      await using world = await opened();
      const { harness, account, session } = world;
      if (!harness.cut) return context.skip('its other side is this process');
      await harness.cut();
      const sending = session.actions.send({
        room: harness.room,
        token: account.token(),
        body: textBody('lost?'),
        at: clock.now(),
        hops: [hubId],
      });
      await assert.rejects(sending, (error) => error instanceof DeliveryError);
      await harness.restore?.();
    });

    test('the mark of hubs goes out with a message and comes in with one', async (context) => {
      await using world = await opened();
      const { harness, account } = world;
      if (!harness.marks) return context.skip('it has no place for it');
      await account.send(harness.room, 'marked', { hops: ['first', hubId] });
      assert.deepEqual(await harness.marks.heard('marked'), ['first', hubId]);
      await harness.marks.say('marked too', ['other1', 'other2']);
      await account.told(1);
      assert.deepEqual(account.reports()[0]?.hops, ['other1', 'other2']);
    });
  });
}
