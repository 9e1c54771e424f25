/** A hub process with a WeChat account by Tencent's bot API, against the strict fake server, and a program at its REST face. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Access } from '../../src/hub/access.ts';
import { ANN, IlinkServer } from '../fakes/ilink-server.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';
import { eventually } from './bridge-hub.ts';

/** What the REST face answers, as far as these tests look. */
interface Answer {
  phase?: string;
  message?: string;
  login?: { type: string };
  type?: string;
  messages?: { body: { type: string; url?: string; sizeBytes?: number }[] }[];
  deliveries?: { id: number; state: string; reason?: string }[];
}

export class IlinkHub implements AsyncDisposable {
  readonly server: IlinkServer;
  readonly home: HubHome;
  process: HubProcess;
  #token = '';
  #url = '';
  /** Where the hub is now; while it is killed, where it will be. */
  #opened: Promise<void> = Promise.resolve();

  private constructor(server: IlinkServer, home: HubHome) {
    this.server = server;
    this.home = home;
    this.process = home.start();
  }

  static async start(settings = ''): Promise<IlinkHub> {
    const server = await new IlinkServer().listen();
    const home = await HubHome.create(`
http: { listen: "127.0.0.1:0", requestsPerMinute: 1000000 }
accounts:
  wx: { network: ilink, url: "${server.url}", files: "${server.filesUrl}", sendsPerSecond: 100${settings} }
links: []
`);
    const hub = new IlinkHub(server, home);
    await hub.#open();
    await using journal = await home.openJournal();
    hub.#token = await new Access(journal).createToken({
      name: 'bot',
      scopes: ['admin', 'send', 'read'],
      createdAt: 0,
    });
    return hub;
  }

  async killAndStart(): Promise<void> {
    const opened = Promise.withResolvers<void>();
    this.#opened = opened.promise;
    await this.process.kill();
    this.process = this.home.start();
    await this.#open();
    opened.resolve();
  }

  async rest(method: string, path: string, body?: object, key?: string): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  }

  /** The account's state, as soon as it is this one. */
  async state(phase: string, words: RegExp = /(?:)/): Promise<void> {
    await eventually(`the account is ${phase}, ${String(words)}`, async () => {
      const account = await this.rest('GET', '/v1/accounts/wx');
      return account.phase === phase && words.test(account.message ?? '');
    });
  }

  /** Scans the code that the hub shows, or the next one where that has grown too old meanwhile. */
  async logIn(): Promise<void> {
    await eventually('the scan is confirmed', async () => {
      const { login, phase } = await this.rest('GET', '/v1/accounts/wx');
      const code = this.server.codes.at(-1);
      if (login?.type === 'qr' && code?.status === 'wait') this.server.scan('confirmed');
      return phase === 'online';
    });
  }

  /** Ann may be answered. */
  async greet(): Promise<void> {
    this.server.write([]);
    await this.server.until(() => this.server.isAcknowledged);
  }

  /** Posts a message to Ann, as often as it takes: under one key it counts once. */
  async post(text: string): Promise<void> {
    for (;;) {
      try {
        await this.rest('POST', '/v1/messages', { room: `wx/${ANN}`, text }, text.replaceAll(' ', '-'));
        return;
      } catch (error) {
        // The hub is killed, or begins anew: only what fetch itself fails with is that.
        if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
        await this.#opened;
      }
    }
  }

  /** Resident memory of the hub, MiB. */
  async residentMiB(): Promise<number> {
    const status = await readFile(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }

  /** The deliveries that are parked or unknown. */
  async stuck(): Promise<NonNullable<Answer['deliveries']>> {
    return (await this.rest('GET', '/v1/deliveries')).deliveries ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.home[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
    assert.deepEqual(this.server.faults, []);
  }

  async #open(): Promise<void> {
    this.#url = `http://${await this.process.http()}`;
  }
}
