/**
 * What an account may see and change of the links, for a network's own commands: the links that its own rooms are in,
 * and no other setting of the configuration. Who of its people may ask for what is the network's to decide.
 */
import type { Neighbourhood } from './network.ts';
import type { AccountStatus } from './face.ts';
import type { AccountId, RoomRef } from './message.ts';

export interface LinkDesk {
  /** The account whose desk it is. */
  readonly account: AccountId;
  /** The links that a room of this account is in, with who is in each of their rooms. */
  links(): LinkedRooms[];
  /** How each account of the hub does. */
  accounts(): Pick<AccountStatus, 'id' | 'kind' | 'state' | 'waiting'>[];
  /** The rooms of other accounts, as far as they are known: what a room here could be linked with. */
  rooms(): Promise<RoomRef[]>;
  /**
   * To link a room of this account: with a room of another, written `account/room`, by a new link; or, by the name of a
   * link, with all that are in it. Rejects with a `RequestError` for what cannot be asked for.
   */
  join(room: string, target: string): Promise<LinkProposal>;
  /**
   * To take a room of this account out of a link, or out of the only one it is in. A link of one room is none, and goes.
   * Rejects with a `RequestError` for what cannot be asked for.
   */
  part(room: string, link?: string): Promise<LinkProposal>;
}

export interface LinkedRooms {
  name: string;
  rooms: Neighbourhood[];
}

/** A change that was tried, and not made yet. */
export interface LinkProposal {
  /** What would change, a line each; no secrets. */
  readonly difference: readonly string[];
  /** Why it cannot be made; empty when it can. */
  readonly problems: readonly string[];
  /**
   * Makes it; it is in hutong.yaml and in force when it resolves. `by` is who wanted it. Rejects with a `ConfigError`,
   * `config-changed` when somebody edited the file since it was proposed.
   */
  apply(by: string): Promise<void>;
}
