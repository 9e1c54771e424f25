/** What a path of the face means: `/onebot`, `/onebot/ACCOUNT`, and what stands below them. */
import type { AccountId } from '../../hub/message.ts';

/** What a WebSocket is for. */
export type Role = 'universal' | 'api' | 'event';

export interface Route {
  /** Undefined: all of the hub. */
  account: AccountId | undefined;
  /** What is behind the self: `api`, `event`, an action; empty where there is nothing. */
  rest: string;
}

/** `/api` and `/event` are no accounts: the configuration refuses those names. Names of actions have a `_` or a `.`. */
const accountPattern = /^(?!api$|event$)[a-z][a-z0-9-]*$/;

/** @param path without its query; begins with `/onebot` */
export function toRoute(path: string): Route | undefined {
  const parts = path
    .split('/')
    .slice(2)
    .filter((part, index, all) => part !== '' || index < all.length - 1);
  const [first = '', second = '', ...more] = parts;
  if (more.length > 0) return undefined;
  if (accountPattern.test(first)) return { account: first, rest: second };
  return second === '' ? { account: undefined, rest: first } : undefined;
}

/** What a WebSocket of this path is for; undefined where there is none. */
export function toRole(rest: string): Role | undefined {
  if (rest === '') return 'universal';
  return rest === 'api' || rest === 'event' ? rest : undefined;
}
