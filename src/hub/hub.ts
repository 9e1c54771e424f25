/**
 * The hub: accounts, links, lanes and the journal put together. `apply` is the only way anything changes in it.
 */
import type { Clock } from './clock.ts';
import type { HubAccess } from './face.ts';
import type { Journal } from './journal.ts';
import type { Link } from './links.ts';
import type { AccountId } from './message.ts';
import type { Log, Network } from './network.ts';

export interface HubOptions {
  journal: Journal;
  clock: Clock;
  log: Log;
  settings?: Partial<HubSettings>;
}

export interface HubSettings {
  /** How long events are kept, milliseconds. Missing is for ever. */
  retentionMs?: number;
}

/** What shall run: the whole of it, each time. */
export interface HubPlan {
  accounts: readonly AccountPlan[];
  links: readonly Link[];
}

export interface AccountPlan {
  id: AccountId;
  kind: string;
  /** Its configuration in a comparable form: an account whose fingerprint stays is left alone. */
  fingerprint: string;
  open(): Network;
  /** What to do with a send whose outcome cannot be found out; see rule 3. */
  whenUnknown: 'resend' | 'leave';
}

export declare class Hub implements Pick<HubAccess, keyof HubAccess> {
  constructor(options: HubOptions);
  /** Begins. Undelivered messages of an earlier run wait in their lanes until their account is online. */
  start(): Promise<void>;
  /** Starts, stops and relinks so that what runs is what the plan says. Accounts it does not change are not touched. */
  apply(plan: HubPlan): Promise<void>;
  /** Ends all runs and lanes. The journal is the caller's and stays open. */
  stop(): Promise<void>;
  accounts: HubAccess['accounts'];
  links: HubAccess['links'];
  rooms: HubAccess['rooms'];
  members: HubAccess['members'];
  post: HubAccess['post'];
  read: HubAccess['read'];
  follow: HubAccess['follow'];
  history: HubAccess['history'];
  search: HubAccess['search'];
  journey: HubAccess['journey'];
  deliveries: HubAccess['deliveries'];
  retry: HubAccess['retry'];
  drop: HubAccess['drop'];
}
