/**
 * Who has written to an account alone, and where: those are its contacts. It is kept in the journal, so that an answer by
 * name still finds them after a restart.
 */
import type { Journal } from '../../hub/journal.ts';
import type { AccountId, RoomRef, User } from '../../hub/message.ts';
import { RecentMap } from '../../hub/recent-map.ts';

/** `waas/contact/ACCOUNT/ID` has a `Contact`; `waas/name/ACCOUNT/NAME` has the ids of those who are called so. */
const contactPrefix = 'waas/contact/';
const namePrefix = 'waas/name/';
/** Contacts kept in memory. */
const remembered = 10_000;
/** People of one name that are told apart by id. */
const namesakes = 16;

export interface Contact {
  id: string;
  name: string;
  /** Where they talk with the account alone. */
  room: RoomRef;
}

export class Contacts {
  readonly #store: Pick<Journal, 'get' | 'set'>;
  /** By key; null stands for nobody. */
  readonly #known = new RecentMap<Contact | null>(remembered);
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Pick<Journal, 'get' | 'set'>) {
    this.#store = store;
  }

  /** Notes that somebody wrote. Rejects with a `JournalError`; what comes later waits for it. */
  note(account: AccountId, { id, name }: User, room: RoomRef): Promise<void> {
    const written = this.#writing.then(() => this.#write(account, { id, name, room }));
    // Told to who notes it.
    this.#writing = written.catch(() => {});
    return written;
  }

  async get(account: AccountId, id: string): Promise<Contact | undefined> {
    await this.#writing;
    return this.#read(toKey(contactPrefix, account, id));
  }

  /** Those who are called so. */
  async named(account: AccountId, name: string): Promise<Contact[]> {
    await this.#writing;
    const contacts: Contact[] = [];
    for (const id of await this.#ids(toKey(namePrefix, account, name))) {
      const contact = await this.#read(toKey(contactPrefix, account, id));
      if (contact) contacts.push(contact);
    }
    return contacts;
  }

  async #read(key: string): Promise<Contact | undefined> {
    const known = this.#known.get(key);
    if (known !== undefined) return known ?? undefined;
    const text = await this.#store.get(key);
    const contact = text === undefined ? null : (JSON.parse(text) as Contact);
    this.#known.set(key, contact);
    return contact ?? undefined;
  }

  async #ids(key: string): Promise<string[]> {
    const text = await this.#store.get(key);
    return text === undefined ? [] : (JSON.parse(text) as string[]);
  }

  async #write(account: AccountId, contact: Contact): Promise<void> {
    const key = toKey(contactPrefix, account, contact.id);
    const before = await this.#read(key);
    if (before?.name === contact.name && before.room === contact.room) return;
    const entries: [string, string][] = [[key, JSON.stringify(contact)]];
    if (before?.name !== contact.name) {
      if (before) entries.push(await this.#without(account, before));
      const nameKey = toKey(namePrefix, account, contact.name);
      const others = (await this.#ids(nameKey)).filter((id) => id !== contact.id);
      entries.push([nameKey, JSON.stringify([contact.id, ...others].slice(0, namesakes))]);
    }
    await this.#store.set(entries);
    this.#known.set(key, contact);
  }

  async #without(account: AccountId, { id, name }: Contact): Promise<[string, string]> {
    const key = toKey(namePrefix, account, name);
    return [key, JSON.stringify((await this.#ids(key)).filter((each) => each !== id))];
  }
}

function toKey(prefix: string, account: AccountId, rest: string): string {
  return `${prefix}${account}/${rest}`;
}
