/**
 * What the members are told of comings and goings. In the first moments of a session nobody has shown yet that they
 * are there: what happens then is told when they have.
 */
import type { Cancel } from '../../../hub/clock.ts';
import type { Club } from './club.ts';
import { toNotice } from './lines.ts';
import type { Member } from './members.ts';

/** After a connection: until then the members who are there have shown it. */
const SETTLE_MS = 2_000;

/** What happened before it was known who is there, and who was a member then. */
interface Early {
  readonly text: string;
  readonly to: readonly Member[];
}

export class Notices {
  readonly #club: Club;
  /** Missing once the session has settled. */
  #early: Early[] | undefined;
  #settled: Cancel | undefined;

  constructor(club: Club) {
    this.#club = club;
  }

  /** A new session begins. */
  settle(): void {
    this.stop();
    const { members, audience, clock } = this.#club;
    if (members.size === 0) return;
    const early: Early[] = [];
    this.#early = early;
    this.#settled = clock.after(SETTLE_MS, () => {
      this.#early = undefined;
      for (const { text, to } of early) {
        for (const member of to)
          if (audience.isReceiving(member)) this.#club.tell(member.jid, toNotice(text));
      }
    });
  }

  /** The run is over. */
  stop(): void {
    this.#settled?.();
    this.#settled = undefined;
    this.#early = undefined;
  }

  /** Tells the members, but for one. */
  tell(text: string, except?: string): void {
    if (!this.#early) return this.#club.notify(text, except);
    this.#early.push({ text, to: Array.from(this.#club.members).filter(({ jid }) => jid !== except) });
  }
}
