/** One run of a WeChat account against the fake server, on a fake port. Disposing of it ends the run. */
import { createSystemClock, type Clock } from '../../src/hub/clock.ts';
import type { AccountState, LoginStep, OutgoingMessage, Receipt } from '../../src/hub/network.ts';
import { createIlinkNetwork } from '../../src/networks/ilink/index.ts';
import { ANN, type IlinkServer } from './ilink-server.ts';
import { FakePort } from './port.ts';

export class IlinkAccount implements AsyncDisposable {
  readonly port: FakePort;
  /** What the run ended with; undefined where it was told to end. */
  readonly over: Promise<unknown>;
  readonly #server: IlinkServer;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();

  constructor(
    server: IlinkServer,
    settings: object = {},
    port = new FakePort(),
    clock = createSystemClock(),
  ) {
    this.port = port;
    this.#server = server;
    this.#clock = clock;
    port.session = undefined;
    const kind = createIlinkNetwork({ clock, version: '1' });
    const config = kind.config.parse({ url: server.url, files: server.filesUrl, ...settings });
    this.over = kind
      .open('wx', config)
      .run(port, this.#stopping.signal)
      .then(
        () => undefined,
        (error: unknown) => error,
      );
  }

  /** Online, and Ann may be answered. */
  async open(): Promise<void> {
    await this.port.until(({ session }) => session);
    this.#server.write([]);
    await this.#server.until(() => this.#server.isAcknowledged);
  }

  async send(body: OutgoingMessage['body'] | string, more: Partial<OutgoingMessage> = {}): Promise<Receipt> {
    const { actions } = await this.port.until(({ session }) => session);
    return actions.send({
      room: ANN,
      token: this.#clock.id(),
      body: typeof body === 'string' ? [{ type: 'text', text: body }] : body,
      at: this.#clock.now(),
      hops: [],
      ...more,
    });
  }

  /** The newest step of the login, as soon as it is of this type. */
  async step<Type extends LoginStep['type']>(type: Type): Promise<LoginStep & { type: Type }> {
    return this.port.until(({ prompts }) => {
      const step = prompts.at(-1);
      return step?.type === type ? (step as LoginStep & { type: Type }) : undefined;
    });
  }

  /** The newest state, as soon as its words are these. */
  state(words: RegExp): Promise<AccountState> {
    return this.port.until(({ states }) => {
      const state = states.at(-1);
      return words.test(state?.message ?? '') ? state : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('the test is over'));
    await this.over;
  }
}
