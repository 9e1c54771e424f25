/** One life of a puppet: its process, its login, then what happens, until it is over. */
import { sleep, toError, type Clock } from '../../hub/clock.ts';
import { AccountError } from '../../hub/errors.ts';
import type { AccountPort } from '../../hub/network.ts';
import { toActions, toLimits } from './actions.ts';
import type { WechatyConfig } from './config.ts';
import { DriverClient } from './driver-client.ts';
import { toAccountError } from './failures.ts';
import { Files } from './files.ts';
import { Inbox } from './inbox.ts';
import { Incoming } from './incoming.ts';
import { Login } from './login.ts';
import { OwnMessages } from './own-messages.ts';
import { dirtySchema, loginSchema, logoutSchema, lostSchema, scanSchema } from './payloads.ts';
import { People } from './people.ts';
import { Places } from './places.ts';
import type { DriverEvent } from './protocol.ts';
import { PuppetErrors } from './puppet-errors.ts';
import { CARRIED, Sends } from './sends.ts';

/** How often the process is asked whether it is there, and how long it may take to say so. */
const PING_EVERY_MS = 10_000;
const PING_MS = 20_000;
/** How many times within `aliveMs` the puppet is asked. */
const DINGS_WITHIN_ALIVE = 3;
/** A puppet may take as long as it likes to start: what it shows meanwhile counts. */
const STARTING_MS = 2 ** 31 - 1;
/** What is shown of a puppet's reason, characters. */
const REASON_LIMIT = 300;

export interface SessionParts {
  config: WechatyConfig;
  clock: Clock;
  /** The driver's main file. */
  main: string;
  /** The account's folder. */
  folder: string;
  port: AccountPort;
  signal: AbortSignal;
  /** The puppet has shown a code, or logged in. */
  onProved(this: void): void;
}

/** Runs until it is over; rejects with why. */
export async function runSession(parts: SessionParts): Promise<void> {
  const session = new Session(parts);
  await session.run();
}

