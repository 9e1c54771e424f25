/** Who comes in: by a token, and as one of the logins that it may be. */
import type { IncomingMessage } from 'node:http';
import { allows } from '../../hub/access.ts';
import type { FaceHost } from '../../http/face.ts';
import type { Caller } from '../../http/authentication.ts';
import { RateLimit } from '../../http/rate-limit.ts';
import type { SatoriFaceConfig } from './config.ts';
import type { Admitted } from './event-socket.ts';
import { Failure } from './failure.ts';
import type { Logins } from './logins.ts';
import type { Visitor } from './methods/method.ts';

export class Door {
  readonly #host: FaceHost<SatoriFaceConfig>;
  readonly #logins: Logins;
  readonly #limit: RateLimit;

  constructor(host: FaceHost<SatoriFaceConfig>, logins: Logins) {
    this.#host = host;
    this.#logins = logins;
    this.#limit = new RateLimit(host.requestsPerMinute, host.clock);
  }

  /** Rejects with a `Failure`: 401, 429. */
  async caller(request: IncomingMessage): Promise<Caller> {
    const caller = await this.#host.authentication.caller(request);
    if (!caller) throw new Failure(401, 'a token is needed, and one that is valid');
    if (caller.kind === 'token') {
      const { taken, resetSeconds } = this.#limit.take(caller.name);
      if (!taken) throw new Failure(429, `too many requests, the next in ${resetSeconds} s`, resetSeconds);
    }
    return caller;
  }

  /** Rejects with a `Failure`: 401, 429; 400 where no login is named and there are several, 403 where it is not there. */
  async visitor(request: IncomingMessage): Promise<Visitor> {
    const caller = await this.caller(request);
    const platform = headerOf(request, 'satori-platform') ?? headerOf(request, 'x-platform');
    const userId = headerOf(request, 'satori-user-id') ?? headerOf(request, 'x-self-id');
    const status = this.#logins.find(platform, userId, caller);
    if (!status) {
      if (userId === undefined) throw new Failure(400, 'Satori-Platform and Satori-User-ID choose a login');
      throw new Failure(403, `there is no login ${platform ?? ''} ${userId} for this token`);
    }
    return { rights: caller, by: caller.kind === 'token' ? caller.name : `user:${caller.name}`, status };
  }

  /** Who has this token; without one: who has made the request. Undefined: nobody who may read. */
  async admit(token: string | undefined, request: IncomingMessage): Promise<Admitted | undefined> {
    const { authentication, settings } = this.#host;
    const find = () =>
      token === undefined || token === ''
        ? authentication.caller(request, { queryToken: true })
        : authentication.tokenCaller(token);
    const caller = await find();
    if (!caller || !allows(caller, 'read')) return undefined;
    const { account, rooms } = caller;
    return {
      rights: caller,
      key: `${caller.kind} ${caller.name}`,
      filter: { ...(account !== undefined && { accounts: [account] }), ...(rooms && { rooms }) },
      isAllowed: async () => settings() !== undefined && (await find()) !== undefined,
    };
  }
}

/** As it is; percent-encoded where its characters may not stand in a header. */
function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = [headers[name]].flat()[0];
  if (value === undefined || value === '') return undefined;
  // Node reads headers as Latin-1; frameworks write UTF-8.
  return Buffer.from(value, 'latin1').toString();
}
