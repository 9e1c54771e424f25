/**
 * The latest send of each room, while it is under way. Some networks tell an account what it said itself, and may be
 * faster with that than with the receipt. Until the send has ended nobody knows whose words those are, so they wait for it.
 * A room has one send at a time, as its lane has; one that the lane has given up does not hold what comes after it.
 */
export class LatestSends {
  readonly #underWay = new Map<string, Promise<void>>();

  /** Counts as the room's latest send until it ends, however it does. */
  track<Outcome>(room: string, sending: Promise<Outcome>): Promise<Outcome> {
    const ended = sending.then(
      () => {},
      () => {
        // Whoever sends is told by `sending`; here only that it is over counts.
      },
    );
    this.#underWay.set(room, ended);
    void ended.then(() => {
      if (this.#underWay.get(room) === ended) this.#underWay.delete(room);
    });
    return sending;
  }

  /** Resolves when the room's latest send has ended, at once where none is under way. Never rejects. */
  async settled(room: string): Promise<void> {
    await this.#underWay.get(room);
  }
}
