/** What somebody elsewhere, or the hub itself, tells one person of the house alone. */
import { DeliveryError } from '../../hub/errors.ts';
import { toPlainText } from '../../hub/message.ts';
import type { Author, OutgoingMessage } from '../../hub/network.ts';
import { toTerminalLines } from '../../wire/telnet/terminal-text.ts';
import { toForeignId } from './correspondents.ts';
import type { Happening } from './happening.ts';
import type { House } from './house.ts';
import type { Person } from './person.ts';
import { readPrivateRoom, type PrivateRoom } from './private-room.ts';

export class PrivateTalk {
  readonly #room: PrivateRoom;
  readonly #person: Person;
  /** Who says what comes without an author, where that is a program that is there as the house. */
  readonly #program: Pick<Author, 'name'> | undefined;

  private constructor(room: PrivateRoom, person: Person, house: House) {
    this.#room = room;
    this.#person = person;
    this.#program = house.isSelf(room) ? { name: house.name } : undefined;
  }

  /**
   * The conversation that a room's name stands for; undefined where it is another sort of room.
   *
   * @throws DeliveryError when the person has left, or has blocked the other one
   */
  static find(house: House, name: string): PrivateTalk | undefined {
    const room = readPrivateRoom(name);
    if (!room) return undefined;
    const person = house.findById(room.person);
    if (!person) throw new DeliveryError('failed', 'they have left the house', { permanent: true });
    if (person.refuses(toForeignId(room))) {
      throw new DeliveryError('failed', 'they take no private messages from you', { permanent: true });
    }
    return new PrivateTalk(room, person, house);
  }

  async say({ author, body, action }: OutgoingMessage, edited: boolean): Promise<void> {
    const words = toPlainText(body);
    const speaker = author ?? this.#program;
    // Without one it is the hub that tells the person something.
    if (!speaker) return this.#person.reply([toTerminalLines(words).join(' ')]);
    const text = `${edited ? '[edited] ' : ''}${action ? '/me ' : ''}${words}`;
    await this.show(speaker, (name) => ({ kind: 'received', name, text }));
  }

  /** The room says who it is; the author's network may know them by another id this time. */
  async show({ name }: Pick<Author, 'name'>, toHappening: (name: string) => Happening): Promise<void> {
    const { account, user } = this.#room;
    await this.#person.hear({ name, account, user }, toHappening);
  }
}
