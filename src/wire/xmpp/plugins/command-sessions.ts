// The commands that people are in the middle of. Each belongs to the address that began it, for a while.
import { createId } from '../iq.ts';
import type { Jid } from '../jid.ts';
import type { DataForm } from './forms.ts';
import type { Note } from './command-stanza.ts';

/** A step: takes what was filled in, and says what comes next. */
export type CommandStep = (request: CommandRequest) => CommandAnswer | Promise<CommandAnswer>;

/** What somebody wants of a step. */
export interface CommandRequest {
  readonly from: Jid;
  readonly to: Jid | undefined;
  /** What was filled in; empty at the first step. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly form: DataForm | undefined;
}

/** What a step says. Without `next` the command is done. */
export interface CommandAnswer {
  readonly form?: DataForm;
  readonly notes?: readonly Note[];
  /** Gets what is filled in into `form`. */
  readonly next?: CommandStep;
  /** The next step is the last: shown as "complete". Default false. */
  readonly last?: boolean;
}

/** Somebody in the middle of a command. */
export interface CommandSession {
  readonly id: string;
  readonly from: string;
  readonly node: string;
  /** What was shown, the first step first; the last one waits to be answered. */
  readonly shown: readonly CommandAnswer[];
}

interface Entry extends CommandSession {
  readonly timer: NodeJS.Timeout;
}

/** The sessions of one client. */
export class CommandSessions {
  readonly #limit: number;
  readonly #timeoutMs: number;
  readonly #sessions = new Map<string, Entry>();

  constructor(limit: number, timeoutMs: number) {
    this.#limit = limit;
    this.#timeoutMs = timeoutMs;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The session with this id, of this address and command; undefined for anybody else. */
  find(id: string, from: string, node: string): CommandSession | undefined {
    const session = this.#sessions.get(id);
    return session?.from === from && session.node === node ? session : undefined;
  }

  /** Keeps a session, for another while; undefined where there are too many. @returns its id */
  keep(session: Omit<CommandSession, 'id'>, id: string = createId()): string | undefined {
    this.end(id);
    if (this.#sessions.size >= this.#limit) return undefined;
    const timer = setTimeout(() => this.end(id), this.#timeoutMs);
    timer.unref();
    this.#sessions.set(id, { ...session, id, timer });
    return id;
  }

  end(id: string): void {
    clearTimeout(this.#sessions.get(id)?.timer);
    this.#sessions.delete(id);
  }

  endAll(): void {
    for (const id of this.#sessions.keys()) this.end(id);
  }
}
