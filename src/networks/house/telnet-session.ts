/** One client of the telnet door: a visitor until login, then a person of the house. */
import { participantCommands, visitorCommands, type Visitor } from '../../hub/chat-commands.ts';
import {
  type Command,
  CommandError,
  CommandSet,
  defineCommand,
  type Place,
  splitLine,
} from '../../hub/commands.ts';
import type { ConnectionHandler, TelnetConnection } from '../../wire/telnet/connection.ts';
import { encodingNames, encodings, type EncodingName } from '../../wire/telnet/encoding.ts';
import { toTypedLine } from '../../wire/telnet/terminal-text.ts';
import type { Happening } from './happening.ts';
import type { House } from './house.ts';
import { toExcerpt, toLines, toNotice } from './lines.ts';
import type { Door, Person } from './person.ts';
import type { Room } from './room.ts';
import type { TelnetDoor } from './telnet-door.ts';

const farewell = 'Goodbye!';
/** So many of one client's messages may be on their way into the journal; then its lines wait. */
const underWayLimit = 256;

interface AtTelnet extends Place {
  readonly door: TelnetSession;
}

const encodingCommand = defineCommand({
  name: 'encoding',
  parameters: [{ name: encodingNames.join('|'), takes: 'word' }],
  help: 'sets how your terminal writes Chinese',
  run: (here: AtTelnet, name) => here.door.useEncoding(name),
});

const beforeLogin = new CommandSet<Visitor & AtTelnet>([...visitorCommands, encodingCommand]);
const inRoom = new CommandSet<Person<TelnetSession>>([...participantCommands, encodingCommand]);

export class TelnetSession implements ConnectionHandler, Door, Visitor, AtTelnet {
  readonly door = this;
  readonly #connection: TelnetConnection;
  readonly #house: House;
  readonly #telnet: TelnetDoor;
  #person: Person<TelnetSession> | undefined;
  #underWay = 0;
  /** Called when nothing is under way any more. */
  #whenSettled: (() => void)[] = [];
  /** Called when enough is done for lines to go on. */
  #whenFewer: (() => void) | undefined;

  constructor(connection: TelnetConnection, house: House, telnet: TelnetDoor) {
    this.#connection = connection;
    this.#house = house;
    this.#telnet = telnet;
  }

  /** Welcomes the client. */
  welcome(): void {
    this.reply([`Welcome to ${this.#house.name}`, ...beforeLogin.usage()]);
  }

  line(text: string): Promise<void> | undefined {
    const { word, rest } = splitLine(toTypedLine(text));
    if (word === '') return undefined;
    return this.#person ? this.#lineInRoom(this.#person, word, rest) : this.#lineBeforeLogin(word, rest);
  }

  unreadable(line: { reason: 'too-long' } | { reason: 'not-decodable'; bytes: Buffer }): void {
    if (line.reason === 'too-long') {
      this.reply([`That line was left out, because it is longer than ${this.#telnet.lineBytes} bytes`]);
      return;
    }
    const { encoding } = this.#connection;
    const other = encodingNames.find(
      (name) => name !== encoding && encodings[name].decode(line.bytes) !== undefined,
    );
    const hint = other ? `; if your terminal writes ${other.toUpperCase()}, type - encoding ${other}` : '';
    this.reply([`That line was left out, because it is not ${encoding.toUpperCase()}${hint}`]);
  }

  idle(): void {
    this.#goodbye('You have typed nothing for too long. Goodbye!');
  }

  tooSlow(): string {
    return toNotice(['You do not read what is written here. Goodbye! What was said is in the history']);
  }

  closed(): void {
    // What was read before the end is still said, and its speaker, if only half gone, still sees it.
    void this.#settled().then(() => this.#goodbye());
  }

