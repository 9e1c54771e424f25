/** A hub in this process with a club and a house, on one journal through restarts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteJournal } from '../../src/engines/sqlite/sqlite-journal.ts';
import { createSystemClock } from '../../src/hub/clock.ts';
import { Hub } from '../../src/hub/hub.ts';
import type { Journal } from '../../src/hub/journal.ts';
import { createLink } from '../../src/hub/links.ts';
import type { Log } from '../../src/hub/log.ts';
import { createHouseNetwork } from '../../src/networks/house/index.ts';
import { createXmppNetwork } from '../../src/networks/xmpp/index.ts';
import { connectLines, type LineClient } from '../fakes/line-client.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';
import { PASSWORD } from './club-contact.ts';

const ASK_EVERY_MS = 10;
const PATIENCE_MS = 20_000;

export class ClubHub implements AsyncDisposable {
  readonly logged: { level: keyof Log; fields: object; message: string }[] = [];
  /** The club's address. */
  readonly club: string;
  readonly #folder: string;
  readonly #server: XmppServer;
  readonly #admins: readonly string[];
  #journal: Journal | undefined;
  #hub: Hub | undefined;

  private constructor(server: XmppServer, folder: string, name: string, admins: readonly string[]) {
    this.#server = server;
    this.#folder = folder;
    this.#admins = admins;
    this.club = `${name}@${server.domain}`;
  }

  /** Starts a hub whose club has this account's name. */
  static async start(server: XmppServer, name: string, admins: readonly string[] = []): Promise<ClubHub> {
    const folder = await mkdtemp(join(tmpdir(), 'hutong-club-'));
    const home = new ClubHub(server, folder, name, admins);
    await home.start();
    return home;
  }

  get hub(): Hub {
    if (!this.#hub) throw new Error('the hub is not running');
    return this.#hub;
  }

  async start(): Promise<void> {
    const clock = createSystemClock();
    const house = createHouseNetwork({ clock });
    const xmpp = createXmppNetwork({ clock });
    const { host, port, caPath } = this.#server;
    const houseConfig = house.config.parse({ name: 'Hutong', telnet: { listen: '127.0.0.1:0' } });
    const clubConfig = xmpp.config.parse({
      jid: this.club,
      password: PASSWORD,
      nick: 'Club',
      server: `xmpp://${host}:${port}`,
      tls: { ca: caPath },
      club: { room: 'lobby', admins: this.#admins },
    });
    this.#journal = await openSqliteJournal({ folder: this.#folder });
    this.#hub = new Hub({ journal: this.#journal, clock, log: this.#log() });
    await this.#hub.start();
    const common = { fingerprint: '', whenUnknown: 'resend' as const };
    await this.#hub.apply({
      accounts: [
        { ...common, id: 'house', kind: 'house', open: () => house.open('house', houseConfig) },
        { ...common, id: 'jabber', kind: 'xmpp', open: () => xmpp.open('jabber', clubConfig) },
      ],
      links: [createLink({ name: 'lobby', rooms: ['house/lobby', 'jabber/lobby'] })],
    });
    await this.online();
  }

  /** Resolves when both accounts are online. */
  async online(): Promise<void> {
    await this.until('both accounts are online', () =>
      this.hub.accounts().every(({ state }) => state.phase === 'online'),
    );
  }

  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (performance.now() > deadlineMs) throw new Error(`not in time: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }

  async stop(): Promise<void> {
    await this.#hub?.stop();
    await this.#journal?.close();
    this.#hub = undefined;
    this.#journal = undefined;
  }

  /** Comes in by the house's telnet door. */
  async visit(nick: string): Promise<LineClient> {
    const house = this.hub.accounts().find(({ id }) => id === 'house');
    const address = /on (\S+:\d+)/.exec(house?.state.message ?? '')?.[1] ?? '';
    const client = await connectLines(address);
    client.send(`login ${nick}\r\n`);
    await client.until(new RegExp(`^You are ${nick}, `));
    return client;
  }

  /** Resolves when nothing waits to be delivered. */
  async delivered(): Promise<void> {
    await this.until('all is delivered', async () => {
      const open = await this.hub.deliveries({ states: ['pending', 'sending', 'unknown', 'parked'] }, 0, 1);
      return open.length === 0;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #log(): Log {
    const log = (level: keyof Log) => (fields: object, message: string) => {
      this.logged.push({ level, fields, message });
      if (process.env['CLUB_LOG']) console.error(level, message, JSON.stringify(fields));
    };
    return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  }
}
