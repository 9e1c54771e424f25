/**
 * What is written in one turn of the event loop leaves together at its end: one write a connection, however many
 * lines. What a whole group gets is encoded once, and the same bytes go to all of it. A system call costs more than
 * everything else about a line, so this is what makes a full room fast.
 */
import { encodings, type EncodingName } from './encoding.ts';

/** Something that has text to write at the end of this turn. */
export interface Pending {
  flush(): void;
}

/** One server's collected output. */
export class OutputTurn {
  #groups: Pending[] = [];
  #singles: Pending[] = [];
  #scheduled = false;

  /** A group's text; it goes before single ones, whose own text then leaves in the same write. */
  addGroup(group: Pending): void {
    this.#groups.push(group);
    this.#schedule();
  }

  addSingle(single: Pending): void {
    this.#singles.push(single);
    this.#schedule();
  }

  /** Writes now what is pending. */
  flush(): void {
    const groups = this.#groups;
    const singles = this.#singles;
    this.#groups = [];
    this.#singles = [];
    for (const group of groups) group.flush();
    for (const single of singles) single.flush();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }
}

/** A text that goes to many: encoded at most once each way. */
export class SharedText {
  readonly text: string;
  readonly #bytes: Partial<Record<EncodingName, Buffer>> = {};

  constructor(text: string) {
    this.text = text;
  }

  bytes(encoding: EncodingName): Buffer {
    return (this.#bytes[encoding] ??= encodings[encoding].encode(this.text));
  }
}
