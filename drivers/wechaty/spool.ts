/**
 * What happened and is not yet durable with the hub, in a file: WeChat tells nothing twice, so what a puppet has told is
 * kept here until the hub says that it has it, through the death of either process.
 */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface Spooled {
  seq: number;
  name: string;
  payload: unknown;
}

/** Events that may wait. More means that the hub has taken nothing for long. */
const WAITING_LIMIT = 100_000;
/** The file is written anew when it is longer than this and mostly of what waits no more, bytes. */
const LENGTH_LIMIT_BYTES = 1024 * 1024;

export class Spool {
  readonly #file: string;
  readonly #waiting = new Map<number, Spooled>();
  #seq = 0;
  #lengthBytes = 0;
  /** What of it was waiting when it was last written anew. */
  #keptBytes = 0;

  /** Reads what is left of the process before. */
  constructor(file: string) {
    this.#file = file;
    for (const line of readLines(file)) {
      let entry: Partial<Spooled> & { ack?: number };
      try {
        entry = JSON.parse(line) as typeof entry;
      } catch {
        // The process died as it wrote this: nobody was told of it.
        continue;
      }
      if (typeof entry.ack === 'number') this.#waiting.delete(entry.ack);
      if (typeof entry.seq !== 'number' || typeof entry.name !== 'string') continue;
      this.#seq = Math.max(this.#seq, entry.seq);
      this.#waiting.set(entry.seq, { seq: entry.seq, name: entry.name, payload: entry.payload });
    }
    this.#rewrite();
  }

  /** What waits, in its order. */
  waiting(): Spooled[] {
    return [...this.#waiting.values()];
  }

  /** Keeps an event. @throws Error when it cannot be written, or too much waits */
  add(name: string, payload: unknown): Spooled {
    if (this.#waiting.size >= WAITING_LIMIT) throw new Error('too much waits for the hub');
    this.#seq += 1;
    const entry: Spooled = { seq: this.#seq, name, payload };
    this.#append(entry);
    this.#waiting.set(entry.seq, entry);
    return entry;
  }

  /** The hub has it. */
  acknowledge(seq: number): void {
    if (!this.#waiting.delete(seq)) return;
    if (this.#lengthBytes > LENGTH_LIMIT_BYTES + 2 * this.#keptBytes) this.#rewrite();
    else this.#append({ ack: seq });
  }

  #append(entry: object): void {
    const line = `${JSON.stringify(entry)}\n`;
    appendFileSync(this.#file, line, { mode: 0o600 });
    this.#lengthBytes += Buffer.byteLength(line);
  }

  #rewrite(): void {
    const text = this.waiting()
      .map((entry) => `${JSON.stringify(entry)}\n`)
      .join('');
    writeFileSync(`${this.#file}.new`, text, { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
    this.#lengthBytes = Buffer.byteLength(text);
    this.#keptBytes = this.#lengthBytes;
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
