/**
 * What comes from a room that did not exist when it was asked what it can do: until it has told, nobody knows what its
 * stanzas mean, so they wait here.
 */
import type { XmlElement } from '../../wire/xmpp/element.ts';

/** Stanzas that wait: a moment's worth. */
const LIMIT = 1000;

/** Answers when the server may be told that the stanza arrived; undefined: at once. */
type Handle = (stanza: XmlElement) => Promise<void> | undefined;

export class UnreadStanzas {
  #waiting: { stanza: XmlElement; taken: PromiseWithResolvers<void> }[] | undefined;

  /** Stanzas have to wait. */
  get holding(): boolean {
    return this.#waiting !== undefined;
  }

  /** From now on stanzas wait. Nothing may wait already. */
  hold(): void {
    this.#waiting = [];
  }

  /** Keeps a stanza. Resolves when the server may be told that it arrived; undefined: at once. */
  add(stanza: XmlElement): Promise<void> | undefined {
    if (!this.#waiting || this.#waiting.length >= LIMIT) return undefined;
    const taken = Promise.withResolvers<void>();
    this.#waiting.push({ stanza, taken });
    return taken.promise;
  }

  /** Hands on what waits, in order; what comes now does not wait any more. */
  release(handle: Handle): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { stanza, taken } of waiting) taken.resolve(handle(stanza));
  }

  /** Gives up what waits: the server may be told that it arrived. */
  drop(): void {
    for (const { taken } of this.#waiting ?? []) taken.resolve();
    this.#waiting = undefined;
  }
}
