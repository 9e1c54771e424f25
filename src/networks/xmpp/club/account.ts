/**
 * An XMPP account that is a club, as a network of the hub. The session outlives the runs, so that a broken connection
 * is resumed where it was; the club does too, and is told of each run.
 */
import { sleep, toError, type Clock } from '../../../hub/clock.ts';
import { AccountError } from '../../../hub/errors.ts';
import type { AccountId } from '../../../hub/message.ts';
import type { AccountPort, Network } from '../../../hub/network.ts';
import { queryDiscoInfo } from '../../../wire/xmpp/disco-query.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import { IqError } from '../../../wire/xmpp/errors.ts';
import { parseJid, toJid, type Jid } from '../../../wire/xmpp/jid.ts';
import { MAM_NS } from '../../../wire/xmpp/mam.ts';
import { parseRosterPush, readRoster, ROSTER_NS } from '../../../wire/xmpp/roster.ts';
import type { XmppSession } from '../../../wire/xmpp/session.ts';
import { STANZA_ID_NS } from '../../../wire/xmpp/stanza-ids.ts';
import {
  aborted,
  CONFLICT_MESSAGE,
  CONFLICT_PAUSE_MS,
  createClientSession,
  endConnection,
  toAliveMs,
} from '../client-session.ts';
import type { XmppConfig } from '../config.ts';
import { Avatars } from '../avatars.ts';
import { createConnection } from '../connection.ts';
import type { Cursor } from '../cursor.ts';
import { SECOND_LOOK_MS } from '../own-archive.ts';
import { toAccountError } from '../failures.ts';
import { clubCarries, clubLimits, createClubActions, Sent } from './actions.ts';
import { ClubArchive } from './archive.ts';
import { Club } from './club.ts';
import type { ClubConfig } from './config.ts';
import { Membership } from './membership.ts';
import { Talk } from './talk.ts';

const ASK_TIMEOUT_MS = 20_000;
/** Another client of this account gets no messages in the club's place. */
const PRIORITY = '127';

export class ClubAccount implements Network {
  readonly #config: XmppConfig;
  readonly #clock: Clock;
  readonly #own: Jid;
  readonly #club: Club;
  readonly #membership: Membership;
  readonly #talk: Talk;
  readonly #avatars: Avatars;
  readonly #archive: ClubArchive;
  readonly #sent = new Sent();
  /** The server keeps what is written to and by the account. */
  #isArchived = false;
  #session: XmppSession | undefined;
  #port: AccountPort | undefined;
  /** Resolves when stanzas can be taken; missing while there is no run. */
  #opened: Promise<void> | undefined;
  #fail: (error: unknown) => void = () => {};
  #pauseUntilMs = 0;

  constructor(account: AccountId, config: XmppConfig, club: ClubConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.#own = parseJid(config.jid).bare;
    this.#club = new Club({ account, config: club, jid: this.#own.toString(), name: config.nick, clock });
    this.#membership = new Membership(this.#club);
    this.#avatars = new Avatars(clock);
    this.#talk = new Talk(this.#club, this.#membership, this.#avatars);
    this.#archive = new ClubArchive(this.#own.toString(), this.#talk, clock);
  }

