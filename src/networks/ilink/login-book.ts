/** The account's login as it is kept: a token that only a scan gives, and whether the server still takes it. */
import type { AccountStore } from '../../hub/network.ts';

export interface Login {
  token: string;
  /** Where the bot's server is. */
  url: string;
  /** The bot's own id. */
  bot: string;
  /** Milliseconds since the epoch: when the server said that the token is stale. Then it is of no use any more. */
  staleAt?: number;
}

const KEY = 'login';

export async function readLogin(store: AccountStore): Promise<Login | undefined> {
  const text = await store.get(KEY);
  return text === undefined ? undefined : (JSON.parse(text) as Login);
}

/** Durable when it resolves. */
export async function writeLogin(store: AccountStore, login: Login): Promise<void> {
  await store.set(KEY, JSON.stringify(login));
}
