/**
 * A group of connections that are shown the same text. A connection is in at most one group at a time; what it
 * gets alone keeps its place among what the group gets.
 */
import { type OutputTurn, SharedText } from './output.ts';

/** A connection, as its group sees it. */
export interface Member {
  /**
   * Takes the group's text of this turn, of which the member may already have the first part; see
   * `Broadcast.taken`.
   */
  deliver(shared: SharedText, turn: number): void;
}

export class Broadcast {
  readonly #output: OutputTurn;
  readonly #members = new Set<Member>();
  #pending = '';
  #turn = 0;

  constructor(output: OutputTurn) {
    this.#output = output;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Counts the turns: what is pending in one is gone in the next. */
  get turn(): number {
    return this.#turn;
  }

  /** How much of this turn's text there is, in UTF-16 units: a place in it. */
  get length(): number {
    return this.#pending.length;
  }

  /** This turn's text from a place on. */
  pendingFrom(place: number): string {
    return this.#pending.slice(place);
  }

  add(member: Member): void {
    this.#members.add(member);
  }

  delete(member: Member): void {
    this.#members.delete(member);
  }

  /** Shows a text, whole lines with their ends, to all members. */
  write(text: string): void {
    if (this.#members.size === 0) return;
    if (this.#pending === '') this.#output.addGroup(this);
    this.#pending += text;
  }

  /** Hands this turn's text to every member. */
  flush(): void {
    if (this.#pending === '') return;
    const shared = new SharedText(this.#pending);
    const turn = this.#turn++;
    this.#pending = '';
    for (const member of this.#members) member.deliver(shared, turn);
  }
}