  async run(port: AccountPort, signal: AbortSignal): Promise<void> {
    this.#port = port;
    await this.#pause(port, signal);
    port.state({ phase: 'connecting' });
    await this.#club.open(port);
    await this.#archive.open(port);
    const session = (this.#session ??= await this.#createSession(port));
    const opening = Promise.withResolvers<void>();
    const broken = Promise.withResolvers<never>();
    for (const { promise } of [opening, broken]) promise.catch(() => {});
    this.#opened = opening.promise;
    const over = new AbortController();
    this.#fail = (error) => broken.reject(toError(error));
    try {
      const { resumed } = await session.connect(signal);
      this.#club.attach(session, resumed);
      this.#membership.attach(session);
      if (!resumed) await this.#enter(session, AbortSignal.any([signal, over.signal]));
      for (const member of this.#club.members) this.#club.audience.update(member);
      opening.resolve();
      const { domain } = this.#own;
      const connection = createConnection({
        port,
        stream: session,
        domain,
        signal,
        fail: this.#fail,
        clock: this.#clock,
      });
      this.#avatars.attach(connection);
      port.online({
        self: this.#club.self,
        actions: createClubActions(this.#club, this.#sent, async (id, sinceMs) =>
          this.#isArchived ? this.#archive.recipients(connection, id, sinceMs) : undefined,
        ),
        limits: { ...clubLimits, aliveMs: toAliveMs(this.#config.keepaliveMs) },
        carries: clubCarries,
      });
      const end = await Promise.race([session.ended, broken.promise, aborted(signal)]);
      if (end.reason.code === 'xmpp-conflict') {
        this.#pauseUntilMs = this.#clock.monotonicMs() + CONFLICT_PAUSE_MS;
      }
      throw end.reason;
    } catch (error) {
      if (!signal.aborted) throw toAccountError(error);
    } finally {
      const end = new AccountError('account-over', 'the run is over');
      over.abort(end);
      opening.reject(end);
      // What comes while it ends waits, and is not acknowledged; a refusal would cut the goodbye short.
      const closing = Promise.withResolvers<void>();
      closing.promise.catch(() => {});
      this.#opened = closing.promise;
      await endConnection(session, signal);
      this.#opened = undefined;
      closing.reject(end);
      this.#membership.detach();
      this.#avatars.detach();
      await Promise.all([this.#club.detach(), this.#archive.close()]);
    }
  }

  async #createSession(port: AccountPort): Promise<XmppSession> {
    const session = await createClientSession({
      config: this.#config,
      clock: this.#clock,
      store: port.store,
      port: () => this.#port,
      onStanza: (stanza) => this.#handle(stanza),
      onReading: (isReading) => this.#club.reading(isReading),
    });
    session.onIq(ROSTER_NS, (request) => {
      const item = parseRosterPush(request, this.#own);
      this.#membership.changed(item).catch((error: unknown) => this.#fail(error));
      return undefined;
    });
    return session;
  }

  /** A new session: the roster first, so that presences find whom they are of. */
  async #enter(session: XmppSession, signal: AbortSignal): Promise<void> {
    const options = { timeoutMs: ASK_TIMEOUT_MS, signal };
    const features = await this.#askFeatures(session, options);
    this.#talk.hasStanzaIds = features.has(MAM_NS) || features.has(STANZA_ID_NS);
    await this.#membership.reconcile(await readRoster(session, options));
    this.#isArchived = features.has(MAM_NS);
    if (this.#isArchived) await this.#archive.catchUp(session, this.#club.port.log, signal);
    await session.send(xml('presence', {}, xml('priority', {}, PRIORITY)));
    if (!this.#isArchived) return;
    // What came between the two is not sent to us by every server.
    const end = await this.#archive.catchUp(session, this.#club.port.log, signal);
    this.#lookAgain(session, signal, end).catch((error: unknown) => {
      if (!signal.aborted) this.#fail(error);
    });
  }

  /** Reads once more what came while we did: for a moment ejabberd shows it neither in the archive nor to us. */
  async #lookAgain(session: XmppSession, signal: AbortSignal, end: Cursor | undefined): Promise<void> {
    await sleep(this.#clock, SECOND_LOOK_MS, signal);
    await this.#archive.catchUp(session, this.#club.port.log, signal, end);
  }

  /** What the server does for the account. */
  async #askFeatures(
    session: XmppSession,
    options: { timeoutMs: number; signal: AbortSignal },
  ): Promise<ReadonlySet<string>> {
    try {
      const { features } = await queryDiscoInfo(session, this.#own.toString(), options);
      return features;
    } catch (error) {
      if (error instanceof IqError) return new Set(); // A server that tells nothing promises nothing.
      throw error;
    }
  }

  #handle(stanza: XmlElement): Promise<void> | undefined {
    // Between runs nothing is taken, so that the server sends it again.
    if (!this.#opened) throw new AccountError('account-over', 'the run is over');
    const from = toJid(stanza.attr('from'));
    if (!from || from.bare.equals(this.#own)) return undefined;
    if (stanza.name === 'presence') {
      this.#avatars.notice(stanza);
      return this.#opened.then(() => this.#membership.handle(stanza, from));
    }
    if (stanza.name === 'message') return this.#opened.then(() => this.#hear(stanza, from));
    return undefined;
  }

  #hear(message: XmlElement, from: Jid): Promise<void> {
    const heard = this.#talk.hear(message, from);
    const id = this.#talk.archiveId(message);
    if (id !== undefined) this.#archive.follow(id, heard);
    return heard;
  }

  async #pause(port: AccountPort, signal: AbortSignal): Promise<void> {
    const leftMs = this.#pauseUntilMs - this.#clock.monotonicMs();
    if (leftMs <= 0) return;
    port.state({ phase: 'waiting', message: CONFLICT_MESSAGE });
    await sleep(this.#clock, leftMs, signal);
  }
}
