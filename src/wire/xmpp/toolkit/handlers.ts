// Who waits for which stanzas, in the order of registration. Entries go by themselves when they were for one stanza, and
// whoever registered one can take it away at any time, also from inside a handler.
import type { XmppError } from '../errors.ts';
import type { Matcher } from '../matcher/matcher.ts';
import type { LogFunction } from '../log.ts';
import type { AnyStanza } from '../stanza/any-stanza.ts';
import type { Stanza } from '../stanza/stanza.ts';

/** A registered handler. */
export interface HandlerEntry {
  readonly matcher: Matcher<Stanza>;
  /** For logs. */
  readonly name: string;
  /** Gone after one stanza. */
  readonly once: boolean;
  /** Whoever gets the stanza answers it, where it is a request. */
  readonly takes: boolean;
  run(stanza: AnyStanza): unknown;
  /** The session is over; the entry has been taken away where it has this. */
  lost?(reason: XmppError): void;
}

/** The handlers of one stream. */
export class HandlerTable {
  readonly #entries = new Set<HandlerEntry>();
  readonly #log: LogFunction;

  constructor(log: LogFunction) {
    this.#log = log;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @returns takes it away */
  add(entry: HandlerEntry): () => void {
    this.#entries.add(entry);
    return () => void this.#entries.delete(entry);
  }

  /** Those that match, in the order of registration. */
  match(stanza: AnyStanza): HandlerEntry[] {
    return [...this.#entries].filter(({ matcher, name }) => {
      try {
        return matcher.matches(stanza);
      } catch (error) {
        // A matcher that fails has not matched; the other handlers still get the stanza.
        this.#log('error', 'matcher-failed', { handler: name, error });
        return false;
      }
    });
  }

  /** Whether the entry is still registered; one for a single stanza is not any more after this. */
  claim(entry: HandlerEntry): boolean {
    return entry.once ? this.#entries.delete(entry) : this.#entries.has(entry);
  }

  /** Takes away what belongs to the session, and tells it. */
  lose(reason: XmppError): void {
    for (const entry of this.#entries) {
      if (entry.lost === undefined) continue;
      this.#entries.delete(entry);
      entry.lost(reason);
    }
  }
}
