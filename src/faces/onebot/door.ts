/** Who comes in: the same for every request and every WebSocket, before anything of it is read. */
import type { IncomingMessage } from 'node:http';
import type { AccountId } from '../../hub/message.ts';
import { findToken } from '../../wire/onebot11/authorization.ts';
import type { MessageFormat } from './config.ts';
import type { OneBotHost } from './host.ts';
import type { Numbers } from './numbers.ts';
import { mayBe, type Bot } from './rights.ts';
import { toRoute } from './route.ts';
import type { SlowRefusals } from './slow-refusals.ts';

export interface Entered {
  bot: Bot;
  /** What is behind the self in the path. */
  rest: string;
  query: URLSearchParams;
  /** Whether the token is still one that may be here. */
  readonly isAllowed: () => Promise<boolean>;
}

/** A status of HTTP: 401 no token, 403 a wrong one, 404 no such account or path. */
export interface Refused {
  status: 401 | 403 | 404;
  explanation: string;
}

export interface DoorOptions {
  host: Pick<OneBotHost, 'authentication' | 'hub' | 'origins'>;
  numbers: Numbers;
  refusals: SlowRefusals;
  format: MessageFormat;
}

export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Resolves late where the token is refused. */
  async enter(request: IncomingMessage): Promise<Entered | Refused> {
    const url = URL.parse(request.url ?? '', 'http://localhost');
    const route = url && toRoute(url.pathname);
    const query = url?.searchParams ?? new URLSearchParams();
    const token = findToken(request.headers, query);
    if (token === undefined)
      return this.#refuse(request, 401, 'a token is needed: Authorization: Bearer TOKEN');
    const caller = await this.#options.host.authentication.tokenCaller(token);
    if (!caller) return this.#refuse(request, 403, 'the token is not valid');
    if (!route) return { status: 404, explanation: 'there is nothing at this path' };
    if (!mayBe(caller, route.account)) {
      return this.#refuse(request, 403, `the token is not for ${route.account ?? 'the hub'}`);
    }
    if (route.account !== undefined && !this.#hasAccount(route.account)) {
      return { status: 404, explanation: `there is no account ${route.account}` };
    }
    const { numbers, format } = this.#options;
    const selfId = await numbers.self(route.account);
    const wanted = query.get('message_format');
    const isFormat = wanted === 'array' || wanted === 'string';
    return {
      bot: { caller, account: route.account, selfId, format: isFormat ? wanted : format },
      rest: route.rest,
      query,
      isAllowed: async () => {
        const now = await this.#options.host.authentication.tokenCaller(token);
        return now !== undefined && mayBe(now, route.account);
      },
    };
  }

  #hasAccount(account: AccountId): boolean {
    return this.#options.host.hub.accounts().some(({ id }) => id === account);
  }

  async #refuse(request: IncomingMessage, status: 401 | 403, explanation: string): Promise<Refused> {
    await this.#options.refusals.wait(this.#options.host.origins.seen(request).address);
    return { status, explanation };
  }
}
