/**
 * The writing half of a connection. Joins what the client gets alone with what its group gets, in the right order,
 * into one write a turn, and says when the client reads too slowly to be kept.
 */
import type { Socket } from 'node:net';
import type { Broadcast, Member } from './broadcast.ts';
import { type Encoding, type EncodingName, encodings } from './encoding.ts';
import type { OutputTurn, Pending, SharedText } from './output.ts';

export interface WriterOptions {
  socket: Socket;
  output: OutputTurn;
  /** How much may wait for the client. */
  backlogBytes: number;
  /** More waits than that. Told once, not in the middle of a group's turn. */
  tooSlow: () => void;
}

export class ConnectionWriter implements Member, Pending {
  readonly #options: WriterOptions;
  #encoding: Encoding = encodings['utf-8'];
  #group: Broadcast | undefined;
  /** Text for this client alone, and what of its group's text came before it. */
  #own = '';
  /** Up to where, and of which turn, the group's text is already in `#own` or written. */
  #taken = 0;
  #takenTurn = -1;
  #scheduled = false;
  #givenUp = false;
  #over = false;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  get encoding(): Encoding {
    return this.#encoding;
  }

  /** Changes how text is written and read from now on; what is pending was meant for the terminal as it was. */
  setEncoding(name: EncodingName): void {
    this.#takeGroupText();
    this.#writeOwn();
    this.#encoding = encodings[name];
  }

  /** Text for this client alone. */
  write(text: string): void {
    if (this.#over || text === '') return;
    this.#takeGroupText();
    this.#own += text;
    this.#schedule();
  }

  /** Bytes that go out at once, as they are. */
  writeBytes(bytes: Buffer): void {
    const { socket, backlogBytes, tooSlow } = this.#options;
    if (this.#over || socket.destroyed) return;
    socket.write(bytes);
    if (socket.writableLength <= backlogBytes || this.#givenUp) return;
    this.#givenUp = true;
    queueMicrotask(tooSlow);
  }

  /** Leaves its group and enters another: what the first was shown until now is still shown. */
  enter(group: Broadcast | undefined): void {
    if (this.#group) {
      this.#takeGroupText();
      if (this.#own !== '') this.#schedule();
      this.#group.delete(this);
    }
    this.#group = this.#over ? undefined : group;
    if (!this.#group) return;
    this.#group.add(this);
    this.#takenTurn = this.#group.turn;
    this.#taken = this.#group.length;
  }

  /** Writes what is pending, and from then on nothing. */
  end(): void {
    this.enter(undefined);
    this.flush();
    this.#over = true;
  }

  deliver(shared: SharedText, turn: number): void {
    if (this.#own === '' && this.#takenTurn !== turn) {
      this.writeBytes(shared.bytes(this.#encoding.name));
      return;
    }
    this.#own += shared.text.slice(this.#takenTurn === turn ? this.#taken : 0);
    this.#writeOwn();
  }

  flush(): void {
    this.#scheduled = false;
    this.#writeOwn();
  }

  #writeOwn(): void {
    if (this.#own === '') return;
    const bytes = this.#encoding.encode(this.#own);
    this.#own = '';
    this.writeBytes(bytes);
  }

  /** Puts what its group was shown in this turn before what is to be written now. */
  #takeGroupText(): void {
    const group = this.#group;
    if (!group || group.length === 0) return;
    this.#own += group.pendingFrom(this.#takenTurn === group.turn ? this.#taken : 0);
    this.#takenTurn = group.turn;
    this.#taken = group.length;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.output.addSingle(this);
  }
}
