/** Who asks, and for which account: by a token in a header or in the path, or by nothing at all on this machine. */
import type { FastifyRequest } from 'fastify';
import { allows, type Scope } from '../../hub/access.ts';
import type { AccountStatus } from '../../hub/face.ts';
import { splitRoomRef, type AccountId } from '../../hub/message.ts';
import type { Caller } from '../../http/authentication.ts';
import type { FaceHost } from '../../http/face.ts';
import { RateLimit } from '../../http/rate-limit.ts';
import type { WaasConfig } from './config.ts';
import { Refusal } from './refusal.ts';

export interface Visitor {
  caller: Caller;
  /** Whose name stands under what they post. */
  by: string;
  status: AccountStatus;
}

/** Who needs no token. No token or user is called so, since theirs hold no colon. */
const anonymousCaller: Caller = { kind: 'token', name: 'waas:anonymous', scopes: ['read', 'send'] };

/** The host's `settings` are those of now. @throws Refusal */
export type Admit = (request: FastifyRequest, scope: Scope, settings: WaasConfig) => Promise<Visitor>;

export function createAdmission(host: FaceHost<WaasConfig>): Admit {
  const { hub, authentication, origins, onLoopback, clock, requestsPerMinute } = host;
  const limit = new RateLimit(requestsPerMinute, clock);

  return async (request, scope, settings) => {
    const caller = await findCaller(request, settings);
    if (!caller) throw new Refusal('A token is needed, and one that is valid', 401);
    const by = caller.kind === 'token' ? caller.name : `user:${caller.name}`;
    if (caller.kind === 'token') {
      const { taken, resetSeconds } = limit.take(by);
      if (!taken) throw new Refusal(`Too many requests, the next in ${resetSeconds} s`);
    }
    const account = chosenIn(request) ?? boundTo(caller) ?? settings.account;
    if (account === undefined) throw new Refusal('No account chosen: add ?account=NAME');
    if (!serves(caller, scope, account)) {
      throw new Refusal(`This token may not ${scope} in the account ${account}`, 401);
    }
    const status = hub.accounts().find(({ id }) => id === account);
    if (!status) throw new Refusal(`There is no account ${account}`);
    return { caller, by, status };
  };

  async function findCaller(request: FastifyRequest, settings: WaasConfig): Promise<Caller | undefined> {
    const { raw } = request;
    const { token } = request.params as { token?: string };
    if (token !== undefined) return authentication.tokenCaller(token);
    const caller = await authentication.caller(raw);
    if (caller) return caller;
    // A token that is refused is not made up for.
    if (raw.headers.authorization !== undefined) return undefined;
    return settings.anonymous && onLoopback && origins.isLocal(raw) ? anonymousCaller : undefined;
  }
}

function chosenIn({ query }: FastifyRequest): AccountId | undefined {
  const { account } = query as { account?: string | string[] };
  return Array.isArray(account) ? account[0] : account;
}

/** The only account that a token serves. */
function boundTo({ account, rooms }: Caller): AccountId | undefined {
  if (account !== undefined) return account;
  const accounts = new Set(rooms?.map((room) => splitRoomRef(room).account));
  return accounts.size === 1 ? [...accounts][0] : undefined;
}

function serves(caller: Caller, scope: Scope, account: AccountId): boolean {
  const hasRooms = caller.rooms?.some((room) => splitRoomRef(room).account === account) ?? true;
  return hasRooms && allows(caller, scope, account);
}
