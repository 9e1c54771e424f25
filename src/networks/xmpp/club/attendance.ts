/**
 * Who is there: by their resources' presences, as far as they are shown to us. Of somebody who does not show theirs
 * it is believed that they are there until a message comes back.
 */
import type { XmlElement } from '../../../wire/xmpp/element.ts';

/** Resources remembered of one contact: more than anybody has. */
const RESOURCES_LIMIT = 64;

export class Attendance {
  readonly #resources = new Map<string, Map<string, number>>();
  readonly #believed = new Set<string>();

  /**
   * Takes a presence without a type, or one that tells of an end.
   *
   * @param resource '' is all of them
   */
  note(jid: string, resource: string, presence: XmlElement): void {
    this.#believed.delete(jid);
    const resources = this.#resources.get(jid) ?? new Map<string, number>();
    if (presence.attr('type') === undefined) {
      const priority = Number(presence.childText('priority') ?? 0);
      if (resources.size < RESOURCES_LIMIT)
        resources.set(resource, Number.isInteger(priority) ? priority : 0);
      this.#resources.set(jid, resources);
    } else {
      if (resource === '') resources.clear();
      else resources.delete(resource);
      if (resources.size === 0) this.#resources.delete(jid);
    }
  }

  /** They have just been heard, or have become a member: they are there, though they may not show it. */
  believe(jid: string): void {
    this.#believed.add(jid);
  }

  /** A message came back. */
  doubt(jid: string): void {
    this.#believed.delete(jid);
  }

  forget(jid: string): void {
    this.#resources.delete(jid);
    this.#believed.delete(jid);
  }

  /** The session is over, and with it what was known. */
  clear(): void {
    this.#resources.clear();
    this.#believed.clear();
  }

  /** Whether a message to the bare JID reaches them: a negative priority takes none. @see RFC 6121 §8.5.2.1.1 */
  isPresent(jid: string): boolean {
    if (this.#believed.has(jid)) return true;
    for (const priority of this.#resources.get(jid)?.values() ?? []) if (priority >= 0) return true;
    return false;
  }
}