class Session {
  readonly #parts: SessionParts;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #broken = Promise.withResolvers<never>();
  readonly #client: DriverClient;
  readonly #login: Login;
  readonly #inbox: Inbox;
  readonly #errors: PuppetErrors;
  /** What came before it was known who the account is. */
  #early: DriverEvent[] = [];
  #incoming: Incoming | undefined;
  #selfId = '';
  /** Those that links name. */
  #rooms: readonly string[] = [];
  #people: People | undefined;
  #places: Places | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    const { config, clock, main, folder, port, signal, onProved } = parts;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    this.#broken.promise.catch(() => {
      // `run` tells it, or has ended by something else.
    });
    this.#errors = new PuppetErrors(clock, port.log);
    const broken = (error: Error) => this.#broken.reject(error);
    this.#client = new DriverClient({
      main,
      folder,
      memoryMegabytes: config.memoryMegabytes,
      clock,
      log: port.log,
      callMs: config.callSeconds * 1000,
      onEvent: (event) => this.#take(event),
      onAnswer: () => this.#heard(),
    });
    this.#inbox = new Inbox({
      port,
      pause: (isPaused) => this.#client.pause(isPaused),
      acknowledge: (seq) => this.#client.acknowledge(seq),
      broken,
    });
    const { startSeconds, scanSeconds } = config;
    this.#login = new Login({
      port,
      clock,
      startMs: startSeconds * 1000,
      scanMs: scanSeconds * 1000,
      onProved,
      lastError: () => this.#errors.last,
      broken,
    });
  }

  async run(): Promise<void> {
    const { config, port, signal } = this.#parts;
    const aborted = new Promise<never>((_, reject) => {
      const end = () => reject(toError(signal.reason));
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
    aborted.catch(() => {
      // Told below, or it has ended by something else.
    });
    try {
      port.state({ phase: 'connecting', message: 'the puppet starts' });
      const { puppet, token, endpoint } = config;
      const options = {
        ...config.options,
        ...(token !== undefined && { token }),
        ...(endpoint !== undefined && { endpoint }),
      };
      const failed = Promise.all([
        this.#client.call('start', [{ puppet, options }], STARTING_MS),
        this.#keepAsking(),
      ]).then(async () => new Promise<never>(() => {}));
      const ended = this.#client.over.then((error) => Promise.reject(error));
      await Promise.race([failed, ended, aborted, this.#broken.promise]);
    } catch (error) {
      signal.throwIfAborted();
      throw toAccountError(error);
    } finally {
      this.#over.abort(new AccountError('account-over', 'the run is over'));
      this.#login.close();
      this.#inbox.close();
      await this.#client.stop();
    }
  }

  /** Takes what the driver tells. */
  #take(event: DriverEvent): void {
    if (this.#signal.aborted) return;
    // A puppet that fails and fails is not heard from by that.
    if (event.name !== 'error') this.#heard();
    try {
      if (event.seq === undefined) this.#notice(event);
      else if (this.#incoming) this.#incoming.take(event);
      else this.#early.push(event);
    } catch (error) {
      this.#parts.port.log.warn(
        { err: toError(error), event: event.name },
        'something of the puppet is not understood',
      );
    }
  }

  #notice({ name, payload }: DriverEvent): void {
    const { log } = this.#parts.port;
    switch (name) {
      case 'scan': {
        const { qrcode, status } = scanSchema.parse(payload);
        return this.#login.scan(qrcode ?? undefined, status);
      }
      case 'login':
        return this.#loggedIn(loginSchema.parse(payload).contactId);
      case 'logout': {
        // Some begin by saying that nobody is logged in.
        if (!this.#people) return;
        const why = logoutSchema.safeParse(payload).data?.data;
        const reason = why ? `: ${why.slice(0, REASON_LIMIT)}` : '';
        return this.#fail(`WeChat has logged the account out${reason}`);
      }
      case 'ready':
        return void this.#look();
      case 'dirty':
        return this.#people?.forget(dirtySchema.parse(payload).payloadId);
      case 'error':
        return this.#errors.take(payload);
      case 'lost':
        return log.warn(lostSchema.parse(payload), 'the puppet cannot tell what has happened');
      default:
    }
  }

  #loggedIn(selfId: string): void {
    if (this.#incoming || this.#people) return this.#fail('the puppet has logged in once more');
    this.#login.done();
    this.#begin(selfId).catch((error: unknown) => this.#broken.reject(toError(error)));
  }

  async #begin(selfId: string): Promise<void> {
    const { config, port, clock, folder } = this.#parts;
    const client = this.#client;
    const signal = this.#signal;
    const people = new People(client, port);
    const places = new Places({ port, client, clock, onTrouble: (troubles) => this.#trouble(troubles) });
    this.#selfId = selfId;
    this.#people = people;
    this.#places = places;
    const own = new OwnMessages(clock);
    const files = new Files({ port, client, clock, signal, folder });
    const sends = new Sends({ port, client, clock, places, files, own });
    await places.open();
    await sends.open();
    const self = await people.find(selfId);
    const linked = Promise.withResolvers<void>();
    signal.throwIfAborted();
    port.watchRooms((rooms) => void this.#follow(rooms).then(linked.resolve, linked.reject));
    await linked.promise;
    signal.throwIfAborted();
    const incoming = new Incoming({
      self,
      port,
      clock,
      inbox: this.#inbox,
      places,
      people,
      files,
      own,
      sends,
      client,
    });
    port.online({
      self,
      actions: toActions({ client, sends, places, people }),
      limits: toLimits(config),
      carries: CARRIED,
    });
    port.log.info({ user: selfId, name: self.name }, 'logged in');
    this.#incoming = incoming;
    for (const event of this.#early.splice(0)) incoming.take(event);
    this.#trouble(places.troubles());
    void this.#keepDinging();
  }

  /** Finds the groups that links name. */
  async #follow(rooms: readonly string[]): Promise<void> {
    this.#rooms = rooms;
    this.#places?.follow(rooms);
    await this.#listGroups();
    void this.#learnPeople();
  }

  /** The puppet knows more than at its login. */
  async #look(): Promise<void> {
    await this.#listGroups();
    await this.#learnPeople();
  }

  async #listGroups(): Promise<void> {
    try {
      await this.#places?.list();
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#parts.port.log.warn({ err: toError(error) }, 'the groups cannot be listed; it is tried again');
    }
  }

  /** Who is in the groups that links name, and who the contacts are. */
  async #learnPeople(): Promise<void> {
    for (const room of this.#rooms) {
      if (this.#places?.topicOf(room) !== undefined) await this.#people?.load(this.#places.idOf(room));
    }
    await this.#people?.loadContacts(this.#selfId);
  }

  #trouble(troubles: readonly string[]): void {
    if (!this.#incoming || this.#signal.aborted) return;
    const message = troubles.join('; ');
    this.#parts.port.state({ phase: 'online', ...(message !== '' && { message }) });
  }

  /** Asks the process whether it is there. Rejects when it is not. */
  async #keepAsking(): Promise<void> {
    const { clock } = this.#parts;
    try {
      for (;;) {
        await sleep(clock, PING_EVERY_MS, this.#signal);
        await this.#client.call('ping', [], PING_MS);
        // Once it is online, only the puppet's own answers count.
        if (!this.#incoming) this.#heard();
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      throw error;
    }
  }

  /** Asks the puppet; its answer is what keeps the account online. */
  async #keepDinging(): Promise<void> {
    const { clock, config } = this.#parts;
    try {
      for (;;) {
        await sleep(clock, (config.aliveSeconds * 1000) / DINGS_WITHIN_ALIVE, this.#signal);
        await this.#client.call('ding', []).catch(() => {
          // Whoever does not answer is not heard from: the hub sees that.
        });
      }
    } catch {
      // The run is over.
    }
  }

  #heard(): void {
    if (!this.#signal.aborted) this.#parts.port.alive();
  }

  #fail(why: string): void {
    this.#broken.reject(new AccountError('account-unreachable', why));
  }
}