  /** Ends the session, once what is under way is settled or `graceMs` are over. */
  async stop(graceMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#house.clock.after(graceMs, resolve);
      void this.#settled().then(() => {
        cancel();
        resolve();
      });
    });
    this.#goodbye(`${this.#house.name} stops for now. Goodbye!`);
  }

  reply(lines: readonly string[]): void {
    this.#connection.write(toNotice(lines));
  }

  show(happening: Happening): void {
    this.#connection.write(toLines(happening));
  }

  arrived({ user, room }: Person, others: number): void {
    const company = others === 0 ? 'nobody else is' : others === 1 ? '1 other is' : `${others} others are`;
    this.reply([`You are ${user.name}, in ${room.name}; ${company} here. Type help for the commands`]);
  }

  watch(room: Room | undefined): void {
    this.#connection.enter(room && this.#telnet.audience(room));
  }

  left(): void {
    this.#close(farewell);
  }

  login(nick: string): void {
    this.#person = this.#house.enter(nick, this);
    this.#connection.setIdleLimit(this.#telnet.idleLimitMs);
  }

  leave(): void {
    this.#close(farewell);
  }

  useEncoding(typed: string): void {
    const wanted = typed.toLowerCase().replace(/^utf8$/, 'utf-8');
    const name = encodingNames.find((each): each is EncodingName => each === wanted);
    if (!name)
      throw new CommandError(`There is no encoding ${toExcerpt(typed)}, only ${encodingNames.join(' and ')}`);
    this.#connection.setEncoding(name);
    this.reply([`Your line is read and written as ${name.toUpperCase()} now; 中文 should be readable`]);
  }

  #lineBeforeLogin(word: string, rest: string): Promise<void> | undefined {
    const command = beforeLogin.find(word);
    if (command) return this.#run(command, this, rest);
    const unknown = inRoom.find(word) ? [] : [`Unknown command ${toExcerpt(word)}`];
    this.reply(['Please log in', ...unknown, ...beforeLogin.usage()]);
    return undefined;
  }

  #lineInRoom(person: Person<TelnetSession>, word: string, rest: string): Promise<void> | undefined {
    const command = inRoom.find(word);
    if (command?.pipelined) return this.#begin(command, person, rest);
    // Everything else keeps its place behind what was said before it.
    if (this.#underWay > 0) return this.#settled().then(() => this.#lineInRoom(person, word, rest));
    if (command) return this.#run(command, person, rest);
    if (beforeLogin.find(word)) {
      this.reply([`You are logged in as ${person.user.name}; nick NAME changes your name`]);
      return undefined;
    }
    const typed = rest === '' ? word : `${word} ${rest}`;
    this.reply([
      `Unknown command ${toExcerpt(word)}`,
      ...inRoom.usage(),
      `To say it: say ${toExcerpt(typed)}`,
    ]);
    return undefined;
  }

  #run<Here extends Place>(command: Command<Here>, here: Here, rest: string): Promise<void> | undefined {
    try {
      return command.run(here, rest)?.catch((error: unknown) => this.#complain(error));
    } catch (error) {
      this.#complain(error);
      return undefined;
    }
  }

  /** Runs a command without waiting for its end, unless too many are under way. */
  #begin<Here extends Place>(command: Command<Here>, here: Here, rest: string): Promise<void> | undefined {
    const done = this.#run(command, here, rest);
    if (!done) return undefined;
    this.#underWay++;
    void done.then(() => {
      this.#underWay--;
      if (this.#underWay < underWayLimit) this.#whenFewer?.();
      if (this.#underWay > 0) return;
      for (const settled of this.#whenSettled.splice(0)) settled();
    });
    if (this.#underWay < underWayLimit) return undefined;
    return new Promise((resolve) => {
      this.#whenFewer = () => {
        this.#whenFewer = undefined;
        resolve();
      };
    });
  }

  #settled(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenSettled.push(resolve));
  }

  #complain(error: unknown): void {
    this.reply([this.#house.explain(error)]);
  }

  /** Ends the session, for whatever reason, and has the person leave. */
  #goodbye(words?: string): void {
    this.#close(words);
    this.#person?.leave();
  }

  #close(words?: string): void {
    this.#telnet.forget(this);
    this.#connection.end(words === undefined ? '' : toNotice([words]));
  }
}
