/** The telnet door of the house: one listener and its sessions. */
import { readFile } from 'node:fs/promises';
import { formatAddress } from '../../hub/address.ts';
import { AccountError, ListenError } from '../../hub/errors.ts';
import { Broadcast } from '../../wire/telnet/broadcast.ts';
import type { TelnetConnection } from '../../wire/telnet/connection.ts';
import { listenTelnet, type TelnetServer } from '../../wire/telnet/server.ts';
import type { TelnetDoorConfig } from './config.ts';
import type { House } from './house.ts';
import { toLines, toNotice } from './lines.ts';
import { toHappening } from './room-event.ts';
import type { Room } from './room.ts';
import { TelnetSession } from './telnet-session.ts';

/** How long messages under way may hold up the end of their session when the door closes. */
const settleGraceMs = 1000;
/** How long the last words may take to reach the clients when the door closes. */
const closeGraceMs = 500;

export class TelnetDoor {
  readonly #house: House;
  readonly #config: TelnetDoorConfig;
  readonly #sessions = new Set<TelnetSession>();
  readonly #audiences = new Map<Room, Broadcast>();
  #server: TelnetServer | undefined;

  constructor(house: House, config: TelnetDoorConfig) {
    this.#house = house;
    this.#config = config;
  }

  /** Listens. Throws a `ListenError`, or an `AccountError` if the certificate cannot be used. */
  async open(): Promise<void> {
    const { listen, tls, lineBytes, backlogBytes, flood } = this.#config;
    const where = formatAddress(listen);
    const pem = tls && (await readPem(tls));
    const { log } = this.#house.port;
    try {
      this.#server = await listenTelnet({
        ...listen,
        ...(pem && { tls: pem }),
        limits: {
          lineBytes,
          backlogBytes,
          ...(flood && { flood: { perSecond: flood.linesPerSecond, burst: flood.burstLines } }),
        },
        timers: this.#house.clock,
        accept: (connection) => this.#accept(connection),
        handshakeFailed: (error) => log.debug({ err: error }, 'a TLS handshake failed at the telnet door'),
        failed: (error) => log.error({ err: error }, 'the telnet door has trouble listening'),
      });
    } catch (error) {
      throw toOpenError(error, where, tls);
    }
  }

  /** `telnet on 127.0.0.1:5267`, as it really listens. */
  get description(): string {
    return `telnet${this.#config.tls ? ' over TLS' : ''} on ${this.#server?.address ?? 'nothing'}`;
  }

  get lineBytes(): number {
    return this.#config.lineBytes;
  }

  /** For people; `undefined` is never. */
  get idleLimitMs(): number | undefined {
    return toLimitMs(this.#config.idleMinutes);
  }

  /** The group of clients that are shown what happens in the room; there is one from the first client on. */
  audience(room: Room): Broadcast | undefined {
    const known = this.#audiences.get(room);
    if (known || !this.#server) return known;
    const audience = new Broadcast(this.#server.output);
    this.#audiences.set(room, audience);
    room.watch((event) => {
      const happening = audience.size > 0 ? toHappening(event) : undefined;
      if (happening) audience.write(toLines(happening));
    });
    return audience;
  }

  forget(session: TelnetSession): void {
    this.#sessions.delete(session);
  }

  /** Says goodbye to everyone and stops listening. */
  async close(): Promise<void> {
    const closed = this.#server?.close(this.#house.clock, settleGraceMs + closeGraceMs);
    await Promise.all(Array.from(this.#sessions, (session) => session.stop(settleGraceMs)));
    await closed;
  }

  #accept(connection: TelnetConnection): void {
    if (this.#sessions.size >= this.#config.sessions) {
      connection.end(toNotice([`${this.#house.name} is full; please come back later`]));
      return;
    }
    this.#house.port.log.debug({ client: connection.remoteAddress }, 'a telnet client came');
    const session = new TelnetSession(connection, this.#house, this);
    this.#sessions.add(session);
    connection.setEncoding(this.#config.encoding);
    connection.setIdleLimit(toLimitMs(this.#config.loginMinutes));
    connection.start(session);
    session.welcome();
  }
}

function toLimitMs(minutes: number): number | undefined {
  return minutes === 0 ? undefined : minutes * 60_000;
}

async function readPem(files: { cert: string; key: string }): Promise<{ cert: Buffer; key: Buffer }> {
  const [cert, key] = await Promise.all([readPemFile('cert', files.cert), readPemFile('key', files.key)]);
  return { cert, key };
}

async function readPemFile(setting: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AccountError('account-setup', `telnet.tls.${setting} cannot be read - ${why}`, {
      cause: error,
    });
  }
}

const listenFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
};

function toOpenError(error: unknown, where: string, tls: { cert: string; key: string } | undefined): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const words = error instanceof Error ? error.message : String(error);
  if (tls && (code.startsWith('ERR_OSSL') || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS'))) {
    return new AccountError(
      'account-setup',
      `telnet.tls - ${tls.cert} and ${tls.key} cannot be used - ${words}`,
      {
        cause: error,
      },
    );
  }
  return new ListenError(
    `Telnet cannot listen on ${where} - ${listenFaults[code] ?? words}; telnet.listen sets the address`,
    { cause: error },
  );
}
